package constructs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	awsconstructs "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsregion"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ssmparameter"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// workerProps are enough for a worker; with changes it.
func workerProps(with func(p *constructs.WorkerProps)) constructs.WorkerProps {
	p := constructs.WorkerProps{Worker: settings.Worker{Image: "i"}, WorkPool: "p", APIURL: "http://u/api"}
	with(&p)
	return p
}

// TestWrongProps: what Terraform or AWS would refuse, or take for something else,
// is named with what to pass.
func TestWrongProps(t *testing.T) {
	worker := func(with func(p *constructs.WorkerProps)) func(awsconstructs.Construct) {
		return func(s awsconstructs.Construct) { constructs.NewWorker(s, "etl", workerProps(with)) }
	}
	securityGroup := func(rules ...settings.SecurityGroupRule) func(awsconstructs.Construct) {
		return func(s awsconstructs.Construct) {
			constructs.NewSecurityGroup(s, "etl", constructs.SecurityGroupProps{SecurityGroup: settings.SecurityGroup{Ingress: rules}, VPCID: "vpc-1"})
		}
	}
	scaling := func(a settings.AutoScaling) func(awsconstructs.Construct) {
		a.MaxCapacity = 2
		return func(s awsconstructs.Construct) {
			constructs.NewAutoScaling(s, "etl", constructs.AutoScalingProps{AutoScaling: a, ClusterName: "c", ServiceName: "s"})
		}
	}
	for _, tt := range []struct {
		want  string
		build func(s awsconstructs.Construct)
	}{
		{"NewWorker(\"etl\"): SubnetIDs: got \"subnet-1\", which is no list; pass network.PrivateSubnetIDs, or a template such as \"${[\\\"subnet-1\\\", \\\"subnet-2\\\"]}\"",
			worker(func(p *constructs.WorkerProps) { p.SubnetIDs, p.SecurityGroupID = "subnet-1", "sg-1" })},
		{`NewWorker("etl"): TaskRoleARN is missing; pass a role with ExecuteCommandStatements or OpenTelemetryStatements, with which the agents in the task call AWS`,
			worker(func(p *constructs.WorkerProps) { p.EnableExecuteCommand = true })},
		{`NewWorker("etl"): TaskRoleARN is missing; pass that of NewTaskRole: a worker of type ecs reads its queue and starts flow runs with it`,
			worker(func(p *constructs.WorkerProps) { p.Type, p.CrashEventsQueue = settings.TypeECS, "q" })},
		{`NewWorker("etl"): TaskRoleARN is missing; pass that of NewTaskRole: a worker of type ecs reads its queue and starts flow runs with it`,
			worker(func(p *constructs.WorkerProps) {
				p.Type, p.WorkPoolManagement = settings.TypeECS, &constructs.WorkPoolManagement{}
			})},
		{`NewGitHubActions("etl"): the policy apply_stores would have 7012 characters, and IAM takes 6144; pass fewer States, Names and NamePrefixes`,
			func(s awsconstructs.Construct) {
				p := constructs.GitHubActionsProps{States: []constructs.StateAccess{{Bucket: "b", Key: "k"}},
					GitHubActions: settings.GitHubActions{Repository: "acme/flows", Region: "us-east-1", Environment: "production", NamePrefixes: []string{"prefect"}}}
				for i := range 40 {
					p.Names.LogGroups = append(p.Names.LogGroups, fmt.Sprintf("/ecs/cluster-%d", i))
				}
				constructs.NewGitHubActions(s, "etl", p)
			}},
		{`NewWorker("etl"): OpenTelemetry.Image is missing; pass ` + settings.ImageWanted,
			worker(func(p *constructs.WorkerProps) { p.OpenTelemetry, p.TaskRoleARN = &settings.OpenTelemetry{}, "r" })},
		{`NewWorker("etl"): RegistryARN: got it with Deployment.Strategy BLUE_GREEN; pass one: ECS takes no service discovery with blue/green deployments`,
			worker(func(p *constructs.WorkerProps) {
				p.RegistryARN, p.Deployment = "r", &settings.Deployment{Strategy: settings.BlueGreen, MaximumPercent: 200}
			})},
		{`NewWorker("etl"): CPU: got 500, want one of [256 512 1024 2048 4096 8192 16384]`, worker(func(p *constructs.WorkerProps) { p.CPU = 500 })},
		{`NewWorker("etl"): APIURL: got "https://app.prefect.cloud/account/a/workspace/b", want the API's address, not the user interface's: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or http(s)://<host>:4200/api`,
			worker(func(p *constructs.WorkerProps) { p.APIURL = "https://app.prefect.cloud/account/a/workspace/b" })},
		{`NewNetwork("etl"): AvailabilityZoneCount: got 1, want 2 to 6`,
			func(s awsconstructs.Construct) {
				constructs.NewNetwork(s, "etl", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16", AvailabilityZoneCount: 1}})
			}},
		{`NewNetwork("etl"): CIDRBlock: got "10.0.0.0/99", want an IPv4 range such as 10.0.0.0/16`,
			func(s awsconstructs.Construct) {
				constructs.NewNetwork(s, "etl", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/99"}})
			}},
		{`NewLogGroup("etl"): RetentionInDays: got 31, want ` + settings.Rules["retention"].Wanted,
			func(s awsconstructs.Construct) {
				constructs.NewLogGroup(s, "etl", constructs.LogGroupProps{LogGroup: settings.LogGroup{Name: "l", RetentionInDays: 31}})
			}},
		{`NewWorker("etl"): CapacityProviderStrategy[0].CapacityProvider is missing; pass one of [FARGATE FARGATE_SPOT]`,
			worker(func(p *constructs.WorkerProps) { p.CapacityProviderStrategy = []settings.CapacityProvider{{Weight: 1}} })},
		{`NewWorker("etl"): CapacityProviderStrategy: got no Weight above 0; pass one to a provider at least: ECS starts no task beyond the base`,
			worker(func(p *constructs.WorkerProps) {
				p.CapacityProviderStrategy = []settings.CapacityProvider{{CapacityProvider: settings.Fargate}}
			})},
		{`NewWorker("etl"): got Cluster and ClusterARN; pass one: the section describes a cluster to create`,
			worker(func(p *constructs.WorkerProps) { p.ClusterARN, p.Cluster.ContainerInsights = "c", "enabled" })},
		{`NewWorker("etl"): Secrets["TOKEN"] is no ARN; pass that of a secret or of an SSM parameter`,
			worker(func(p *constructs.WorkerProps) { p.Secrets = map[string]string{"TOKEN": "t0ps3cr3t"} })},
		{`NewWorker("etl"): After[0] is empty; pass what a construct returned`,
			worker(func(p *constructs.WorkerProps) { p.After = []constructs.AnyResource{{}} })},
		{`NewWorker("etl"): DependsOn[0] is nil; pass a resource`,
			worker(func(p *constructs.WorkerProps) { p.DependsOn = []cdktf.ITerraformDependable{nil} })},
		{`NewWorker("etl"): Secret.ARN: got a value that is not repeated here, as it may be a secret, want ` + settings.Rules["secretARN"].Wanted,
			worker(func(p *constructs.WorkerProps) { p.Secret = &constructs.Secret{ARN: "my-secret"} })},
		{`NewSecurityGroup("etl"): Ingress[0].Protocol is missing; pass one of [tcp udp icmp icmpv6 -1]`, securityGroup(settings.SecurityGroupRule{})},
		{`NewSecurityGroup("etl"): Ingress[1].CIDRBlocks is missing; pass ranges such as 10.0.0.0/16, prefix lists or security groups`,
			securityGroup(settings.SecurityGroupRule{Protocol: "-1", CIDRBlocks: []string{"10.0.0.0/8"}}, settings.SecurityGroupRule{Protocol: "-1"})},
		{`NewSecurityGroup("etl"): Ingress[0].ToPort is missing; pass the last port`,
			securityGroup(settings.SecurityGroupRule{Protocol: "tcp", FromPort: 443, CIDRBlocks: []string{"10.0.0.0/8"}})},
		{`NewAutoScaling("etl"): QueueDepth: got no metric; pass LateRuns, or Namespace and MetricName of one that you publish`,
			scaling(settings.AutoScaling{QueueDepth: &settings.QueueDepth{TargetValue: 5}})},
		{`NewAutoScaling("etl"): QueueDepth: got Namespace "" and MetricName "m"; pass both, or neither and LateRuns`,
			scaling(settings.AutoScaling{QueueDepth: &settings.QueueDepth{MetricName: "m", TargetValue: 5}})},
		{`NewLateRuns("etl"): FunctionName: got "late.runs", want 1 to 64 letters, digits, _ or -`,
			func(s awsconstructs.Construct) {
				constructs.NewLateRuns(s, "etl", constructs.LateRunsProps{LateRuns: settings.LateRuns{FunctionName: "late.runs"}, WorkPools: []string{"p"}, APIURL: "http://u/api"})
			}},
		{`NewLateRuns("etl"): SubnetIDs: got "subnet-1", which is no list; pass network.PrivateSubnetIDs, or a template such as "${[\"subnet-1\", \"subnet-2\"]}"`,
			func(s awsconstructs.Construct) {
				constructs.NewLateRuns(s, "etl", constructs.LateRunsProps{
					LateRuns: settings.LateRuns{FunctionName: "f", InVPC: true}, WorkPools: []string{"p"}, APIURL: "http://u/api", SubnetIDs: "subnet-1", SecurityGroupID: "sg-1",
				})
			}},
		{`NewSecretChanges("etl"): Secret.ARN: got a value that is not repeated here, as it may be a secret, want ` + settings.Rules["secretARN"].Wanted,
			func(s awsconstructs.Construct) {
				constructs.NewSecretChanges(s, "etl", constructs.SecretChangesProps{
					SecretChanges: settings.SecretChanges{FunctionName: "f"}, ClusterARN: "c", ServiceARNs: []string{"s"}, Secret: &constructs.Secret{ARN: "my-secret"},
				})
			}},
		{`NewSecretChanges("etl"): Secret: want a secret of Secrets Manager whose ARN is known; pass one that is created here, or its ARN`,
			func(s awsconstructs.Construct) {
				constructs.NewSecretChanges(s, "etl", constructs.SecretChangesProps{
					SecretChanges: settings.SecretChanges{FunctionName: "f"}, ClusterARN: "c", ServiceARNs: []string{"s"},
					Secret: &constructs.Secret{ARN: "arn:aws:ssm:eu-central-1:123456789012:parameter/prefect"},
				})
			}},
		{`NewAutoScaling("etl"): QueueDepth.TargetValue is missing; pass 1 to 1000000`,
			scaling(settings.AutoScaling{QueueDepth: &settings.QueueDepth{Namespace: "n", MetricName: "m"}})},
		{`NewAutoScaling("etl"): ScheduledActions[0].Name is missing; pass ` + settings.Rules["actionName"].Wanted,
			scaling(settings.AutoScaling{ScheduledActions: []settings.ScheduledAction{{}}})},
		{`NewFlowRunRole("etl"): InlinePolicyStatements[0].Actions is missing; pass at least one such as s3:GetObject`,
			func(s awsconstructs.Construct) {
				constructs.NewFlowRunRole(s, "etl", constructs.FlowRunRoleProps{FlowRunRole: settings.FlowRunRole{
					Name: "r", InlinePolicyStatements: []settings.PolicyStatement{{}},
				}})
			}},
		{`NewTaskPolicy("etl"): statements[0].Resources is missing; pass at least one ARN`,
			func(s awsconstructs.Construct) {
				role := constructs.NewFlowRunRole(s, "etl", constructs.FlowRunRoleProps{FlowRunRole: settings.FlowRunRole{Name: "r"}})
				constructs.NewTaskPolicy(s, "etl", "own", role.Resource, []settings.PolicyStatement{{Actions: []string{"s3:GetObject"}}})
			}},
		{`NewTaskExecutionRole("etl"): ContainerSecretARNs: got the key "parameter"; pass secretsmanager, ssm or s3`,
			func(s awsconstructs.Construct) {
				constructs.NewTaskExecutionRole(s, "etl", constructs.TaskExecutionRoleProps{
					TaskExecutionRole: settings.TaskExecutionRole{Name: "r"}, ContainerSecretARNs: map[string][]string{"parameter": {"a"}},
				})
			}},
		{`NewCluster("etl"): ExecuteCommand.Logging is missing; pass one of [NONE DEFAULT OVERRIDE]`,
			func(s awsconstructs.Construct) {
				constructs.NewCluster(s, "etl", constructs.ClusterProps{Cluster: settings.Cluster{Name: "c", ExecuteCommand: &settings.ExecuteCommand{}}})
			}},
		{`NewCluster("etl"): creates aws_ecs_cluster.etl_prefect, which constructs.NewCluster("etl") has created already; pass another id, which prefixes the names`,
			func(s awsconstructs.Construct) {
				constructs.NewCluster(s, "etl", constructs.ClusterProps{Cluster: settings.Cluster{Name: "c"}})
				constructs.NewCluster(s, "etl", constructs.ClusterProps{Cluster: settings.Cluster{Name: "c"}})
			}},
		{`NewWorker("etl"): creates aws_ecs_cluster.etl_prefect, which constructs.NewWorker("etl") has created already; pass another id, which prefixes the names`,
			func(s awsconstructs.Construct) {
				constructs.NewWorker(s, "etl", workerProps(func(*constructs.WorkerProps) {}))
				constructs.NewWorker(s, "etl", workerProps(func(*constructs.WorkerProps) {}))
			}},
		{`NewWorker("etl"): creates local.etl_container_definitions, which constructs.NewWorker("etl") has created already; pass another id, which prefixes the names`,
			func(s awsconstructs.Construct) {
				first := constructs.NewWorker(s, "etl", workerProps(func(*constructs.WorkerProps) {}))
				constructs.NewWorker(s, "etl", first.Props)
			}},
		{`NewJSON("policy"): creates local.policy, which constructs.NewJSON("policy") has created already; pass another name`,
			func(s awsconstructs.Construct) {
				constructs.NewJSON(s, "policy", []any{})
				constructs.NewJSON(s, "policy", []any{})
			}},
		{`NewJSON("policy"): document is missing; pass a map or a list`,
			func(s awsconstructs.Construct) { constructs.NewJSON(s, "policy", nil) }},
		{`Resource: got Attr("id") of a resource that no construct created, such as Network.VPC of an existing network; pass what is known of it, as Network.VPCID`,
			func(s awsconstructs.Construct) {
				constructs.NewExistingNetwork(s, "etl", constructs.ExistingNetworkProps{
					ExistingNetwork: settings.ExistingNetwork{VPCID: "vpc-1", PrivateSubnetIDs: []string{"subnet-1"}},
				}).VPC.Attr("id")
			}},
		{`NewWorker("two"): ServiceName: got "etl", as constructs.NewWorker("etl"); pass another, or none for one derived from the id`,
			func(s awsconstructs.Construct) {
				first := constructs.NewWorker(s, "etl", workerProps(func(*constructs.WorkerProps) {}))
				constructs.NewWorker(s, "two", first.Props)
			}},
		{`NewFlowLogs("etl"): Network: got vpc-2, but constructs of this id read vpc-1 already; pass another id`,
			func(s awsconstructs.Construct) {
				constructs.NewEndpoints(s, "etl", constructs.EndpointsProps{Endpoints: settings.Endpoints{Interface: []string{"logs"}, SecurityGroupName: "e"},
					Network: &constructs.Network{VPCID: "vpc-1", PrivateSubnetIDs: "${x}"}})
				constructs.NewFlowLogs(s, "etl", constructs.FlowLogsProps{FlowLogs: settings.FlowLogs{LogGroupName: "l", RoleName: "r"}, Network: &constructs.Network{VPCID: "vpc-2"}})
			}},
		{`NewCluster("etl"): scope is missing; pass the stack`,
			func(awsconstructs.Construct) { constructs.NewCluster(nil, "etl", constructs.ClusterProps{}) }},
		{`DependsOn(""): resources[0] is empty; pass what a construct returned`,
			func(awsconstructs.Construct) { constructs.DependsOn(constructs.Resource[vpc.Vpc]{}.Any()) }},
		{`Renamed: got the name "1st" for aws_vpc.prefect; pass letters, digits, _ or -, beginning with a letter or _`,
			func(s awsconstructs.Construct) {
				constructs.Renamed(s.(cdktf.TerraformStack), constructs.Names{"aws_vpc.prefect": "1st"})
			}},
	} {
		if got := panicOf(func() { tt.build(emptyStack(t)) }); got != "constructs."+tt.want {
			t.Errorf("got:\n%s\nwant:\nconstructs.%s", got, tt.want)
		}
	}
}

// TestSynthesisRefuses: what only the whole stack shows.
func TestSynthesisRefuses(t *testing.T) {
	cidr := constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16"}}
	alarms := constructs.AlarmsProps{Alarms: settings.Alarms{CPU: &settings.Alarm{}, ErrorLines: &settings.Alarm{}}, NamePrefix: "p"}
	newVPC := func(s awsconstructs.Construct, id string) cdktf.TerraformElement {
		return vpc.NewVpc(s, &id, &vpc.VpcConfig{CidrBlock: jsii.String("10.0.0.0/16")})
	}
	newServiceAlarms := func(s awsconstructs.Construct) {
		constructs.NewServiceAlarms(s, "etl", constructs.ServiceAlarmsProps{AlarmsProps: alarms, ClusterName: "c", ServiceName: "s"})
	}
	const twice = `aws_vpc.prefect is created twice, by constructs.NewNetwork("") at s/aws_vpc.prefect and by the app at s/`
	for _, tt := range []struct {
		name, want string // "": nothing is wrong
		build      func(s cdktf.TerraformStack)
	}{
		{"a key that nothing makes", "constructs.Renamed: nothing in the stack creates aws_vpc.etl_prefect (did you mean aws_vpc.prefect?); correct or remove it",
			func(s cdktf.TerraformStack) {
				constructs.NewNetwork(constructs.Renamed(s, constructs.Names{"aws_vpc.etl_prefect": "main"}), "", cidr)
			}},
		{"a key without the id", "constructs.Renamed: nothing in the stack creates aws_vpc.prefect (did you mean aws_vpc.etl_prefect?); correct or remove it",
			func(s cdktf.TerraformStack) {
				constructs.NewNetwork(constructs.Renamed(s, constructs.Names{"aws_vpc.prefect": "main"}), "etl", cidr)
			}},
		{"a key that is made", "", func(s cdktf.TerraformStack) {
			constructs.NewNetwork(constructs.Renamed(s, constructs.Names{"aws_vpc.etl_prefect": "main"}), "etl", cidr)
		}},
		{"the app's own, made before", twice + "prefect; give one of them another id", func(s cdktf.TerraformStack) {
			newVPC(s, "prefect")
			constructs.NewNetwork(s, "", cidr)
		}},
		{"the app's own, made after and elsewhere", twice + "mine/main; give one of them another id", func(s cdktf.TerraformStack) {
			constructs.NewNetwork(s, "", cidr)
			newVPC(awsconstructs.NewConstruct(s, jsii.String("mine")), "main").OverrideLogicalId(jsii.String("prefect"))
		}},
		{"the app's own with another name", "", func(s cdktf.TerraformStack) {
			constructs.NewNetwork(s, "", cidr)
			newVPC(s, "mine")
		}},
		{"two networks", "", func(s cdktf.TerraformStack) {
			constructs.NewNetwork(s, "", cidr)
			constructs.NewNetwork(s, "two", cidr)
		}},
		{"a local", `local.secret_arn is created twice, by constructs.NewSecret("") at s/local.secret_arn and by the app at s/secret_arn; give one of them another id`,
			func(s cdktf.TerraformStack) {
				constructs.NewSecret(s, "", constructs.SecretProps{Secret: settings.Secret{ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf"}})
				cdktf.NewTerraformLocal(s, jsii.String("secret_arn"), "mine")
			}},
		{"the same data source", "", func(s cdktf.TerraformStack) {
			constructs.NewDashboard(s, "", constructs.DashboardProps{Name: "d", ClusterName: "c", ServiceNames: []string{"s"}, LogGroup: "l"})
			dataawsregion.NewDataAwsRegion(s, jsii.String("current"), &dataawsregion.DataAwsRegionConfig{})
		}},
		{"another data source", `data.aws_region.current is created twice, by constructs.NewDashboard("") at s/data.aws_region.current and by the app at s/current; give one of them another id`,
			func(s cdktf.TerraformStack) {
				constructs.NewDashboard(s, "", constructs.DashboardProps{Name: "d", ClusterName: "c", ServiceNames: []string{"s"}, LogGroup: "l"})
				dataawsregion.NewDataAwsRegion(s, jsii.String("current"), &dataawsregion.DataAwsRegionConfig{Name: jsii.String("us-west-2")})
			}},
		{"an alarm of another construct", `constructs.NewServiceAlarms("etl"): got ErrorLines, whose alarm it does not create; pass it to constructs.NewLogAlarms too`,
			func(s cdktf.TerraformStack) { newServiceAlarms(s) }},
		{"an alarm of another construct, which is made", "", func(s cdktf.TerraformStack) {
			newServiceAlarms(s)
			constructs.NewLogAlarms(s, "", constructs.LogAlarmsProps{AlarmsProps: alarms, LogGroup: "l"})
		}},
	} {
		stack := emptyStack(t)
		provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{})
		tt.build(stack)
		got := panicOf(func() { cdktf.Testing_Synth(stack, jsii.Bool(true)) })
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got:\n%s\nwant:\n%s", tt.name, got, tt.want)
		}
	}
}

// TestPropsMayBeUsedTwice: a construct changes nothing that is the caller's.
func TestPropsMayBeUsedTwice(t *testing.T) {
	stack := emptyStack(t)
	network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16"}})
	props := workerProps(func(p *constructs.WorkerProps) {
		p.HealthCheck, p.CapacityProviderStrategy = &settings.HealthCheck{}, []settings.CapacityProvider{{CapacityProvider: settings.Fargate, Weight: 1}}
		p.After = append(make([]constructs.AnyResource, 0, 8), network.Egress...)
	})
	before := fmt.Sprintf("%+v", props)
	one, two := constructs.NewWorker(stack, "one", props), constructs.NewWorker(stack, "two", props)
	if after := fmt.Sprintf("%+v", props); after != before || *props.HealthCheck != (settings.HealthCheck{}) {
		t.Errorf("got %s, want it as it was:\n%s", after, before)
	}
	if spare := props.After[:cap(props.After)]; slices.ContainsFunc(spare[1:], func(r constructs.AnyResource) bool { return r.Element != nil }) {
		t.Error("the list's spare room was written to")
	}
	if one.Props.ServiceName != "one" || two.Props.Family != "two" {
		t.Errorf("got %s and %s, want names made of the ids", one.Props.ServiceName, two.Props.Family)
	}
}

// TestWorkerBesideAnother: what the first one made serves a second one, which
// comes after it too.
func TestWorkerBesideAnother(t *testing.T) {
	stack := emptyStack(t)
	first := constructs.NewWorker(stack, "one", workerProps(func(*constructs.WorkerProps) {}))
	if first.ExecutionRole == nil || first.ExecutionRole.Attr("arn") != first.Props.ExecutionRoleARN || len(first.ExecutionRole.Ready) == 0 {
		t.Errorf("got the execution role %+v, want the one that was made", first.ExecutionRole)
	}
	props := first.Props
	props.ServiceName, props.Family, props.ContainerName = "", "", ""
	if second := constructs.NewWorker(stack, "two", props); second.ExecutionRole != nil || second.Cluster != nil {
		t.Error("the second worker made a role or a cluster of its own")
	}
	resources, _ := synthesized(t, stack)
	service := resources["aws_ecs_service"]["two_prefect_service"]
	if network := service["network_configuration"].(map[string]any); network["assign_public_ip"] != true {
		t.Errorf("got %v, want a public address as of the first", network)
	}
	if got := fmt.Sprint(service["depends_on"]); !strings.Contains(got, "aws_iam_role_policy_attachment.one_ecs_task_execution") {
		t.Errorf("depends_on: got %s, want the role's policy", got)
	}
}

// TestDefaultsAsExpected: what a user of AWS CDK takes for granted.
func TestDefaultsAsExpected(t *testing.T) {
	stack := emptyStack(t)
	constructs.NewSecurityGroup(stack, "open", constructs.SecurityGroupProps{VPCID: "vpc-1"})
	constructs.NewSecurityGroup(stack, "closed", constructs.SecurityGroupProps{SecurityGroup: settings.SecurityGroup{Egress: []settings.SecurityGroupRule{}}, VPCID: "vpc-1"})
	parameter := &constructs.Secret{ARN: "arn:aws:ssm:us-east-1:123456789012:parameter/key"}
	worker := constructs.NewWorker(stack, "etl", workerProps(func(p *constructs.WorkerProps) {
		p.Secret = parameter
		p.Secrets = map[string]string{"A": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf:key::", "B": "${aws_ssm_parameter.b.arn}"}
		p.Cluster.ContainerInsights = "enabled"
		p.CapacityProviderStrategy = []settings.CapacityProvider{{CapacityProvider: settings.FargateSpot, Weight: 1}}
	}))
	key := ssmparameter.NewSsmParameter(stack, jsii.String("key"), &ssmparameter.SsmParameterConfig{Name: jsii.String("key"), Type: jsii.String("SecureString")})
	constructs.NewTaskExecutionRole(stack, "ssm", constructs.TaskExecutionRoleProps{
		TaskExecutionRole: settings.TaskExecutionRole{Name: "s"}, Secret: constructs.NewSecret(stack, "ssm", constructs.SecretProps{Secret: settings.Secret{ARN: *key.Arn()}}),
	})
	given := constructs.NewSecret(stack, "", constructs.SecretProps{Secret: settings.Secret{ARN: "${aws_secretsmanager_secret.mine.arn}"}})
	constructs.NewTaskExecutionRole(stack, "", constructs.TaskExecutionRoleProps{TaskExecutionRole: settings.TaskExecutionRole{Name: "e"}, Secret: given})
	if name, arn := worker.Cluster.Name, worker.Cluster.Attr("arn"); name != "${aws_ecs_cluster.etl_prefect.name}" || arn != "${aws_ecs_cluster.etl_prefect.arn}" || worker.Cluster.Element == nil {
		t.Errorf("got the cluster %s, %s", name, arn)
	}
	resources, text := synthesized(t, stack)
	if open, closed := fmt.Sprint(resources["aws_security_group"]["open_prefect_sg"]["egress"]), fmt.Sprint(resources["aws_security_group"]["closed_prefect_sg"]["egress"]); !strings.Contains(open, "0.0.0.0/0") || closed != "[]" {
		t.Errorf("got egress %s without rules and %s with none, want everything let out and nothing", open, closed)
	}
	if got := fmt.Sprint(resources["aws_ecs_cluster"]["etl_prefect"]["setting"]); !strings.Contains(got, "enabled") {
		t.Errorf("got the settings %s, want Container Insights", got)
	}
	if got := fmt.Sprint(resources["aws_ecs_service"]["etl_prefect_service"]["depends_on"]); !strings.Contains(got, "aws_ecs_cluster_capacity_providers.etl_prefect") {
		t.Errorf("depends_on: got %s, want the cluster's capacity providers", got)
	}
	for _, want := range []string{
		`"name": "PREFECT_API_KEY"`, `"ssm:GetParameters"`, `"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf"`, `split(\":\", aws_ssm_parameter.b.arn)`,
		`"secret_arn": "${aws_secretsmanager_secret.mine.arn}"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
	if strings.Contains(text, `split(\":\", local.ssm_secret_arn)`) {
		t.Errorf("a parameter's ARN, which has 6 fields, is cut to 7 in:\n%s", text)
	}
	if strings.Contains(text, `: \"*\"}`) {
		t.Errorf("a role may read every secret:\n%s", text)
	}
}

// TestPanicNamesTheStack: an app may have many with the same ids.
func TestPanicNamesTheStack(t *testing.T) {
	defer func() {
		if got, want := recover(), `stack s: constructs.NewCluster("etl"): Name is missing; pass the name of the cluster`; got != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}()
	constructs.NewCluster(emptyStack(t), "etl", constructs.ClusterProps{})
}
