package constructs_test

import (
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func addFlows(app cdktf.App) {
	stack := cdktf.NewTerraformStack(app, jsii.String("flows"))
	provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{Region: jsii.String("eu-central-1")})
	network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16"}})
	group := constructs.NewSecurityGroup(stack, "", constructs.SecurityGroupProps{VPCID: network.VPCID})
	cluster := constructs.NewCluster(stack, "", constructs.ClusterProps{Cluster: settings.Cluster{Name: "flows", ContainerInsights: "enabled"}})
	secret := &constructs.Secret{ARN: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prefect-AbCdEf"}
	logs := constructs.NewFlowRunLogGroup(stack, "", constructs.FlowRunLogGroupProps{FlowRunLogGroup: settings.FlowRunLogGroup{Name: "/ecs/flows", RetentionInDays: 30}})
	execution := constructs.NewTaskExecutionRole(stack, "", constructs.TaskExecutionRoleProps{
		TaskExecutionRole: settings.TaskExecutionRole{Name: "flows-execution"}, Secret: secret,
	})
	flows := constructs.NewFlowRunRole(stack, "", constructs.FlowRunRoleProps{FlowRunRole: settings.FlowRunRole{Name: "flows"}})
	role := constructs.NewTaskRole(stack, "", constructs.TaskRoleProps{
		TaskRole:   settings.TaskRole{Name: "flows-worker", PassRoleARNs: []string{execution.Attr("arn"), flows.Attr("arn")}},
		ClusterARN: cluster.Attr("arn"), LogGroupARN: logs.Attr("arn"),
	})
	variables := constructs.NewWorkPoolVariables(stack, "", constructs.WorkPoolVariablesProps{
		ClusterARN: cluster.Attr("arn"), VPCID: network.VPCID, SubnetIDs: network.PrivateSubnetIDs, SecurityGroupID: group.Attr("id"),
		ExecutionRoleARN: execution.Attr("arn"), TaskRoleARN: flows.Attr("arn"), LogGroup: logs.Attr("name"), Secret: secret,
	})
	worker := constructs.NewWorker(stack, "", constructs.WorkerProps{
		Worker:   settings.Worker{Image: "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1", Type: settings.TypeECS},
		WorkPool: "flows", WorkPoolManagement: &constructs.WorkPoolManagement{Variables: variables},
		APIURL: "http://prefect.internal:4200/api", Secret: secret, ClusterARN: cluster.Attr("arn"),
		ExecutionRoleARN: execution.Attr("arn"), TaskRoleARN: role.Attr("arn"), // its own log group is made
		SubnetIDs: network.PrivateSubnetIDs, SecurityGroupID: group.Attr("id"),
		After: slices.Concat(network.Egress, network.PrivateRoutes, execution.Ready, role.Ready, flows.Ready), // depends_on
	})
	worker.Service.Element.AddOverride(jsii.String("timeouts.delete"), "30m") // an argument without a setting
	constructs.NewServiceAlarms(stack, "", constructs.ServiceAlarmsProps{
		AlarmsProps: constructs.AlarmsProps{Alarms: settings.Alarms{RunningTasks: &settings.Alarm{}}, NamePrefix: "flows"},
		ClusterName: cluster.Name, ServiceName: worker.Service.Attr("name"),
	})
}
