package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Worker is a task definition and the service that keeps it running.
type Worker struct {
	ServiceName           string            `yaml:"serviceName"`
	Family                string            `yaml:"family"`
	ContainerName         string            `yaml:"containerName"`
	Image                 string            `yaml:"image"`
	Type                  string            `yaml:"type"`            // prefect worker start --type; empty: the work pool's own
	WorkQueues            []string          `yaml:"workQueues"`      // --work-queue, the queues to poll; empty: all of the pool's
	Limit                 int               `yaml:"limit"`           // --limit, flow runs at a time; 0: no limit
	PrefetchSeconds       int               `yaml:"prefetchSeconds"` // --prefetch-seconds; 0: Prefect's default, 10
	CPU                   int               `yaml:"cpu"`             // CPU units, 1024 = 1 vCPU
	MemoryMiB             int               `yaml:"memoryMiB"`
	CPUArchitecture       string            `yaml:"cpuArchitecture"`     // X86_64 or ARM64; empty: AWS's default, X86_64
	EphemeralStorageGiB   int               `yaml:"ephemeralStorageGiB"` // 21 to 200; 0: the 20 that are free of charge
	PlatformVersion       string            `yaml:"platformVersion"`     // of Fargate: LATEST or 1.4.0; empty: AWS's default, LATEST
	DesiredCount          int               `yaml:"desiredCount"`
	AssignPublicIP        bool              `yaml:"assignPublicIp"` // run in the public subnets with a public address, instead of in the private ones
	TaskRole              string            `yaml:"taskRole"`       // task-execution-role, least-privilege (see taskRole), or none
	Environment           map[string]string `yaml:"environment"`    // besides PREFECT_API_URL; braces allowed
	Secrets               map[string]string `yaml:"secrets"`        // variable → ARN of a secret (also …:json-key:stage:version) or of an SSM parameter
	LogStreamPrefix       string            `yaml:"logStreamPrefix"`
	TaskDefinitionNameTag string            `yaml:"taskDefinitionNameTag"` // braces allowed
	ServiceNameTag        string            `yaml:"serviceNameTag"`        // braces allowed
	AutoScaling           *AutoScaling      `yaml:"autoScaling"`

	HealthCheck            *HealthCheck   `yaml:"healthCheck"`            // ECS replaces a worker that stopped polling
	StopTimeoutSeconds     int            `yaml:"stopTimeoutSeconds"`     // from SIGTERM to SIGKILL, 2 to 120; 0: AWS's default, 30
	ReadonlyRootFilesystem bool           `yaml:"readonlyRootFilesystem"` // /tmp is an empty volume, and Prefect's home is in it
	User                   string         `yaml:"user"`                   // uid, uid:gid or names; empty: the image's own, root in Prefect's images
	EnableExecuteCommand   bool           `yaml:"enableExecuteCommand"`   // ECS Exec
	OpenTelemetry          *OpenTelemetry `yaml:"openTelemetry"`          // a collector beside the worker

	CapacityProviderStrategy    []CapacityProvider `yaml:"capacityProviderStrategy"` // empty: on-demand Fargate
	Deployment                  *Deployment        `yaml:"deployment"`
	AvailabilityZoneRebalancing string             `yaml:"availabilityZoneRebalancing"` // ENABLED or DISABLED; empty: the provider's default, DISABLED
	PropagateTags               string             `yaml:"propagateTags"`               // SERVICE or TASK_DEFINITION: whose tags the tasks get; empty: none
	EnableECSManagedTags        bool               `yaml:"enableEcsManagedTags"`        // tasks get the tags aws:ecs:clusterName and aws:ecs:serviceName
	WaitForSteadyState          bool               `yaml:"waitForSteadyState"`          // apply waits until the new tasks run
	ForceNewDeployment          bool               `yaml:"forceNewDeployment"`          // every change of the service starts its tasks anew
}

func (e *Environment) checkWorker(c checker) { e.checkWorkerAt(c, "worker") }

// checkWorkerAt checks Worker, whose settings stand at path.
func (e *Environment) checkWorkerAt(c checker, path string) {
	w := &e.Worker
	c.text(path+".serviceName", w.ServiceName, ecsName)
	c.text(path+".family", w.Family, ecsName)
	c.text(path+".containerName", w.ContainerName, ecsName)
	w.checkCommand(c, path)
	w.checkSize(c, path)
	c.choice(path+".taskRole", w.TaskRole, TaskRoleExecution, TaskRoleNone, TaskRoleLeastPrivilege)
	w.checkContainer(c, path)
	c.text(path+".logStreamPrefix", w.LogStreamPrefix, logPrefix)
	c.name(e, path+".taskDefinitionNameTag", w.TaskDefinitionNameTag, orEmpty(tagValue))
	c.name(e, path+".serviceNameTag", w.ServiceNameTag, orEmpty(tagValue))
	w.checkSecrets(c, path)
	w.checkService(c, path)
	w.checkCapacityProviderStrategy(c, path)
	if w.OpenTelemetry != nil {
		w.OpenTelemetry.check(c, path+".openTelemetry", w)
	}
	if w.AutoScaling != nil {
		w.AutoScaling.check(c, path+".autoScaling", w)
	}
}

// checkCommand checks what goes on the command line of prefect worker start.
func (w *Worker) checkCommand(c checker, path string) {
	if w.Type != "" {
		c.choice(path+".type", w.Type, TypeECS, TypeProcess)
	}
	for i, queue := range w.WorkQueues {
		at := fmt.Sprintf("%s.workQueues[%d]", path, i)
		c.text(at, queue, workQueue)
		if slices.Contains(w.WorkQueues[:i], queue) {
			c.fail(at, fmt.Errorf("got %q twice", queue))
		}
	}
	c.number(path+".limit", w.Limit, 0, math.MaxInt32)
	c.number(path+".prefetchSeconds", w.PrefetchSeconds, 0, math.MaxInt32)
}

func (w *Worker) checkService(c checker, path string) {
	c.number(path+".desiredCount", w.DesiredCount, 0, DesiredCountMax)
	if w.PropagateTags != "" {
		c.choice(path+".propagateTags", w.PropagateTags, "SERVICE", "TASK_DEFINITION", "NONE")
	}
	if w.Deployment != nil {
		w.Deployment.check(c, path+".deployment", w)
	}
	if w.AvailabilityZoneRebalancing != "" {
		c.choice(path+".availabilityZoneRebalancing", w.AvailabilityZoneRebalancing, "ENABLED", "DISABLED")
	}
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
	if w.AvailabilityZoneRebalancing == "ENABLED" && w.Deployment != nil && w.Deployment.MaximumPercent <= 100 {
		c.fail(path+".availabilityZoneRebalancing", fmt.Errorf("got ENABLED with deployment.maximumPercent %d, want more than 100: a task is moved by starting it anew first", w.Deployment.MaximumPercent))
	}
	if w.EnableExecuteCommand && w.ReadonlyRootFilesystem {
		c.fail(path+".enableExecuteCommand", errors.New("got true with readonlyRootFilesystem true, want one: the SSM agent of ECS Exec writes to the root file system"))
	}
	if w.EnableExecuteCommand && w.TaskRole == TaskRoleNone {
		c.fail(path+".enableExecuteCommand", errors.New("got true with taskRole none, want a task role: the SSM agent of ECS Exec calls ssmmessages with it"))
	}
}

// The values of settings that are choices.
const (
	TaskRoleExecution = "task-execution-role" // the task runs with the execution role
	TaskRoleNone      = "none"                // the task has no role of its own

	// TaskRoleLeastPrivilege is a role made for the worker: with type ecs
	// taskRole, with type process flowRunRole.
	TaskRoleLeastPrivilege = "least-privilege"

	TypeECS     = "ecs" // prefect worker start --type ecs
	TypeProcess = "process"
)

var workQueue = pattern(WorkPoolExpression, 255, "a work queue's name: not beginning with -, without / % & < >")
