package constructs_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func TestMain(m *testing.M) { os.Exit(kernel.Main(m)) }

// newWorker builds a whole worker as another app would, without YAML. The
// network and the cluster are shared; each worker has its own id.
func newWorker(stack cdktf.TerraformStack, id string, network *constructs.Network, cluster *constructs.Cluster) {
	secret := constructs.NewSecret(stack, id, constructs.SecretProps{Secret: settings.Secret{
		Create: settings.Switch{Value: true}, Name: id + "-prefect-api-key", Value: "${var.prefect_api_key}",
	}})
	role := constructs.NewTaskExecutionRole(stack, id, constructs.TaskExecutionRoleProps{
		TaskExecutionRole: settings.TaskExecutionRole{
			Name:          id + "-prefect-execution",
			SecretsPolicy: settings.SecretsPolicy{Name: "read-key", Actions: []string{"secretsmanager:GetSecretValue"}},
		},
		Partition: "aws", Secret: secret,
	})
	logs := constructs.NewLogGroup(stack, id, constructs.LogGroupProps{LogGroup: settings.LogGroup{Name: "/ecs/" + id, RetentionInDays: 30}})
	group := constructs.NewSecurityGroup(stack, id, constructs.SecurityGroupProps{
		SecurityGroup: settings.SecurityGroup{
			Egress: []settings.SecurityGroupRule{{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDRBlocks: []string{"0.0.0.0/0"}}},
		},
		VPCID: network.VPCID,
	})
	scaling := &settings.AutoScaling{
		MinCapacity: 1, MaxCapacity: 4, CPUTargetPercent: 60, ScaleInCooldownSeconds: 300, ScaleOutCooldownSeconds: 60,
		ScheduledActions: []settings.ScheduledAction{{Name: "morning", Schedule: "cron(0 7 ? * MON-FRI *)", MinCapacity: new(int)}},
	}
	worker := constructs.NewWorker(stack, id, constructs.WorkerProps{
		Worker: settings.Worker{
			ServiceName: id, Family: id, ContainerName: "worker",
			Image: "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1", Type: "ecs", CPU: 512, MemoryMiB: 1024,
			DesiredCount: settings.Number{Value: 1}, LogStreamPrefix: "prefect", AutoScaling: scaling,
		},
		WorkPool:         id + "-pool",
		APIURL:           "http://prefect.internal:4200/api",
		Secret:           secret,
		ExecutionRoleARN: role.Attr("arn"),
		LogGroup:         logs.Attr("name"),
		LogRegion:        "eu-central-1",
		ClusterARN:       cluster.Attr("arn"),
		SubnetIDs:        network.PrivateSubnetIDs,
		SecurityGroupID:  group.Attr("id"),
		After:            network.Egress,
	})
	constructs.NewAutoScaling(stack, id, constructs.AutoScalingProps{AutoScaling: *scaling, ClusterName: cluster.Attr("name"), ServiceName: worker.Service.Attr("name")})
	constructs.NewServiceAlarms(stack, id, constructs.ServiceAlarmsProps{
		AlarmsProps: constructs.AlarmsProps{
			Alarms:     settings.Alarms{Memory: &settings.Alarm{Threshold: 85, PeriodSeconds: 300, EvaluationPeriods: 3}},
			NamePrefix: "prefect",
		},
		ClusterName: cluster.Attr("name"), ServiceName: worker.Service.Attr("name"),
	})
}

func newStack(app cdktf.App) (cdktf.TerraformStack, *constructs.Network, *constructs.Cluster) {
	stack := cdktf.NewTerraformStack(app, jsii.String("workers"))
	provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{Region: jsii.String("eu-central-1")})
	cdktf.NewLocalBackend(stack, &cdktf.LocalBackendConfig{Path: jsii.String("workers.tfstate")})
	cdktf.NewTerraformVariable(stack, jsii.String("prefect_api_key"), &cdktf.TerraformVariableConfig{Type: jsii.String("string"), Sensitive: jsii.Bool(true)})
	network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{
		CIDRBlock: "10.0.0.0/16", AvailabilityZoneCount: 3, SubnetNewBits: 8, PrivateSubnetOffset: 10,
	}})
	return stack, network, constructs.NewCluster(stack, "", constructs.ClusterProps{Cluster: settings.Cluster{Name: "prefect"}})
}

func TestTwoWorkersInOneStack(t *testing.T) {
	out := t.TempDir()
	app := cdktf.NewApp(&cdktf.AppConfig{Outdir: &out})
	stack, network, cluster := newStack(app)
	newWorker(stack, "etl", network, cluster)
	newWorker(stack, "ml", network, cluster)
	app.Synth()

	data, err := os.ReadFile(filepath.Join(out, "stacks", "workers", "cdk.tf.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Resource map[string]map[string]any
		Locals   map[string]any
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string][]string{
		"aws_vpc":                 {"prefect"},
		"aws_ecs_cluster":         {"prefect"},
		"aws_ecs_service":         {"etl_prefect_service", "ml_prefect_service"},
		"aws_ecs_task_definition": {"etl_prefect_worker", "ml_prefect_worker"},
		"aws_iam_role":            {"etl_task_execution_role", "ml_task_execution_role"},

		"aws_appautoscaling_target":           {"etl_worker", "ml_worker"},
		"aws_appautoscaling_scheduled_action": {"etl_worker", "ml_worker"},
		"aws_cloudwatch_metric_alarm":         {"etl_memory", "ml_memory"},
	} {
		var got []string
		for name := range d.Resource[kind] {
			got = append(got, name)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", kind, got, want)
		}
	}
	if _, ok := d.Locals["ml_container_definitions"]; !ok {
		t.Errorf("no local of its own for the second worker: %v", d.Locals)
	}
}

func TestOneAddressTwicePanics(t *testing.T) {
	out := t.TempDir()
	stack, _, _ := newStack(cdktf.NewApp(&cdktf.AppConfig{Outdir: &out}))
	defer func() {
		if message := fmt.Sprint(recover()); !strings.Contains(message, "aws_ecs_cluster.prefect") {
			t.Errorf("got %s, want a panic that names the address", message)
		}
	}()
	constructs.NewCluster(stack, "", constructs.ClusterProps{Cluster: settings.Cluster{Name: "second"}})
}
