package constructs

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsservice"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// WorkerProps are the settings of a worker.
type WorkerProps struct {
	settings.Worker
	WorkPool         string
	APIURL           string
	Secret           *Secret // becomes PREFECT_API_KEY
	CrashEventsQueue string  // name; "": none
	ExecutionRoleARN string
	TaskRoleARN      string // "": the task has no role
	LogGroup         string // name
	LogRegion        string
	ClusterARN       string
	SubnetIDs        string // template of a list; AssignPublicIP needs public subnets
	SecurityGroupID  string
	RegistryARN      string // of service discovery; "": none
	DependsOn        []cdktf.ITerraformDependable
}

// Worker is a task definition and the service that keeps it running.
type Worker struct {
	TaskDefinition Resource[ecstaskdefinition.EcsTaskDefinition]
	Service        Resource[ecsservice.EcsService]
}

// NewWorker makes a Prefect worker on Fargate.
func NewWorker(scope constructs.Construct, id string, p WorkerProps) *Worker {
	g := newGroup(scope, id)
	task := g.taskDefinition(p)
	return &Worker{TaskDefinition: task, Service: g.service(p, task)}
}

func (g group) taskDefinition(p WorkerProps) Resource[ecstaskdefinition.EcsTaskDefinition] {
	config := &ecstaskdefinition.EcsTaskDefinitionConfig{
		Family:                  &p.Family,
		NetworkMode:             jsii.String("awsvpc"),
		RequiresCompatibilities: jsii.Strings("FARGATE"),
		Cpu:                     jsii.String(strconv.Itoa(p.CPU)),
		Memory:                  jsii.String(strconv.Itoa(p.MemoryMiB)),
		ExecutionRoleArn:        &p.ExecutionRoleARN,
		TaskRoleArn:             optional(p.TaskRoleARN),
		ContainerDefinitions:    g.json("container_definitions", g.containers(p)),
		Tags:                    nameTag(p.TaskDefinitionNameTag),
		// ECS refuses to start a task whose secret has no value yet.
		DependsOn: DependsOn(p.Secret.Made...),
	}
	if p.CPUArchitecture != "" {
		config.RuntimePlatform = &ecstaskdefinition.EcsTaskDefinitionRuntimePlatform{
			CpuArchitecture: &p.CPUArchitecture, OperatingSystemFamily: jsii.String("LINUX"),
		}
	}
	if p.EphemeralStorageGiB > 0 {
		config.EphemeralStorage = &ecstaskdefinition.EcsTaskDefinitionEphemeralStorage{SizeInGib: jsii.Number(p.EphemeralStorageGiB)}
	}
	if p.ReadonlyRootFilesystem {
		config.Volume = []*ecstaskdefinition.EcsTaskDefinitionVolume{{Name: jsii.String(writableVolume)}}
	}
	return add(g, "aws_ecs_task_definition.prefect_worker", ecstaskdefinition.NewEcsTaskDefinition, config)
}
