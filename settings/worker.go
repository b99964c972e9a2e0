package settings

import (
	"slices"
	"strconv"
	"strings"
)

// Worker is a task definition and the service that keeps it running.
type Worker struct {
	_ struct{} `perWorker:"aws_ecs_service.prefect_service aws_ecs_task_definition.prefect_worker"`

	ServiceName   string `yaml:"serviceName" rule:"ecsName"`   // Name of the ECS service.
	Family        string `yaml:"family" rule:"ecsName"`        // Family of the task definition.
	ContainerName string `yaml:"containerName" rule:"ecsName"` // Name of the worker's container.

	// Image of the worker's container: a mutable tag is accepted and reported.
	Image string `yaml:"image" rule:"image" variable:"Docker image of the Prefect worker, typically in ECR (Elastic Container Registry)."`

	Type            string   `yaml:"type" rule:"oneof ecs process,optional"`                           // prefect worker start --type; empty: the work pool's own.
	WorkQueues      []string `yaml:"workQueues" rule:"workQueue,unique"`                               // --work-queue, the queues to poll; empty: all of the pool's.
	Limit           int      `yaml:"limit" rule:"range 0 2147483647"`                                  // --limit, flow runs at a time; 0: no limit.
	PrefetchSeconds int      `yaml:"prefetchSeconds" rule:"range 0 2147483647"`                        // --prefetch-seconds; 0: Prefect's default, 10.
	CPU             int      `yaml:"cpu" default:"512" rule:"oneof 256 512 1024 2048 4096 8192 16384"` // CPU units, 1024 = 1 vCPU.
	MemoryMiB       int      `yaml:"memoryMiB" default:"1024" rule:"range 512 122880"`                 // Memory that Fargate pairs with the CPU units.
	CPUArchitecture string   `yaml:"cpuArchitecture" rule:"oneof X86_64 ARM64,optional"`               // Empty: AWS's default, X86_64.

	EphemeralStorageGiB int    `yaml:"ephemeralStorageGiB" rule:"range 21 200,optional"`   // 0: 20, which are free.
	PlatformVersion     string `yaml:"platformVersion" rule:"oneof LATEST 1.4.0,optional"` // Of Fargate; empty: AWS's default, LATEST. 1.3.0 has neither ARM64 nor ECS Exec.

	// DesiredCount is how many tasks run.
	DesiredCount Number `yaml:"desiredCount" default:"1" rule:"range 0 5000" variable:"How many Prefect ECS worker tasks run concurrently."`

	AssignPublicIP bool `yaml:"assignPublicIp"` // Run in the public subnets with a public address, instead of in the private ones.

	// ExtraArgs are more arguments of prefect worker start, such as [--base-job-template, /opt/template.json].
	ExtraArgs []string `yaml:"extraArgs" braces:"text"`

	// InstallPolicy is --install-policy, for the package of the worker's type: install
	// it always, or if-not-present, or never. Empty: Prefect's default, which asks, and
	// in a container never installs it.
	InstallPolicy string `yaml:"installPolicy" rule:"oneof always if-not-present never,optional"`

	EntryPoint       []string `yaml:"entryPoint" braces:"text"`                       // Before the command; empty: the image's own, which in Prefect's images installs EXTRA_PIP_PACKAGES.
	WorkingDirectory string   `yaml:"workingDirectory" rule:"containerPath,optional"` // Empty: the image's own.

	// Permissions are those of the task execution role (task-execution-role), of
	// a role for the worker, which is taskRole with type ecs and flowRunRole
	// with type process (least-privilege), or none.
	Permissions string `yaml:"permissions" alias:"taskRole" default:"task-execution-role" rule:"oneof task-execution-role none least-privilege"`

	// RepositoryCredentials are for the registry of image, if it is a private one
	// other than ECR.
	RepositoryCredentials *RepositoryCredentials `yaml:"repositoryCredentials"`

	Environment map[string]string `yaml:"environment" keys:"envName" braces:"text"`           // In addition to PREFECT_API_URL.
	Secrets     map[string]string `yaml:"secrets" keys:"envName" rule:"secretARN" hide:"yes"` // Variable → ARN of a secret (also …:json-key:stage:version) or of an SSM parameter.

	// EnvironmentFiles are ARNs of objects in S3 with a line NAME=value for each variable.
	// environment and secrets take precedence. The task execution role gets permission to
	// read them.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
	EnvironmentFiles []string `yaml:"environmentFiles" rule:"environmentFileARN,unique,max 10"`

	LogStreamPrefix       string       `yaml:"logStreamPrefix" default:"prefect" rule:"logStreamPrefix"`      // Begins the log streams' names.
	TaskDefinitionNameTag string       `yaml:"taskDefinitionNameTag" rule:"tagValue,optional" braces:"names"` // Name tag of the task definition.
	ServiceNameTag        string       `yaml:"serviceNameTag" rule:"tagValue,optional" braces:"names"`        // Name tag of the service.
	AutoScaling           *AutoScaling `yaml:"autoScaling"`                                                   // AWS changes the number of tasks.

	HealthCheck            *HealthCheck   `yaml:"healthCheck"`                                    // ECS replaces a worker that stopped polling.
	StopTimeoutSeconds     int            `yaml:"stopTimeoutSeconds" rule:"range 2 120,optional"` // From SIGTERM to SIGKILL; 0: AWS's default, 30.
	ReadonlyRootFilesystem bool           `yaml:"readonlyRootFilesystem"`                         // /tmp is an empty volume, and Prefect's home is in it.
	User                   string         `yaml:"user" rule:"containerUser,optional"`             // uid, uid:gid or names; empty: the image's own, root in Prefect's images.
	EnableExecuteCommand   bool           `yaml:"enableExecuteCommand"`                           // ECS Exec.
	OpenTelemetry          *OpenTelemetry `yaml:"openTelemetry"`                                  // A collector next to the worker.

	RestartPolicy      *RestartPolicy `yaml:"restartPolicy"`      // ECS restarts the container in its task when it exits; null: it replaces the task.
	InitProcessEnabled bool           `yaml:"initProcessEnabled"` // An init process reaps what the worker's processes leave behind; on with enableExecuteCommand.

	// LogConfiguration is that of the worker's container. null: to the log group,
	// as awslogs does by default.
	LogConfiguration *LogConfiguration `yaml:"logConfiguration"`

	Sidecars           []Sidecar             `yaml:"sidecars"`    // Containers next to the worker or before it, within its CPU units and memory.
	ContainerDependsOn []ContainerDependency `yaml:"dependsOn"`   // What the worker, and the container that prepares its work pool, wait for.
	Volumes            []Volume              `yaml:"volumes"`     // Volumes that containers share.
	MountPoints        []MountPoint          `yaml:"mountPoints"` // Of the worker's container.

	CapacityProviderStrategy    []CapacityProvider `yaml:"capacityProviderStrategy"`                                           // Empty: on-demand Fargate.
	Deployment                  *Deployment        `yaml:"deployment"`                                                         // How ECS replaces tasks, old task definitions then stay registered; null: AWS's defaults, and an apply deregisters the one that it replaces.
	AvailabilityZoneRebalancing string             `yaml:"availabilityZoneRebalancing" rule:"oneof ENABLED DISABLED,optional"` // Empty: the provider's default.
	PropagateTags               string             `yaml:"propagateTags" rule:"oneof SERVICE TASK_DEFINITION NONE,optional"`   // Whose tags the tasks get; empty: none.
	EnableECSManagedTags        bool               `yaml:"enableEcsManagedTags"`                                               // Tasks get the tags aws:ecs:clusterName and aws:ecs:serviceName.
	WaitForSteadyState          bool               `yaml:"waitForSteadyState"`                                                 // Apply waits until the new tasks run.
	// IgnoreTaskDefinitionChanges leaves the service on the revision that something
	// else has deployed, such as a pipeline that deploys images: Terraform registers
	// revisions, but deploys only the first one.
	IgnoreTaskDefinitionChanges bool `yaml:"ignoreTaskDefinitionChanges"`

	Timeouts       *Timeouts `yaml:"timeouts"`       // How long an apply waits for the service; null: the provider's 20 minutes.
	SigintRollback bool      `yaml:"sigintRollback"` // If an apply is interrupted (Ctrl-C) while it waits for a deployment, it rolls it back. Needs AWS provider 6.11.

	ForceNewDeployment bool `yaml:"forceNewDeployment"` // Every change of the service starts new tasks.
}

// The values of worker.type, worker.permissions and of capacity providers.
const (
	TypeECS     = "ecs"
	TypeProcess = "process"

	PermissionsExecutionRole = "task-execution-role"
	PermissionsNone          = "none"

	Fargate     = "FARGATE"
	FargateSpot = "FARGATE_SPOT"
)

// LeastPrivilege says whether the worker has a role made for it.
func (w *Worker) LeastPrivilege() bool { return w.Permissions == LeastPrivilege }

// Check finds settings that AWS or Prefect refuses together.
func (w *Worker) Check(c Checker) {
	w.checkMemory(c)
	w.checkEnvironment(c)
	w.checkSecrets(c)
	w.checkCapacityProviderStrategy(c)
	if d := w.Deployment; d != nil && !c.Wrong(&d.MinimumHealthyPercent) && !c.Wrong(&d.MaximumPercent) {
		d.room(c, "desiredCount", w.DesiredCount.Value)
		if a := w.AutoScaling; a != nil {
			d.room(c, "autoScaling.minCapacity", max(1, a.MinCapacity))
		}
		// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
		if w.AvailabilityZoneRebalancing == "ENABLED" && d.MaximumPercent <= 100 {
			c.Fail(&w.AvailabilityZoneRebalancing, "got ENABLED with deployment.maximumPercent %d, want more than 100: ECS moves a task by starting the new one first", d.MaximumPercent)
		}
	}
	if a := w.AutoScaling; a != nil && !c.Wrong(&a.MinCapacity) && !c.Wrong(&w.DesiredCount) && (w.DesiredCount.Value < a.MinCapacity || w.DesiredCount.Value > a.MaxCapacity) {
		c.Fail(&w.AutoScaling, "got desiredCount %d, want it between minCapacity %d and maxCapacity %d: the service starts with it", w.DesiredCount.Value, a.MinCapacity, a.MaxCapacity)
	}
	if w.EnableExecuteCommand && w.ReadonlyRootFilesystem {
		c.Fail(&w.EnableExecuteCommand, "got true with readonlyRootFilesystem true, want one: the SSM agent of ECS Exec writes to the root file system")
	}
	if w.EnableExecuteCommand && w.Permissions == PermissionsNone {
		c.Fail(&w.EnableExecuteCommand, "got true with permissions none, want a task role: the SSM agent of ECS Exec calls ssmmessages with it")
	}
	if w.OpenTelemetry != nil {
		w.OpenTelemetry.beside(c, w)
	}
	w.checkDeployment(c)
	w.checkCommand(c)
	w.checkSidecars(c)
}

// FargateMemoryMiB lists the memory Fargate takes for each number of CPU units.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
var FargateMemoryMiB = map[int][]int{
	256:   {512, 1024, 2048},
	512:   steps(1024, 4096, 1024),
	1024:  steps(2048, 8192, 1024),
	2048:  steps(4096, 16384, 1024),
	4096:  steps(8192, 30720, 1024),
	8192:  steps(16384, 61440, 4096),
	16384: steps(32768, 122880, 8192),
}

func steps(first, last, step int) []int {
	var all []int
	for n := first; n <= last; n += step {
		all = append(all, n)
	}
	return all
}

func (w *Worker) checkMemory(c Checker) {
	all := FargateMemoryMiB[w.CPU]
	switch {
	case all == nil || slices.Contains(all, w.MemoryMiB) || c.Wrong(&w.MemoryMiB):
	case len(all) <= 7:
		c.Fail(&w.MemoryMiB, "got %d, want one of %v for cpu %d", w.MemoryMiB, all, w.CPU)
	default:
		c.Fail(&w.MemoryMiB, "got %d, want %d to %d in steps of %d for cpu %d", w.MemoryMiB, all[0], all[len(all)-1], all[1]-all[0], w.CPU)
	}
}

// CapacityProvider is one part of a capacity provider strategy.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
type CapacityProvider struct {
	CapacityProvider string `yaml:"capacityProvider" rule:"oneof FARGATE FARGATE_SPOT"` // The provider.
	Weight           int    `yaml:"weight" rule:"range 0 1000"`                         // Share of the tasks beyond the base.
	Base             int    `yaml:"base" rule:"range 0 100000"`                         // Tasks that run here first, on one provider only.
}

func (w *Worker) checkCapacityProviderStrategy(c Checker) {
	CheckStrategy(c, &w.CapacityProviderStrategy)
	for i := range w.CapacityProviderStrategy {
		if p := &w.CapacityProviderStrategy[i]; p.CapacityProvider == FargateSpot && w.Type == TypeProcess {
			c.Fail(&p.CapacityProvider, "got FARGATE_SPOT with type process, want FARGATE: flow runs inside the worker are lost when AWS reclaims the task")
		}
	}
}

// CheckStrategy wants each provider once, one base at most and some weight.
func CheckStrategy(c Checker, strategy *[]CapacityProvider) {
	based, weights := -1, 0
	for i := range *strategy {
		p := &(*strategy)[i]
		if slices.ContainsFunc((*strategy)[:i], func(q CapacityProvider) bool { return q.CapacityProvider == p.CapacityProvider }) {
			c.Fail(&p.CapacityProvider, "got %q twice", p.CapacityProvider)
		}
		if p.Base > 0 && based >= 0 {
			c.Fail(&p.Base, "got %d, but entry %d has a base already, want a base on one entry only", p.Base, based)
		}
		if p.Base > 0 {
			based = i
		}
		weights += p.Weight
	}
	if len(*strategy) > 0 && weights == 0 {
		c.Fail(strategy, "got no weight above 0, want at least one: ECS starts no task beyond the base")
	}
}

// UsesSpot says whether tasks may run on Fargate Spot.
func (w *Worker) UsesSpot() bool {
	return slices.ContainsFunc(w.CapacityProviderStrategy, func(p CapacityProvider) bool { return p.CapacityProvider == FargateSpot })
}

// WritableDir is where a container with a read-only root file system, or with
// a user that has no home, may write: Prefect's home and temporary files.
const WritableDir = "/tmp"

// healthPort is the variable that moves the worker's health server.
const healthPort = "PREFECT_WORKER_WEBSERVER_PORT"

// HealthPort is the port of the worker's health server.
func (w *Worker) HealthPort() int {
	if port, err := strconv.Atoi(w.Environment[healthPort]); err == nil {
		return port
	}
	return 8080
}

// AppEnvironment is what the container gets for its other settings.
// worker.environment may change it.
func (w *Worker) AppEnvironment() map[string]string {
	all := map[string]string{}
	if w.ReadonlyRootFilesystem || w.User != "" {
		all["HOME"], all["PREFECT_HOME"] = WritableDir, WritableDir+"/.prefect"
	}
	if w.OpenTelemetry != nil {
		all["OTEL_EXPORTER_OTLP_ENDPOINT"], all["OTEL_SERVICE_NAME"] = "http://localhost:4317", w.ServiceName
	}
	return all
}

// credentials are variables whose value would be in the task definition,
// which everyone may read who may describe it. Prefect ignores their case.
var credentials = map[string]string{
	APIKeyName:              "the secret",
	AuthStringName:          "the secret",
	"AWS_ACCESS_KEY_ID":     "the task role's permissions",
	"AWS_SECRET_ACCESS_KEY": "the task role's permissions",
	"AWS_SESSION_TOKEN":     "the task role's permissions",
}

func (w *Worker) checkEnvironment(c Checker) {
	for name, value := range w.Environment {
		fail := func(format string, args ...any) { c.FailKey(&w.Environment, name, format, args...) }
		upper := strings.ToUpper(name)
		if instead := credentials[upper]; instead != "" {
			fail("set here, want %s: task definitions are readable by everyone who may describe them", instead)
		}
		switch upper {
		case "PREFECT_API_URL":
			fail("set here, want prefect.apiUrl: the task definition would have it twice")
		case healthPort:
			if port, err := strconv.Atoi(value); err != nil || port < 1 || port > 65535 {
				fail("got %q, want a port from 1 to 65535", value)
			}
		case "HOME", "PREFECT_HOME":
			if w.ReadonlyRootFilesystem && !strings.HasPrefix(value+"/", WritableDir+"/") {
				fail("got %q with readonlyRootFilesystem true, want a folder in %s: nothing else can be written to", value, WritableDir)
			}
		case "EXTRA_PIP_PACKAGES": // the images' entry point installs into the system's Python
			if w.ReadonlyRootFilesystem || w.User != "" {
				fail("set with readonlyRootFilesystem or user, want an image that has the packages: they cannot be installed as the container starts")
			}
		}
	}
}

// checkSecrets checks the variables whose values ECS reads when a task starts.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
func (w *Worker) checkSecrets(c Checker) {
	app := w.AppEnvironment()
	for name := range w.Secrets {
		fail := func(format string, args ...any) { c.FailKey(&w.Secrets, name, format, args...) }
		switch upper := strings.ToUpper(name); {
		case upper == APIKeyName || upper == AuthStringName:
			fail("set here, want the section secret: the task definition would have it twice")
		case upper == "PREFECT_API_URL":
			fail("set here, want prefect.apiUrl: the task definition would have it twice")
		case app[name] != "":
			fail("set here, but the container gets it for readonlyRootFilesystem, user or openTelemetry; want it in one place: the task definition would have it twice")
		}
		if _, ok := w.Environment[name]; ok {
			fail("set in environment too, want one of them")
		}
	}
}
