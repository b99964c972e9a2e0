// Command two-workers is another team's app: no YAML and no preset, but two
// Prefect workers in one cluster, made with the packages constructs,
// settings and kernel. Fill in the constants, then, in this folder:
//
//	cdktf deploy
package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpublicaccessblock"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

const (
	region = "eu-central-1"
	image  = "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1"
	apiURL = "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466"

	// The secret with the API key exists: its value never reaches Terraform.
	apiKeyARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prefect/api-key-AbCdEf"
)

func main() {
	if err := kernel.Synth(newStack); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func newStack(app cdktf.App) {
	stack := cdktf.NewTerraformStack(app, jsii.String("two-workers"))
	provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{Region: jsii.String(region)})
	// The binding asks for the one version that it was generated from.
	stack.AddOverride(jsii.String("terraform.required_providers.aws.version"), ">= 5.82.0, < 7.0.0")
	cdktf.NewLocalBackend(stack, &cdktf.LocalBackendConfig{Path: jsii.String("two-workers.tfstate")})

	// The team's own: flows keep their results in a bucket.
	results := s3bucket.NewS3Bucket(stack, jsii.String("results"), &s3bucket.S3BucketConfig{BucketPrefix: jsii.String("data-results-")})
	private := s3bucketpublicaccessblock.NewS3BucketPublicAccessBlock(stack, jsii.String("results_private"), &s3bucketpublicaccessblock.S3BucketPublicAccessBlockConfig{
		Bucket: results.Id(), BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
	})

	// What the workers share. With the id "" addresses have no prefix.
	network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.40.0.0/16", NATGateways: settings.NATSingle}})
	cluster := constructs.NewCluster(stack, "", constructs.ClusterProps{Cluster: settings.Cluster{Name: "data", ContainerInsights: "enabled"}})
	secret := constructs.NewSecret(stack, "", constructs.SecretProps{Secret: settings.Secret{ARN: apiKeyARN}})
	logs := constructs.NewLogGroup(stack, "", constructs.LogGroupProps{LogGroup: settings.LogGroup{Name: "/ecs/data/workers", RetentionInDays: 30}})
	flowLogs := constructs.NewFlowRunLogGroup(stack, "", constructs.FlowRunLogGroupProps{
		FlowRunLogGroup: settings.FlowRunLogGroup{Name: "/ecs/data/flow-runs", RetentionInDays: 30},
	})
	execution := constructs.NewTaskExecutionRole(stack, "", constructs.TaskExecutionRoleProps{
		TaskExecutionRole: settings.TaskExecutionRole{Name: "data-execution", Permissions: settings.LeastPrivilege},
		Secret:            secret,
		LogGroupARNs:      []string{logs.Attr("arn"), flowLogs.Attr("arn")},
	})
	flows := constructs.NewFlowRunRole(stack, "", constructs.FlowRunRoleProps{FlowRunRole: settings.FlowRunRole{
		Name: "data-flows",
		InlinePolicyStatements: []settings.PolicyStatement{
			{SID: "Results", Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: []string{*results.Arn() + "/*"}},
		},
	}})

	group := constructs.NewSecurityGroup(stack, "", constructs.SecurityGroupProps{VPCID: network.VPCID}) // lets everything out

	// etl starts each flow run as a separate task: its role may do just that, the
	// pool says where flows run, with which roles and where they log, and the queue
	// tells of tasks that died before they reached Prefect.
	crashes := constructs.NewCrashEvents(stack, "", constructs.CrashEventsProps{
		CrashEvents: settings.CrashEvents{QueueName: "data-task-events"}, ClusterARN: cluster.Attr("arn"),
	})
	role := constructs.NewTaskRole(stack, "", constructs.TaskRoleProps{
		TaskRole:   settings.TaskRole{Name: "data-etl", PassRoleARNs: []string{execution.Attr("arn"), flows.Attr("arn")}},
		ClusterARN: cluster.Attr("arn"), LogGroupARN: flowLogs.Attr("arn"), Statements: crashes.Receive,
	})
	variables := constructs.NewWorkPoolVariables(stack, "etl", constructs.WorkPoolVariablesProps{
		ClusterARN: cluster.Attr("arn"), VPCID: network.VPCID, SubnetIDs: network.PrivateSubnetIDs, SecurityGroupID: group.Attr("id"),
		ExecutionRoleARN: execution.Attr("arn"), TaskRoleARN: flows.Attr("arn"), LogGroup: flowLogs.Attr("name"), Secret: secret,
	})
	props := constructs.WorkerProps{
		Worker:   settings.Worker{Image: image, Type: settings.TypeECS, HealthCheck: &settings.HealthCheck{}},
		WorkPool: "etl-pool", APIURL: apiURL, Secret: secret, CrashEventsQueue: crashes.Queue.Attr("name"),
		WorkPoolManagement: &constructs.WorkPoolManagement{Variables: variables},
		ExecutionRoleARN:   execution.Attr("arn"), TaskRoleARN: role.Attr("arn"), LogGroup: logs.Attr("name"),
		ClusterARN: cluster.Attr("arn"), SubnetIDs: network.PrivateSubnetIDs, SecurityGroupID: group.Attr("id"),
		// A worker that polls too early takes flow runs that it cannot run.
		After:     slices.Concat(network.Egress, network.PrivateRoutes, execution.Ready, role.Ready, flows.Ready),
		DependsOn: []cdktf.ITerraformDependable{private},
	}
	etl := constructs.NewWorker(stack, "etl", props)

	// reports runs its flows inside its own tasks, so that their role is its own.
	props.Worker = settings.Worker{Image: image, Type: settings.TypeProcess, Limit: 4, CPU: 1024, MemoryMiB: 4096, DesiredCount: settings.Count(2)}
	props.WorkPool, props.TaskRoleARN, props.CrashEventsQueue = "reports-pool", flows.Attr("arn"), ""
	props.WorkPoolManagement = &constructs.WorkPoolManagement{} // its flows need nothing of the stack
	reports := constructs.NewWorker(stack, "reports", props)

	// Arguments without a setting are set on the element: keep old revisions, as Worker.Deployment does.
	etl.TaskDefinition.Element.AddOverride(jsii.String("skip_destroy"), true)

	topic := constructs.NewTopic(stack, "", constructs.TopicProps{Topic: settings.Topic{Name: "data-alerts", Emails: []string{"data@example.com"}}})
	alarms := constructs.AlarmsProps{
		Alarms: settings.Alarms{ // {} has the defaults
			RunningTasks: &settings.Alarm{}, Memory: &settings.Alarm{Threshold: 90}, ErrorLines: &settings.Alarm{}, DeadLetters: &settings.Alarm{},
		},
		NamePrefix: "data", TopicARN: topic.Attr("arn"),
	}
	constructs.NewServiceAlarms(stack, "etl", constructs.ServiceAlarmsProps{AlarmsProps: alarms, ClusterName: cluster.Name, ServiceName: etl.Service.Attr("name")})
	constructs.NewServiceAlarms(stack, "reports", constructs.ServiceAlarmsProps{AlarmsProps: alarms, ClusterName: cluster.Name, ServiceName: reports.Service.Attr("name")})
	constructs.NewLogAlarms(stack, "", constructs.LogAlarmsProps{AlarmsProps: alarms, LogGroup: logs.Attr("name")})
	constructs.NewDeadLetterAlarm(stack, "", constructs.DeadLetterAlarmProps{AlarmsProps: alarms, QueueName: crashes.DeadLetterQueue.Attr("name")})

	output := func(name string, value *string) {
		cdktf.NewTerraformOutput(stack, &name, &cdktf.TerraformOutputConfig{Value: value})
	}
	output("cluster_arn", jsii.String(cluster.Attr("arn")))
	output("etl_service", etl.Service.Element.Name()) // typed, as all that the bindings have
	output("results_bucket", results.Bucket())
}
