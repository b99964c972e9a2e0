package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/flowlog"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// FlowLogsProps are the settings of a VPC's flow logs.
type FlowLogsProps struct {
	settings.FlowLogs              // required: LogGroupName, RoleName. RetentionInDays 0 keeps records forever
	Network           *Network     // required: the network whose connections are recorded
	Defaults          RoleDefaults // of the role that writes them
}

// NewFlowLogs records the VPC's connections in a log group, through a role
// that can do nothing else.
func NewFlowLogs(scope constructs.Construct, id string, p FlowLogsProps) Resource[flowlog.FlowLog] {
	g := newGroup(scope, "NewFlowLogs", id)
	fill(g, &p.FlowLogs)
	if p.Network == nil {
		p.Network = &Network{}
	}
	g.require(prop{"Network", p.Network.VPCID, "the network whose connections are recorded"},
		prop{"LogGroupName", p.LogGroupName, "the name of their log group"}, prop{"RoleName", p.RoleName, "the name of the role that writes them"})
	vpc := g.ofNetwork(p.Network)
	logs := g.logGroup("aws_cloudwatch_log_group.flow_logs", p.LogGroupName, p.RetentionInDays, p.KMSKeyARN, p.NameTag)
	role, permission := g.flowLogsRole(p, vpc, logs)
	return add(g, "aws_flow_log.prefect", flowlog.NewFlowLog, &flowlog.FlowLogConfig{
		VpcId:              &p.Network.VPCID,
		TrafficType:        &p.TrafficType,
		LogDestinationType: jsii.String("cloud-watch-logs"),
		LogDestination:     jsii.String(logs.Attr("arn")),
		IamRoleArn:         jsii.String(role.Attr("arn")),
		Tags:               nameTag(p.NameTag),
		DependsOn:          DependsOn(permission),
	})
}

// flowLogsRole is AWS's documented role, narrowed to the one log group, which
// it need not make, and to the flow logs of this account and region. Partition,
// region and account are those of the VPC's ARN.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
func (g group) flowLogsRole(p FlowLogsProps, vpc string, logs Resource[cloudwatchloggroup.CloudwatchLogGroup]) (role Resource[iamrole.IamRole], permission AnyResource) {
	trust := trustStatement("vpc-flow-logs.amazonaws.com")
	trust["Condition"] = map[string]any{
		"StringEquals": map[string]any{"aws:SourceAccount": "${" + vpc + ".owner_id}"},
		"ArnLike":      map[string]any{"aws:SourceArn": `${join(":", slice(split(":", ` + vpc + `.arn), 0, 5))}:vpc-flow-log/*`},
	}
	role = g.newRole("aws_iam_role.flow_logs", p.RoleName, p.NameTag, trust, p.Defaults)
	permission = add(g, "aws_iam_role_policy.flow_logs", iamrolepolicy.NewIamRolePolicy, &iamrolepolicy.IamRolePolicyConfig{
		Name: jsii.String("write-flow-logs"),
		Role: jsii.String(role.Attr("id")),
		Policy: g.json("flow_logs_policy", policy(
			allow([]string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"}, logs.Attr("arn"), logs.Attr("arn")+":*"),
			allow([]string{"logs:DescribeLogGroups"}, "*"), // knows no single group
		)),
	}).Any()
	return role, permission
}
