package constructs

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsservice"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// WorkerProps are the settings of a worker. Image, WorkPool and APIURL are
// required; they are enough for a worker in the account's default network.
type WorkerProps struct {
	// Worker is the section; required: Image, Type with
	// WorkPoolManagement. ServiceName, Family and ContainerName are by default the
	// construct's id, or prefect-worker.
	// Permissions is not used: TaskRoleARN says what the task may do. AutoScaling
	// only leaves DesiredCount to NewAutoScaling, which makes what changes it.
	// Beside another setting of HealthCheck and Deployment, StartPeriodSeconds and
	// MinimumHealthyPercent of 0 are 0, not the default. go doc settings.Worker
	// lists them all, with defaults and limits.
	settings.Worker

	WorkPool string // required: what the worker polls
	APIURL   string // required: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or http(s)://<host>:4200/api

	// WorkPoolManagement makes and updates the work pool, and the worker never
	// does, for which the image needs Prefect 3.6.23 or newer. With type ecs pass
	// NewWorkPoolVariables: only by them do flow runs get a cluster, subnets, roles,
	// log group and secret of the stack. nil: a worker that finds no pool makes one
	// with Prefect's own defaults, which know none of these.
	WorkPoolManagement *WorkPoolManagement

	Secret           *Secret // what the worker authenticates with: NewSecret(…), or &Secret{ARN: …} of one that exists; nil: nothing
	CrashEventsQueue string  // name of the queue of CrashEvents, which all workers of the cluster may share; "": none

	ExecutionRoleARN           string   // "": a role is made that pulls images, writes logs and reads Secret
	TaskRoleARN                string   // required with EnableExecuteCommand, OpenTelemetry or a volume of EFS with IAM, and of type ecs with CrashEventsQueue or WorkPoolManagement; "": the task has no role, and a worker of type ecs cannot start flow runs
	LogGroup                   string   // name; "": /ecs/<name> is made, and kept for 30 days
	LogRegion                  string   // of the log group; "": the provider's
	ClusterARN                 string   // "": a cluster is made, with Cluster
	SubnetIDs                  string   // required with VPCID or SecurityGroupID; template of a list, such as "${aws_subnet.private[*].id}" or "${["+*a.Id()+", "+*b.Id()+"]}"; "": the default VPC's. AssignPublicIP needs public ones, as those are
	VPCID                      string   // required with SubnetIDs, without SecurityGroupID: of the subnets, for a security group to be made
	SecurityGroupID            string   // "": one is made that lets the worker reach AWS and the API
	AdditionalSecurityGroupIDs []string // further groups of the VPC, at most 4 unless AWS lets the account have more
	RegistryARN                string   // of service discovery; "": none

	// Cluster is the section of the cluster that is created; its Name is by default
	// that of the worker, and the providers of CapacityProviderStrategy are added.
	Cluster settings.Cluster

	// After and DependsOn are what the service comes after: what constructs made,
	// such as Network.Egress and Role.Ready, and anything else of the app's.
	After     []AnyResource
	DependsOn []cdktf.ITerraformDependable // see After
}

// Worker is a task definition and the service that keeps it running.
type Worker struct {
	TaskDefinition Resource[ecstaskdefinition.EcsTaskDefinition] // its family is the worker's Family
	Service        Resource[ecsservice.EcsService]               // its id is its ARN
	Cluster        *Cluster                                      // that was made; nil with ClusterARN
	ExecutionRole  *Role                                         // that was made; nil with ExecutionRoleARN

	// Props have what was made for those that were left out, AssignPublicIP too:
	// another worker beside this one may take them all but ServiceName, Family and
	// ContainerName, or ClusterARN, SubnetIDs, VPCID and AssignPublicIP alone.
	Props WorkerProps
}

// NewWorker creates a Prefect worker on Fargate.
func NewWorker(scope constructs.Construct, id string, p WorkerProps) *Worker {
	g := newGroup(scope, "NewWorker", id)
	g.require(prop{"Image", p.Image, "an image with Prefect, such as prefecthq/prefect-aws:<version>"},
		prop{"WorkPool", p.WorkPool, "the work pool to poll"}, prop{"APIURL", p.APIURL, "the URL of the Prefect API"})
	g.literal("WorkPool", p.WorkPool, "workPool")
	g.literal("APIURL", p.APIURL, "apiURL")
	g.list("SubnetIDs", p.SubnetIDs)
	if p.SubnetIDs == "" && p.VPCID+p.SecurityGroupID != "" {
		g.require(prop{"SubnetIDs", "", "network.PrivateSubnetIDs or other subnets of that VPC"})
	}
	if p.SubnetIDs != "" && p.SecurityGroupID == "" {
		g.require(prop{"VPCID", p.VPCID, "network.VPCID, in which a security group is created, or SecurityGroupID"})
	}
	if p.WorkPoolManagement != nil {
		g.require(prop{"Type", p.Type, "settings.TypeECS or settings.TypeProcess, the type of the work pool to create"})
	}
	if len(p.FileSystems()) > 0 {
		g.require(prop{"TaskRoleARN", p.TaskRoleARN, "a role with FileSystemStatements, with which the task mounts its volumes"})
	}
	if p.EnableExecuteCommand || p.OpenTelemetry != nil {
		g.require(prop{"TaskRoleARN", p.TaskRoleARN, "a role with ExecuteCommandStatements or OpenTelemetryStatements, with which the agents in the task call AWS"})
	}
	if p.Type == settings.TypeECS && (p.CrashEventsQueue != "" || p.WorkPoolManagement != nil) {
		g.require(prop{"TaskRoleARN", p.TaskRoleARN, "that of NewTaskRole: a worker of type ecs reads its queue and starts flow runs with it"})
	}
	if p.ClusterARN != "" && !reflect.ValueOf(p.Cluster).IsZero() {
		g.refuse("got Cluster and ClusterARN; pass one: the section describes a cluster to create")
	}
	if s := p.CapacityProviderStrategy; len(s) > 0 && !slices.ContainsFunc(s, func(c settings.CapacityProvider) bool { return c.Weight > 0 }) {
		g.refuse("CapacityProviderStrategy: got no Weight above 0; pass one to a provider at least: ECS starts no task beyond the base")
	}
	if d := p.Deployment; d != nil && d.Strategy == settings.BlueGreen && p.RegistryARN != "" {
		g.refuse("RegistryARN: got it with Deployment.Strategy BLUE_GREEN; pass one: ECS takes no service discovery with blue/green deployments")
	}
	w := &Worker{Props: p}
	w.fillIn(scope, g)
	p = w.Props
	g.unique("ServiceName", p.ServiceName, p.ClusterARN)
	g.unique("Family", p.Family, "")
	w.TaskDefinition = g.taskDefinition(p)
	w.Service = g.service(p, w.TaskDefinition)
	return w
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
		// A deployment goes back to the revision before, which must be ACTIVE, as must the
		// one that a pipeline makes its own of.
		// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html
		SkipDestroy: optionalTrue(p.Deployment != nil || p.IgnoreTaskDefinitionChanges),
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
	if all := volumes(p); all != nil {
		config.Volume = all
	}
	return add(g, "aws_ecs_task_definition.prefect_worker", ecstaskdefinition.NewEcsTaskDefinition, config)
}

func volumes(p WorkerProps) []*ecstaskdefinition.EcsTaskDefinitionVolume {
	var all []*ecstaskdefinition.EcsTaskDefinitionVolume
	if p.ReadonlyRootFilesystem {
		all = append(all, &ecstaskdefinition.EcsTaskDefinitionVolume{Name: jsii.String(settings.WritableVolume)})
	}
	for _, v := range p.Volumes {
		all = append(all, &ecstaskdefinition.EcsTaskDefinitionVolume{Name: &v.Name, EfsVolumeConfiguration: fileSystem(v.EFSVolumeConfiguration)})
	}
	return all
}

func fileSystem(v *settings.EFSVolumeConfiguration) *ecstaskdefinition.EcsTaskDefinitionVolumeEfsVolumeConfiguration {
	if v == nil {
		return nil
	}
	return &ecstaskdefinition.EcsTaskDefinitionVolumeEfsVolumeConfiguration{
		FileSystemId: &v.FileSystemID, RootDirectory: optional(v.RootDirectory), TransitEncryption: &v.TransitEncryption,
		AuthorizationConfig: &ecstaskdefinition.EcsTaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfig{AccessPointId: optional(v.AccessPointID), Iam: &v.IAM},
	}
}
