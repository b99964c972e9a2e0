package config

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// OpenTelemetry is a collector beside the worker, which passes on to X-Ray and
// CloudWatch what the worker sends to localhost:4317. The task goes on without
// it when it ends.
// https://aws-otel.github.io/docs/setup/ecs
type OpenTelemetry struct {
	Image     string `yaml:"image"`     // such as public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3
	CPU       int    `yaml:"cpu"`       // CPU units of the task's that are kept for it; 0: none
	MemoryMiB int    `yaml:"memoryMiB"` // of the task's memory, the most it may use; 0: no limit of its own

	// Configuration is the collector's, as YAML. Empty: the image's default for
	// ECS, OTLP in, X-Ray and CloudWatch metrics out.
	Configuration string `yaml:"configuration"`

	// Instrument starts the worker with opentelemetry-instrument, which sends
	// its traces and metrics; without it, only what the image itself sends
	// arrives. The image must have prefect[otel], as recent prefecthq images do.
	Instrument bool `yaml:"instrument"`
}

// OpenTelemetryContainer is the name of the collector's container.
const OpenTelemetryContainer = "aws-otel-collector"

func (o *OpenTelemetry) check(c checker, path string, w *Worker) {
	c.text(path+".image", o.Image, image)
	c.number(path+".cpu", o.CPU, 0, w.CPU-1)
	if o.MemoryMiB != 0 { // Docker gives no container less than 6
		c.number(path+".memoryMiB", o.MemoryMiB, 6, w.MemoryMiB-1)
	}
	c.fail(path+".configuration", collectorConfiguration(o.Configuration))
	if w.ContainerName == OpenTelemetryContainer {
		c.fail(path, fmt.Errorf("its container is named %s, which containerName is already; rename the worker's", OpenTelemetryContainer))
	}
	if w.TaskRole == TaskRoleNone {
		c.fail(path, errors.New("set with taskRole none, want a task role: the collector calls X-Ray and CloudWatch with it"))
	}
}

// collectorConfiguration checks that a collector can start with a
// configuration, and that its health check is answered.
func collectorConfiguration(text string) error {
	if text == "" {
		return nil
	}
	var all struct {
		Extensions map[string]any `yaml:"extensions"`
		Service    struct {
			Extensions []string       `yaml:"extensions"`
			Pipelines  map[string]any `yaml:"pipelines"`
		} `yaml:"service"`
	}
	if err := yaml.Unmarshal([]byte(text), &all); err != nil {
		return errors.New("got text that is not a collector's configuration, want YAML with service.pipelines")
	}
	if len(all.Service.Pipelines) == 0 {
		return errors.New("got no service.pipelines, want at least one")
	}
	if _, ok := all.Extensions["health_check"]; !ok {
		return errors.New("got no extensions.health_check, want it, and health_check in service.extensions: the container's health check asks it")
	}
	return nil
}
