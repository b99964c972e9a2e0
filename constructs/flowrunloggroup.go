package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// FlowRunLogGroupProps are the settings of a log group for flow runs alone.
type FlowRunLogGroupProps struct {
	settings.FlowRunLogGroup
	Names Names
}

// NewFlowRunLogGroup makes a log group for flow runs alone.
func NewFlowRunLogGroup(scope constructs.Construct, id string, p FlowRunLogGroupProps) Resource {
	return newGroup(scope, id, p.Names).logGroup("aws_cloudwatch_log_group.flow_runs", p.Name, p.RetentionInDays, p.KMSKeyARN, p.NameTag)
}
