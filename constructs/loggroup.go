package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscloudwatchloggroup"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// LogGroupProps are the settings of the workers' log group.
type LogGroupProps struct {
	settings.LogGroup // required: Name. RetentionInDays 0 keeps logs forever
}

// NewLogGroup creates the log group that the workers write to, or refers to an
// existing one.
func NewLogGroup(scope constructs.Construct, id string, p LogGroupProps) AnyResource {
	g := newGroup(scope, "NewLogGroup", id)
	g.require(prop{"Name", p.Name, "the name of the group"})
	fill(g, &p.LogGroup)
	if p.Existing {
		return data(g, "aws_cloudwatch_log_group.prefect", dataawscloudwatchloggroup.NewDataAwsCloudwatchLogGroup,
			&dataawscloudwatchloggroup.DataAwsCloudwatchLogGroupConfig{Name: &p.Name}).Any()
	}
	return g.logGroup("aws_cloudwatch_log_group.prefect", p.Name, p.RetentionInDays, p.KMSKeyARN, p.NameTag).Any()
}

func (g group) logGroup(address, name string, retentionInDays int, kmsKeyARN, tag string) Resource[cloudwatchloggroup.CloudwatchLogGroup] {
	return add(g, address, cloudwatchloggroup.NewCloudwatchLogGroup,
		&cloudwatchloggroup.CloudwatchLogGroupConfig{
			Name:            &name,
			RetentionInDays: jsii.Number(retentionInDays),
			KmsKeyId:        optional(kmsKeyARN),
			Tags:            nameTag(tag),
		})
}
