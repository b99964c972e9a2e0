package constructs

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
)

// WorkerProps are the settings of a worker.
type WorkerProps struct {
	ServiceName           string
	ServiceNameTag        string
	Family                string // of the task definition
	TaskDefinitionNameTag string
	ContainerName         string
	Image                 string
	Command               []string // exec form: a shell would swallow the SIGTERM that ends a worker gracefully
	CPU                   int      // CPU units, 1024 = 1 vCPU
	MemoryMiB             int
	CPUArchitecture       string            // "": AWS's default, X86_64
	EphemeralStorageGiB   int               // 0: the 20 that every task has
	PlatformVersion       string            // of Fargate; "": AWS's default, LATEST
	DesiredCount          *float64          // a number, or CDKTF's token of one
	Environment           map[string]string // of the container
	Secret                *Secret           // becomes PREFECT_API_KEY
	Secrets               map[string]string // variable → ARN of a secret or parameter
	ExecutionRoleARN      string
	TaskRoleARN           string // "": the task has no role
	LogGroup              string // name
	LogRegion             string
	LogStreamPrefix       string
	ClusterARN            string
	SubnetIDs             string // template of a list
	AssignPublicIP        bool   // needs public subnets
	SecurityGroupID       string
	RegistryARN           string // of service discovery; "": none

	HealthCheck            *HealthCheck // of the container; nil: none
	StopTimeoutSeconds     int          // 0: AWS's default, 30
	User                   string       // "": the image's own
	ReadonlyRootFilesystem bool         // WritableDir is then an empty volume
	WritableDir            string
	EnableExecuteCommand   bool           // ECS Exec
	OpenTelemetry          *OpenTelemetry // a collector beside the worker; nil: none

	CapacityProviderStrategy    []CapacityProvider // empty: launch type FARGATE
	Deployment                  *Deployment        // nil: AWS's defaults
	AvailabilityZoneRebalancing string             // "": the provider's default
	PropagateTags               string             // SERVICE, TASK_DEFINITION or ""
	EnableECSManagedTags        bool
	WaitForSteadyState          bool
	ForceNewDeployment          bool
	IgnoreDesiredCount          bool // auto scaling owns it once the service is made

	DependsOn []Resource
	Names     Names
}

// Worker is a task definition and the service that keeps it running.
type Worker struct {
	TaskDefinition Resource
	Service        Resource
}

// NewWorker makes a Prefect worker on Fargate.
func NewWorker(scope constructs.Construct, id string, p WorkerProps) *Worker {
	g := newGroup(scope, id, p.Names)
	task := g.taskDefinition(p)
	return &Worker{TaskDefinition: task, Service: g.service(p, task)}
}

func (g group) taskDefinition(p WorkerProps) Resource {
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
		DependsOn: dependsOn(p.Secret.Made...),
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
