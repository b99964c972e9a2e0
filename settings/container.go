package settings

import "go.yaml.in/yaml/v3"

// HealthCheck asks the worker's own health server (prefect worker start
// --with-healthcheck), which answers 503 once the worker has stopped polling.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
type HealthCheck struct {
	IntervalSeconds    int `yaml:"intervalSeconds" default:"30" rule:"range 5 300"`    // Between two checks.
	TimeoutSeconds     int `yaml:"timeoutSeconds" default:"5" rule:"range 2 60"`       // Until a check has failed.
	Retries            int `yaml:"retries" default:"3" rule:"range 1 10"`              // Failed checks until the container is unhealthy.
	StartPeriodSeconds int `yaml:"startPeriodSeconds" default:"60" rule:"range 0 300"` // Time in which failures do not count, 0 for none; more where the image installs packages as it starts. In Go, 0 beside another setting is 0, and &HealthCheck{} has the default.
}

// OpenTelemetry is a collector beside the worker, which passes on to X-Ray and
// CloudWatch what the worker sends to localhost:4317. The task goes on without
// it when it ends.
// https://aws-otel.github.io/docs/setup/ecs
type OpenTelemetry struct {
	Image     string `yaml:"image" rule:"image"` // Such as public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3.
	CPU       int    `yaml:"cpu"`                // How many of the task's CPU units are reserved for it; 0: none.
	MemoryMiB int    `yaml:"memoryMiB"`          // The most of the task's memory that it may use; 0: no separate limit.

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

// Check wants a configuration with which the collector starts, and in which
// its health check is answered.
func (o *OpenTelemetry) Check(c Checker) {
	if o.Configuration == "" {
		return
	}
	var all struct {
		Extensions map[string]any `yaml:"extensions"`
		Service    struct {
			Extensions []string       `yaml:"extensions"`
			Pipelines  map[string]any `yaml:"pipelines"`
		} `yaml:"service"`
	}
	if err := yaml.Unmarshal([]byte(o.Configuration), &all); err != nil {
		c.Fail(&o.Configuration, "got text that is not a collector's configuration, want YAML with service.pipelines")
		return
	}
	if len(all.Service.Pipelines) == 0 {
		c.Fail(&o.Configuration, "got no service.pipelines, want at least one")
	} else if _, ok := all.Extensions["health_check"]; !ok {
		c.Fail(&o.Configuration, "got no extensions.health_check, want it, and health_check in service.extensions: the container's health check asks it")
	}
}

// beside checks the collector against its task.
func (o *OpenTelemetry) beside(c Checker, w *Worker) {
	if o.CPU < 0 || o.CPU >= w.CPU {
		c.Fail(&o.CPU, "got %d, want 0 to %d", o.CPU, w.CPU-1)
	}
	if o.MemoryMiB != 0 && (o.MemoryMiB < 6 || o.MemoryMiB >= w.MemoryMiB) { // Docker gives no container less than 6
		c.Fail(&o.MemoryMiB, "got %d, want 6 to %d", o.MemoryMiB, w.MemoryMiB-1)
	}
	if w.ContainerName == OpenTelemetryContainer {
		c.Fail(&w.OpenTelemetry, "its container is named %s, which containerName is already; rename the worker's", OpenTelemetryContainer)
	}
	if w.Permissions == PermissionsNone {
		c.Fail(&w.OpenTelemetry, "set with permissions none, want a task role: the collector calls X-Ray and CloudWatch with it")
	}
}
