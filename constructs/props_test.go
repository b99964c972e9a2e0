package constructs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	awsconstructs "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchmetricalarm"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/secretsmanagersecret"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// emptyStack is a stack of an app that writes nothing.
func emptyStack(t *testing.T) cdktf.TerraformStack {
	t.Helper()
	out := t.TempDir()
	return cdktf.NewTerraformStack(cdktf.NewApp(&cdktf.AppConfig{Outdir: &out}), jsii.String("s"))
}

// synthesized is the stack's JSON.
func synthesized(t *testing.T, stack cdktf.TerraformStack) (resources map[string]map[string]map[string]any, text string) {
	t.Helper()
	text = *cdktf.Testing_Synth(stack, jsii.Bool(false))
	var d struct {
		Resource map[string]map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d.Resource, text
}

// panicOf is what a construct says when it cannot be made.
func panicOf(build func()) (message string) {
	defer func() {
		if p := recover(); p != nil {
			message = strings.ReplaceAll(fmt.Sprint(p), "stack s: ", "")
		}
	}()
	build()
	return ""
}

// TestMissingProps: what cannot be left out is named, with what to pass.
func TestMissingProps(t *testing.T) {
	network := &constructs.Network{VPCID: "vpc-1"} // an existing one: no route tables are known
	for _, tt := range []struct {
		want  string
		build func(s awsconstructs.Construct)
	}{
		{`constructs.NewWorker(""): Image is missing; pass an image with Prefect, such as prefecthq/prefect-aws:<version>` + "\n" + `constructs.NewWorker(""): WorkPool is missing; pass the work pool to poll` + "\n" + `constructs.NewWorker(""): APIURL is missing; pass the URL of the Prefect API`,
			func(s awsconstructs.Construct) { constructs.NewWorker(s, "", constructs.WorkerProps{}) }},
		{`constructs.NewWorker(""): Type is missing; pass settings.TypeECS or settings.TypeProcess, the type of the work pool to create`,
			func(s awsconstructs.Construct) {
				constructs.NewWorker(s, "", constructs.WorkerProps{Worker: settings.Worker{Image: "i"}, WorkPool: "p", APIURL: "http://u/api", WorkPoolManagement: &constructs.WorkPoolManagement{}})
			}},
		{`constructs.NewWorker(""): VPCID is missing; pass network.VPCID, in which a security group is created, or SecurityGroupID`,
			func(s awsconstructs.Construct) {
				constructs.NewWorker(s, "", constructs.WorkerProps{Worker: settings.Worker{Image: "i"}, WorkPool: "p", APIURL: "http://u/api", SubnetIDs: "${x}"})
			}},
		{`constructs.NewWorker(""): SubnetIDs is missing; pass network.PrivateSubnetIDs or other subnets of that VPC`,
			func(s awsconstructs.Construct) {
				constructs.NewWorker(s, "", constructs.WorkerProps{Worker: settings.Worker{Image: "i"}, WorkPool: "p", APIURL: "http://u/api", VPCID: "vpc-1"})
			}},
		{`constructs.NewNetwork(""): CIDRBlock is missing; pass an IPv4 range such as 10.0.0.0/16`,
			func(s awsconstructs.Construct) { constructs.NewNetwork(s, "", constructs.NetworkProps{}) }},
		{`constructs.NewSecurityGroup(""): VPCID is missing; pass network.VPCID`,
			func(s awsconstructs.Construct) { constructs.NewSecurityGroup(s, "", constructs.SecurityGroupProps{}) }},
		{`constructs.NewTaskRole(""): Name is missing; pass the name of the role` + "\n" + `constructs.NewTaskRole(""): ClusterARN is missing; pass the ARN of the cluster that flows run in` + "\n" + `constructs.NewTaskRole(""): LogGroupARN is missing; pass the ARN of the flow runs' log group` + "\n" + `constructs.NewTaskRole(""): PassRoleARNs is missing; pass the ARNs of the roles that a flow run gets, its task execution role at least`,
			func(s awsconstructs.Construct) { constructs.NewTaskRole(s, "", constructs.TaskRoleProps{}) }},
		{`constructs.NewEndpoints(""): Network is missing; pass a network whose route tables are known: a gateway endpoint of S3 is a route, and those of an existing network are another's`,
			func(s awsconstructs.Construct) {
				constructs.NewEndpoints(s, "", constructs.EndpointsProps{Endpoints: settings.Endpoints{S3: true}, Network: network, Region: "us-east-1"})
			}},
		{`constructs.NewFlowLogs(""): Network is missing; pass the network whose connections are recorded`,
			func(s awsconstructs.Construct) {
				constructs.NewFlowLogs(s, "", constructs.FlowLogsProps{FlowLogs: settings.FlowLogs{LogGroupName: "l", RoleName: "r"}})
			}},
		{`constructs.NewTaskExecutionRole(""): LogGroupARNs is missing; pass the ARNs of the log groups that the role may write to`,
			func(s awsconstructs.Construct) {
				constructs.NewTaskExecutionRole(s, "", constructs.TaskExecutionRoleProps{TaskExecutionRole: settings.TaskExecutionRole{Name: "e", Permissions: settings.LeastPrivilege}})
			}},
		{`constructs.NewServiceAlarms(""): NamePrefix is missing; pass what the alarms' names begin with; an account has each name once`,
			func(s awsconstructs.Construct) {
				constructs.NewServiceAlarms(s, "", constructs.ServiceAlarmsProps{ClusterName: "c", ServiceName: "s"})
			}},
		{`constructs.NewAutoScaling(""): MaxCapacity is missing; pass the most tasks`,
			func(s awsconstructs.Construct) {
				constructs.NewAutoScaling(s, "", constructs.AutoScalingProps{ClusterName: "c", ServiceName: "s"})
			}},
		{`constructs.NewTaskExecutionRole(""): Permissions: got "least_privilege", did you mean "least-privilege"? (allowed: managed, least-privilege)`,
			func(s awsconstructs.Construct) {
				constructs.NewTaskExecutionRole(s, "", constructs.TaskExecutionRoleProps{TaskExecutionRole: settings.TaskExecutionRole{Name: "e", Permissions: "least_privilege"}})
			}},
		{`constructs.NewCluster(""): Name is missing; pass the name of the cluster`,
			func(s awsconstructs.Construct) { constructs.NewCluster(s, "", constructs.ClusterProps{}) }},
		{`constructs.NewCluster("2nd"): the id begins Terraform names; pass letters, digits, _ or -, beginning with a letter or _`,
			func(s awsconstructs.Construct) { constructs.NewCluster(s, "2nd", constructs.ClusterProps{}) }},
		{"constructs.Renamed: aws_vpc.mine is no address that a construct gives (did you mean aws_vpc.prefect?); an id prefixes the name, as in aws_vpc.<id>_prefect",
			func(s awsconstructs.Construct) {
				constructs.Renamed(s.(cdktf.TerraformStack), constructs.Names{"aws_vpc.etl_prefect": "main", "aws_vpc.mine": "main"})
			}},
	} {
		if got := panicOf(func() { tt.build(emptyStack(t)) }); got != tt.want {
			t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
		}
	}
}

// TestTokens: an attribute of a binding, which is a token of CDKTF's, may be
// part of an expression as a template may.
func TestTokens(t *testing.T) {
	stack := emptyStack(t)
	cluster := ecscluster.NewEcsCluster(stack, jsii.String("mine"), &ecscluster.EcsClusterConfig{Name: jsii.String("mine")})
	key := secretsmanagersecret.NewSecretsmanagerSecret(stack, jsii.String("key"), &secretsmanagersecret.SecretsmanagerSecretConfig{})
	cidr := cdktf.NewTerraformVariable(stack, jsii.String("cidr"), &cdktf.TerraformVariableConfig{})
	constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: *cidr.StringValue()}})
	secret := constructs.NewSecret(stack, "", constructs.SecretProps{Secret: settings.Secret{ARN: *key.Arn() + ":api-key::"}})
	constructs.NewTaskExecutionRole(stack, "", constructs.TaskExecutionRoleProps{TaskExecutionRole: settings.TaskExecutionRole{Name: "e"}, Secret: secret})
	constructs.NewSecret(stack, "two", constructs.SecretProps{Secret: settings.Secret{ARN: *cidr.StringValue()}}) // may be empty
	constructs.NewTaskRole(stack, "", constructs.TaskRoleProps{
		TaskRole: settings.TaskRole{Name: "w", PassRoleARNs: []string{"r"}}, ClusterARN: *cluster.Arn(), LogGroupARN: "l",
		Account: constructs.Account{Region: "us-east-1"},
	})
	_, text := synthesized(t, stack)
	for _, want := range []string{
		`"${cidrsubnet(var.cidr, 8, count.index)}"`,
		`"secret_arn": "${aws_secretsmanager_secret.key.arn}:api-key::"`,
		`"two_secret_arn": "${var.cidr != \"\" ? var.cidr : null}"`,
		`"${replace(aws_ecs_cluster.mine.arn, \":cluster/\", \":task/\")}/*"`,
		`"arn:${data.aws_partition.current.partition}:ecs:us-east-1:${data.aws_caller_identity.current.account_id}:task-definition/*"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// TestWorkerWithThreeProps: image, pool and URL are enough for a worker in the
// account's default network.
func TestWorkerWithThreeProps(t *testing.T) {
	stack := emptyStack(t)
	constructs.NewWorker(stack, "etl", constructs.WorkerProps{
		Worker: settings.Worker{Image: "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1"}, WorkPool: "etl-pool", APIURL: "http://prefect.internal:4200/api",
	})
	resources, text := synthesized(t, stack)
	task := resources["aws_ecs_task_definition"]["etl_prefect_worker"]
	service := resources["aws_ecs_service"]["etl_prefect_service"]
	if task["cpu"] != "512" || task["memory"] != "1024" || task["family"] != "etl" || service["desired_count"] != 1.0 || service["name"] != "etl" {
		t.Errorf("got the task definition %v and the service %v", task, service)
	}
	network := service["network_configuration"].(map[string]any)
	if network["subnets"] != "${data.aws_subnets.default.ids}" || network["assign_public_ip"] != true {
		t.Errorf("got %v, want the default subnets, which are public", network)
	}
	if egress := fmt.Sprint(resources["aws_security_group"]["etl_prefect_sg"]["egress"]); !strings.Contains(egress, "from_port:443") || !strings.Contains(egress, "from_port:4200") {
		t.Errorf("got %s, want a way out to AWS and to the server", egress)
	}
	for _, address := range []string{"aws_ecs_cluster.etl_prefect", "aws_cloudwatch_log_group.etl_prefect", "aws_iam_role.etl_task_execution_role"} {
		kind, name, _ := strings.Cut(address, ".")
		if resources[kind][name] == nil {
			t.Errorf("%s was not made", address)
		}
	}
	if strings.Contains(text, "arn::") || strings.Contains(text, "${.") {
		t.Errorf("something is empty in:\n%s", text)
	}
}

// TestZeroSections: what is left out of a section has its default, and nothing
// is empty in what is created.
func TestZeroSections(t *testing.T) {
	stack := emptyStack(t)
	network := constructs.NewExistingNetwork(stack, "", constructs.ExistingNetworkProps{ExistingNetwork: settings.ExistingNetwork{
		VPCID: "vpc-0123456789abcdef0", PrivateSubnetIDs: []string{"subnet-0123456789abcdef0"},
	}})
	constructs.NewEndpoints(stack, "", constructs.EndpointsProps{Endpoints: settings.Endpoints{Interface: []string{"logs"}, SecurityGroupName: "endpoints"}, Network: network, Region: "us-east-1"})
	constructs.NewFlowLogs(stack, "", constructs.FlowLogsProps{FlowLogs: settings.FlowLogs{LogGroupName: "/vpc/logs", RoleName: "flow-logs"}, Network: network})
	constructs.NewTaskRole(stack, "", constructs.TaskRoleProps{TaskRole: settings.TaskRole{Name: "worker", PassRoleARNs: []string{"${e.arn}"}}, ClusterARN: "${c.arn}", LogGroupARN: "${l.arn}"})
	secret := constructs.NewSecret(stack, "", constructs.SecretProps{Secret: settings.Secret{ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf"}})
	if secret.EnvironmentName != "PREFECT_API_KEY" || secret.Made != nil {
		t.Errorf("got %+v, want a given secret that becomes PREFECT_API_KEY", secret)
	}
	constructs.NewWorker(stack, "", constructs.WorkerProps{
		Worker: settings.Worker{
			Image: "i", HealthCheck: &settings.HealthCheck{}, Deployment: &settings.Deployment{}, ReadonlyRootFilesystem: true,
		},
		WorkPool: "p", APIURL: "http://u/api", Secret: secret, SubnetIDs: network.PrivateSubnetIDs, VPCID: network.VPCID,
	})
	same := &settings.Alarm{}
	alarms := constructs.AlarmsProps{Alarms: settings.Alarms{CPU: same, DeadLetters: same}, NamePrefix: "prefect"}
	constructs.NewServiceAlarms(stack, "", constructs.ServiceAlarmsProps{AlarmsProps: alarms, ClusterName: "c", ServiceName: "s"})
	constructs.NewDeadLetterAlarm(stack, "", constructs.DeadLetterAlarmProps{AlarmsProps: alarms, QueueName: "q"})
	constructs.NewNATAlarm(stack, "", constructs.NATAlarmProps{AlarmsProps: alarms, NATGatewayIDs: []string{"nat-1"}}) // off
	constructs.NewFlowRunRole(stack, "", constructs.FlowRunRoleProps{
		FlowRunRole: settings.FlowRunRole{Name: "flows"}, Defaults: constructs.RoleDefaults{IAM: settings.IAM{RestrictTrust: true}},
	})
	resources, text := synthesized(t, stack)
	service := resources["aws_ecs_service"]["prefect_service"]
	if least, most := service["deployment_minimum_healthy_percent"], service["deployment_maximum_percent"]; least != 100.0 || most != 200.0 {
		t.Errorf("got a deployment of %v to %v percent, want 100 to 200", least, most)
	}
	alarm := resources["aws_cloudwatch_metric_alarm"]["cpu"]
	if alarm["threshold"] != 85.0 || alarm["period"] != 300.0 || alarm["evaluation_periods"] != 3.0 {
		t.Errorf("got %v, want CPU's defaults", alarm)
	}
	if dead := resources["aws_cloudwatch_metric_alarm"]["dead_letters"]; dead["threshold"] != 1.0 || resources["aws_cloudwatch_metric_alarm"]["nat_port_errors"] != nil {
		t.Errorf("got %v, want the dead letters' own defaults, and no alarm that is off", dead)
	}
	for _, want := range []string{`"interval": 30`, `"startPeriod": 60`, `"aws:SourceAccount": "${data.aws_caller_identity.current.account_id}"`, `http://localhost:8080/health`, `data.aws_vpc.existing.cidr_block`, `data.aws_region.current.id`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "arn::") || strings.Contains(text, "${.") || strings.Contains(text, "{nameTag}") {
		t.Errorf("something is empty in:\n%s", text)
	}
}

// TestElementsAreReachable: overrides, lifecycle, types and dependencies of the
// app's own.
func TestElementsAreReachable(t *testing.T) {
	stack := emptyStack(t)
	alarm := cloudwatchmetricalarm.NewCloudwatchMetricAlarm(stack, jsii.String("mine"), &cloudwatchmetricalarm.CloudwatchMetricAlarmConfig{
		AlarmName: jsii.String("mine"), ComparisonOperator: jsii.String("GreaterThanThreshold"), EvaluationPeriods: jsii.Number(1),
	})
	worker := constructs.NewWorker(stack, "", constructs.WorkerProps{
		Worker: settings.Worker{Image: "i"}, WorkPool: "p", APIURL: "http://u/api", DependsOn: []cdktf.ITerraformDependable{alarm},
	})
	worker.Service.Element.AddOverride(jsii.String("timeouts.create"), "30m")
	worker.Service.Element.SetLifecycle(&cdktf.TerraformResourceLifecycle{IgnoreChanges: jsii.Strings("task_definition")})
	cdktf.NewTerraformOutput(stack, jsii.String("service"), &cdktf.TerraformOutputConfig{Value: worker.Service.Element.Name()})
	resources, text := synthesized(t, stack)
	service := resources["aws_ecs_service"]["prefect_service"]
	if got := fmt.Sprint(service["depends_on"]); !strings.Contains(got, "aws_cloudwatch_metric_alarm.mine") {
		t.Errorf("depends_on: got %s, want the alarm too", got)
	}
	if got := fmt.Sprint(service["timeouts"], service["lifecycle"]); !strings.Contains(got, "30m") || !strings.Contains(got, "task_definition") {
		t.Errorf("got %s, want the override and the lifecycle", got)
	}
	if !strings.Contains(text, `"value": "${aws_ecs_service.prefect_service.name}"`) {
		t.Errorf("the typed attribute is not the service's name in:\n%s", text)
	}
}
