package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscloudwatchloggroup"
)

// LogGroupProps are the settings of a CloudWatch log group.
type LogGroupProps struct {
	Name            string
	RetentionInDays int // 0 keeps logs for ever
	NameTag         string
	Existing        bool   // refer to the group of this name instead of making one
	KMSKeyARN       string // "": CloudWatch's own key
	Names           Names
}

// NewLogGroup makes the log group that the workers write to, or refers to an
// existing one.
func NewLogGroup(scope constructs.Construct, id string, p LogGroupProps) Resource {
	g := newGroup(scope, id, p.Names)
	if p.Existing {
		return data(g, "aws_cloudwatch_log_group.prefect", dataawscloudwatchloggroup.NewDataAwsCloudwatchLogGroup,
			&dataawscloudwatchloggroup.DataAwsCloudwatchLogGroupConfig{Name: &p.Name})
	}
	return g.logGroup("aws_cloudwatch_log_group.prefect", p)
}

// NewFlowRunLogGroup makes a log group for flow runs alone.
func NewFlowRunLogGroup(scope constructs.Construct, id string, p LogGroupProps) Resource {
	return newGroup(scope, id, p.Names).logGroup("aws_cloudwatch_log_group.flow_runs", p)
}

func (g group) logGroup(address string, p LogGroupProps) Resource {
	return add(g, address, cloudwatchloggroup.NewCloudwatchLogGroup,
		&cloudwatchloggroup.CloudwatchLogGroupConfig{
			Name:            &p.Name,
			RetentionInDays: jsii.Number(p.RetentionInDays),
			KmsKeyId:        optional(p.KMSKeyARN),
			Tags:            nameTag(p.NameTag),
		})
}
