package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// FlowRunLogGroupProps are the settings of a log group for flow runs alone.
type FlowRunLogGroupProps struct {
	settings.FlowRunLogGroup // required: Name. RetentionInDays 0 keeps logs forever
}

// NewFlowRunLogGroup creates a log group for flow runs alone.
func NewFlowRunLogGroup(scope constructs.Construct, id string, p FlowRunLogGroupProps) Resource[cloudwatchloggroup.CloudwatchLogGroup] {
	g := newGroup(scope, "NewFlowRunLogGroup", id)
	fill(g, &p.FlowRunLogGroup)
	g.require(prop{"Name", p.Name, "the name of the group"})
	return g.logGroup("aws_cloudwatch_log_group.flow_runs", p.Name, p.RetentionInDays, p.KMSKeyARN, p.NameTag)
}
