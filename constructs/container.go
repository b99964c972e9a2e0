package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// HealthCheck asks the health server of a worker that was started with
// --with-healthcheck.
type HealthCheck struct {
	Port               int
	IntervalSeconds    int
	TimeoutSeconds     int
	Retries            int
	StartPeriodSeconds int
}

// OpenTelemetry is a collector beside the worker.
type OpenTelemetry struct {
	ContainerName string
	Image         string
	CPU           int    // CPU units of the task's that are kept for it; 0: none
	MemoryMiB     int    // the most it may use; 0: what the task has
	Configuration string // the collector's, YAML; "": the image's default for ECS
}

// writableVolume is the one place that a container with a read-only root file
// system can write to.
const writableVolume = "tmp"

// containers lists the task's containers, the worker's first.
func (g group) containers(p WorkerProps) []any {
	w := p.container(p.ContainerName, p.Image)
	w["essential"] = true
	w["command"] = p.Command
	w["environment"] = environment(p.Environment)
	w["secrets"] = g.containerSecrets(p.Secret, p.Secrets)
	set(w, "healthCheck", p.HealthCheck != nil, p.HealthCheck.definition)
	set(w, "stopTimeout", p.StopTimeoutSeconds > 0, func() any { return p.StopTimeoutSeconds })
	set(w, "user", p.User != "", func() any { return p.User })
	// An init process reaps what a session of ECS Exec leaves behind.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
	set(w, "linuxParameters", p.EnableExecuteCommand, func() any { return map[string]any{"initProcessEnabled": true} })

	all := []any{w}
	var before []any // what must be there before the worker starts
	if p.ReadonlyRootFilesystem {
		w["mountPoints"] = p.mounts()
	}
	if p.ReadonlyRootFilesystem && p.User != "" {
		prepare := p.prepareVolume()
		all = append(all, prepare)
		before = append(before, map[string]any{"containerName": prepare["name"], "condition": "SUCCESS"})
	}
	if o := p.OpenTelemetry; o != nil {
		all = append(all, p.collector())
		// START, not HEALTHY: a collector that fails must not keep the worker
		// from running. ECS ends the worker first, so its last spans arrive.
		before = append(before, map[string]any{"containerName": o.ContainerName, "condition": "START"})
	}
	set(w, "dependsOn", before != nil, func() any { return before })
	return all
}

// container is what all containers of the task have.
func (p WorkerProps) container(name, image string) map[string]any {
	c := map[string]any{
		"name":  name,
		"image": image,
		"logConfiguration": map[string]any{
			"logDriver": "awslogs",
			"options": map[string]any{
				"awslogs-group":         p.LogGroup,
				"awslogs-region":        p.LogRegion,
				"awslogs-stream-prefix": p.LogStreamPrefix,
			},
		},
	}
	set(c, "readonlyRootFilesystem", p.ReadonlyRootFilesystem, func() any { return true })
	return c
}

func (p WorkerProps) mounts() []any {
	return []any{map[string]any{"sourceVolume": writableVolume, "containerPath": p.WritableDir, "readOnly": false}}
}

// prepareVolume lets every user write to the volume, which Fargate makes for
// root alone, and ends.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
func (p WorkerProps) prepareVolume() map[string]any {
	c := p.container("prepare-"+writableVolume, p.Image)
	c["essential"] = false
	c["user"] = "0"
	c["entryPoint"] = []string{"chmod"}
	c["command"] = []string{"1777", p.WritableDir}
	c["mountPoints"] = p.mounts()
	return c
}

// collector is the AWS Distro for OpenTelemetry; /healthcheck is in its image.
// https://aws-otel.github.io/docs/setup/ecs
func (p WorkerProps) collector() map[string]any {
	o := p.OpenTelemetry
	c := p.container(o.ContainerName, o.Image)
	c["essential"] = false
	c["healthCheck"] = map[string]any{"command": []string{"CMD", "/healthcheck"}, "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 10}
	set(c, "cpu", o.CPU > 0, func() any { return o.CPU })
	set(c, "memory", o.MemoryMiB > 0, func() any { return o.MemoryMiB })
	if o.Configuration == "" {
		c["command"] = []string{"--config=/etc/ecs/ecs-default-config.yaml"}
	} else {
		c["environment"] = environment(map[string]string{"AOT_CONFIG_CONTENT": o.Configuration})
	}
	return c
}

// definition asks with what every Prefect image has, Python; urlopen fails on
// a status of 503.
func (h *HealthCheck) definition() any {
	return map[string]any{
		"command": []string{"CMD", "python", "-c",
			fmt.Sprintf("import urllib.request; urllib.request.urlopen('http://localhost:%d/health', timeout=%d)", h.Port, h.TimeoutSeconds)},
		"interval":    h.IntervalSeconds,
		"timeout":     h.TimeoutSeconds,
		"retries":     h.Retries,
		"startPeriod": h.StartPeriodSeconds,
	}
}

// set adds a key only where it is wanted: a definition without it stays as it was.
func set(container map[string]any, key string, wanted bool, value func() any) {
	if wanted {
		container[key] = value()
	}
}

func environment(variables map[string]string) []any {
	var all []any
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		all = append(all, map[string]any{"name": name, "value": variables[name]})
	}
	return all
}

// containerSecrets gives values to the container by reference; without the key
// it is a list without it, because ECS refuses a reference to nothing.
func (g group) containerSecrets(s *Secret, arns map[string]string) any {
	others := []any{}
	for _, name := range slices.Sorted(maps.Keys(arns)) {
		others = append(others, map[string]any{"name": name, "valueFrom": arns[name]})
	}
	if s.ARN == "" {
		return others
	}
	if !s.Optional {
		return append([]any{map[string]any{"name": s.EnvironmentName, "valueFrom": s.ARN}}, others...)
	}
	arn := Expr(s.ARN)
	key := arn + " != null ? [{ name = " + quote(s.EnvironmentName) + ", valueFrom = " + arn + " }] : []"
	if len(others) == 0 {
		return "${" + key + "}"
	}
	return "${concat(" + key + ", " + g.local("container_secrets", others) + ")}"
}

// WorkerCommandProps are the options of prefect worker start.
type WorkerCommandProps struct {
	WorkPool        string
	Type            string // "": the work pool's own
	WorkQueues      []string
	Limit           int // 0: none
	PrefetchSeconds int // 0: Prefect's default
	HealthCheck     bool
	Instrument      bool // start it with opentelemetry-instrument
}

// WorkerCommand is the command of a worker's container. It never has --name:
// two tasks of one service, as in every deployment, would share one record.
// https://docs.prefect.io/v3/api-ref/cli/worker
func WorkerCommand(p WorkerCommandProps) []string {
	var command []string
	if p.Instrument {
		command = append(command, "opentelemetry-instrument")
	}
	command = append(command, "prefect", "worker", "start", "--pool", p.WorkPool)
	if p.Type != "" {
		command = append(command, "--type", p.Type)
	}
	for _, queue := range p.WorkQueues {
		command = append(command, "--work-queue", queue)
	}
	if p.Limit > 0 {
		command = append(command, "--limit", strconv.Itoa(p.Limit))
	}
	if p.PrefetchSeconds > 0 {
		command = append(command, "--prefetch-seconds", strconv.Itoa(p.PrefetchSeconds))
	}
	if p.HealthCheck {
		command = append(command, "--with-healthcheck")
	}
	return command
}
