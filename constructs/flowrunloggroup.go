package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// FlowRunLogGroupProps are the settings of a log group for flow runs alone.
type FlowRunLogGroupProps struct {
	settings.FlowRunLogGroup // required: Name
}

// NewFlowRunLogGroup makes a log group for flow runs alone.
func NewFlowRunLogGroup(scope constructs.Construct, id string, p FlowRunLogGroupProps) Resource[cloudwatchloggroup.CloudwatchLogGroup] {
	settings.Fill(&p.FlowRunLogGroup)
	require("NewFlowRunLogGroup", prop{"Name", p.Name, "the name of the group"})
	return newGroup(scope, id).logGroup("aws_cloudwatch_log_group.flow_runs", p.Name, p.RetentionInDays, p.KMSKeyARN, p.NameTag)
}
