package constructs

import (
	"maps"
	"slices"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsservice"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
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
	DesiredCount          *float64          // a number, or CDKTF's token of one
	Environment           map[string]string // of the container
	Secret                *Secret           // becomes PREFECT_API_KEY or PREFECT_API_AUTH_STRING
	ExecutionRoleARN      string
	TaskRoleARN           string // "": the task has no role
	LogGroup              string // name
	LogRegion             string
	LogStreamPrefix       string
	ClusterARN            string
	SubnetIDs             string // template of a list
	SecurityGroupID       string
	RegistryARN           string // of service discovery; "": none
	DependsOn             []Resource
	Names                 Names
}

// Worker is a task definition and the service that keeps it running.
type Worker struct {
	TaskDefinition Resource
	Service        Resource
}

// NewWorker makes a Prefect worker on Fargate, in private subnets and without
// a public address.
func NewWorker(scope constructs.Construct, id string, p WorkerProps) *Worker {
	g := newGroup(scope, id, p.Names)
	task := g.taskDefinition(p)
	return &Worker{TaskDefinition: task, Service: g.service(p, task)}
}

func (g group) taskDefinition(p WorkerProps) Resource {
	return add(g, "aws_ecs_task_definition.prefect_worker", ecstaskdefinition.NewEcsTaskDefinition, &ecstaskdefinition.EcsTaskDefinitionConfig{
		Family:                  &p.Family,
		NetworkMode:             jsii.String("awsvpc"),
		RequiresCompatibilities: jsii.Strings("FARGATE"),
		Cpu:                     jsii.String(strconv.Itoa(p.CPU)),
		Memory:                  jsii.String(strconv.Itoa(p.MemoryMiB)),
		ExecutionRoleArn:        &p.ExecutionRoleARN,
		TaskRoleArn:             optional(p.TaskRoleARN),
		ContainerDefinitions:    g.json("container_definitions", []any{container(p)}),
		Tags:                    nameTag(p.TaskDefinitionNameTag),
		// ECS refuses to start a task whose secret has no value yet.
		DependsOn: dependsOn(p.Secret.Made...),
	})
}

func container(p WorkerProps) map[string]any {
	var environment []any
	for _, name := range slices.Sorted(maps.Keys(p.Environment)) {
		environment = append(environment, map[string]any{"name": name, "value": p.Environment[name]})
	}
	return map[string]any{
		"name":        p.ContainerName,
		"image":       p.Image,
		"essential":   true,
		"command":     p.Command,
		"environment": environment,
		"secrets":     containerSecrets(p.Secret),
		"logConfiguration": map[string]any{
			"logDriver": "awslogs",
			"options": map[string]any{
				"awslogs-group":         p.LogGroup,
				"awslogs-region":        p.LogRegion,
				"awslogs-stream-prefix": p.LogStreamPrefix,
			},
		},
	}
}

// containerSecrets gives the key to the container by reference; an empty list
// where there is no secret, which ECS would otherwise refuse.
func containerSecrets(s *Secret) any {
	if s.ARN == "" {
		return []any{}
	}
	if !s.Optional {
		return []any{map[string]any{"name": s.EnvironmentName, "valueFrom": s.ARN}}
	}
	arn := Expr(s.ARN)
	return "${" + arn + " != null ? [{ name = " + quote(s.EnvironmentName) + ", valueFrom = " + arn + " }] : []}"
}

func (g group) service(p WorkerProps, task Resource) Resource {
	config := &ecsservice.EcsServiceConfig{
		Name:           &p.ServiceName,
		Cluster:        &p.ClusterARN,
		TaskDefinition: jsii.String(task.Attr("arn")),
		LaunchType:     jsii.String("FARGATE"),
		DesiredCount:   p.DesiredCount,
		NetworkConfiguration: &ecsservice.EcsServiceNetworkConfiguration{
			Subnets:        cdktf.Token_AsList(p.SubnetIDs, nil),
			SecurityGroups: jsii.Strings(p.SecurityGroupID),
			AssignPublicIp: false,
		},
		Tags:      nameTag(p.ServiceNameTag),
		DependsOn: dependsOn(p.DependsOn...),
	}
	if p.RegistryARN != "" {
		config.ServiceRegistries = &ecsservice.EcsServiceServiceRegistries{RegistryArn: &p.RegistryARN}
	}
	return add(g, "aws_ecs_service.prefect_service", ecsservice.NewEcsService, config)
}

// WorkerCommand is the command of a worker's container.
// https://docs.prefect.io/v3/api-ref/cli/worker
func WorkerCommand(workPool, workerType string) []string {
	command := []string{"prefect", "worker", "start", "--pool", workPool}
	if workerType != "" {
		command = append(command, "--type", workerType)
	}
	return command
}
