package config

import (
	"fmt"
	"slices"
)

// Worker is the task definition and the service.
type Worker struct {
	ServiceName           string            `yaml:"serviceName"`
	Family                string            `yaml:"family"`
	ContainerName         string            `yaml:"containerName"`
	Image                 string            `yaml:"image"`
	Type                  string            `yaml:"type"` // prefect worker start --type; empty: the work pool's own
	CPU                   int               `yaml:"cpu"`  // CPU units, 1024 = 1 vCPU
	MemoryMiB             int               `yaml:"memoryMiB"`
	DesiredCount          int               `yaml:"desiredCount"`
	TaskRole              string            `yaml:"taskRole"`    // task-execution-role, least-privilege (see taskRole), or none
	Environment           map[string]string `yaml:"environment"` // besides PREFECT_API_URL; braces allowed
	LogStreamPrefix       string            `yaml:"logStreamPrefix"`
	TaskDefinitionNameTag string            `yaml:"taskDefinitionNameTag"` // braces allowed
	ServiceNameTag        string            `yaml:"serviceNameTag"`        // braces allowed
	AutoScaling           *AutoScaling      `yaml:"autoScaling"`
}

func (e *Environment) checkWorker(c checker) {
	w := e.Worker
	c.text("worker.serviceName", w.ServiceName, ecsName)
	c.text("worker.family", w.Family, ecsName)
	c.text("worker.containerName", w.ContainerName, ecsName)
	c.text("worker.image", w.Image, image)
	if w.Type != "" {
		c.choice("worker.type", w.Type, TypeECS, TypeProcess)
	}
	memory, ok := FargateMemoryMiB[w.CPU]
	switch {
	case !ok:
		c.fail("worker.cpu", fmt.Errorf("got %d CPU units, want one of [256 512 1024 2048 4096 8192 16384]", w.CPU))
	case !slices.Contains(memory, w.MemoryMiB):
		c.fail("worker.memoryMiB", fmt.Errorf("got %d, want %s for cpu %d", w.MemoryMiB, memoryWanted(memory), w.CPU))
	}
	c.number("worker.desiredCount", w.DesiredCount, 0, DesiredCountMax)
	c.choice("worker.taskRole", w.TaskRole, TaskRoleExecution, TaskRoleNone, TaskRoleLeastPrivilege)
	for _, name := range sortedKeys(w.Environment) {
		path := "worker.environment." + name
		c.text(path, name, envName)
		switch name {
		case "PREFECT_API_URL":
			c.fail(path, fmt.Errorf("set here, want prefect.apiUrl: the task definition would have it twice"))
		case "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING":
			c.fail(path, fmt.Errorf("set here, want the secret: task definitions are readable by everyone who may describe them"))
		}
	}
	c.text("worker.logStreamPrefix", w.LogStreamPrefix, logPrefix)
	c.name(e, "worker.taskDefinitionNameTag", w.TaskDefinitionNameTag, orEmpty(tagValue))
	c.name(e, "worker.serviceNameTag", w.ServiceNameTag, orEmpty(tagValue))
	if w.AutoScaling != nil {
		w.AutoScaling.check(c, "worker.autoScaling", &w)
	}
}

// memoryWanted says a short list whole and a long one by its ends.
func memoryWanted(all []int) string {
	if len(all) <= 7 {
		return fmt.Sprintf("one of %v", all)
	}
	return fmt.Sprintf("%d to %d in steps of %d", all[0], all[len(all)-1], all[1]-all[0])
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
