package stacks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

func (w *wiring) addWorkers() {
	for _, v := range w.env.Views() {
		made := constructs.NewWorker(w.stack, v.ID, w.workerProps(v))
		w.workers = append(w.workers, worker{v.ID, v.Worker, made})
	}
}

// workerProps are the props of one of the environment's workers.
func (w *wiring) workerProps(v config.View) constructs.WorkerProps {
	s, settings := newSettings(v.Environment), v.Worker
	props := constructs.WorkerProps{
		ServiceName:           constructs.Escape(settings.ServiceName),
		ServiceNameTag:        s.name(settings.ServiceNameTag),
		Family:                constructs.Escape(settings.Family),
		TaskDefinitionNameTag: s.name(settings.TaskDefinitionNameTag),
		ContainerName:         constructs.Escape(settings.ContainerName),
		Image:                 s.text("worker.image", settings.Image),
		Command:               s.workerCommand(),
		CPU:                   settings.CPU,
		MemoryMiB:             settings.MemoryMiB,
		CPUArchitecture:       settings.CPUArchitecture,
		EphemeralStorageGiB:   settings.EphemeralStorageGiB,
		PlatformVersion:       settings.PlatformVersion,
		DesiredCount:          s.number("worker.desiredCount", settings.DesiredCount),
		Environment:           map[string]string{"PREFECT_API_URL": w.apiURL()},
		Secret:                w.secret,
		Secrets:               settings.Secrets,
		ExecutionRoleARN:      w.executionRole.Attr("arn"),
		LogGroup:              w.logGroup.Attr("name"),
		LogRegion:             w.text("region", w.env.Region),
		LogStreamPrefix:       constructs.Escape(settings.LogStreamPrefix),
		ClusterARN:            w.cluster.Attr("id"),
		SubnetIDs:             w.subnetIDs(settings.AssignPublicIP),
		AssignPublicIP:        settings.AssignPublicIP,
		SecurityGroupID:       w.securityGroup.Attr("id"),

		StopTimeoutSeconds:          settings.StopTimeoutSeconds,
		User:                        settings.User,
		ReadonlyRootFilesystem:      settings.ReadonlyRootFilesystem,
		WritableDir:                 config.WritableDir,
		EnableExecuteCommand:        settings.EnableExecuteCommand,
		AvailabilityZoneRebalancing: settings.AvailabilityZoneRebalancing,
		PropagateTags:               settings.PropagateTags,
		EnableECSManagedTags:        settings.EnableECSManagedTags,
		WaitForSteadyState:          settings.WaitForSteadyState,
		ForceNewDeployment:          settings.ForceNewDeployment,
		IgnoreDesiredCount:          settings.AutoScaling != nil,

		DependsOn: w.waitsFor(settings),
		Names:     w.names,
	}
	maps.Copy(props.Environment, settings.HomeEnvironment())
	maps.Copy(props.Environment, w.workerEnvironment)
	addOptional(&props, settings)
	for name, value := range settings.Environment {
		props.Environment[name] = s.value(value)
	}
	props.TaskRoleARN = w.taskRoleARN(settings)
	if w.discovery != nil && v.ID == "" { // the documented name is the first worker's
		props.RegistryARN = w.discovery.Attr("arn")
	}
	return props
}

// waitsFor lists what a service comes after, and goes before. A worker that
// polls without its permissions loses the flow runs it takes. Without what a
// task starts by it only does not start: ECS tries until it does, as in the
// documented deployments, which stay as they are; but where somebody watches
// the tasks start, a deployment would fail or an alarm go off for nothing.
func (w *wiring) waitsFor(settings config.Worker) []constructs.Resource {
	all := slices.Concat(w.network.Egress, w.cluster.Ready, w.permissions[roleOf(settings)])
	if settings.Deployment != nil || settings.WaitForSteadyState || w.env.Monitoring != nil {
		all = slices.Concat(all, w.executionRole.Ready, w.routes(settings.AssignPublicIP))
	}
	slices.SortStableFunc(all, func(a, b constructs.Resource) int { return strings.Compare(a.Address, b.Address) })
	return slices.CompactFunc(all, func(a, b constructs.Resource) bool { return a.Address == b.Address })
}

// addOptional adds the sections of a worker that may be left out.
func addOptional(props *constructs.WorkerProps, settings config.Worker) {
	if h := settings.HealthCheck; h != nil {
		props.HealthCheck = &constructs.HealthCheck{
			Port: settings.HealthPort(), IntervalSeconds: h.IntervalSeconds, TimeoutSeconds: h.TimeoutSeconds,
			Retries: h.Retries, StartPeriodSeconds: h.StartPeriodSeconds,
		}
	}
	if o := settings.OpenTelemetry; o != nil {
		props.OpenTelemetry = &constructs.OpenTelemetry{
			ContainerName: config.OpenTelemetryContainer, Image: constructs.Escape(o.Image), CPU: o.CPU, MemoryMiB: o.MemoryMiB,
			Configuration: constructs.Escape(o.Configuration),
		}
		props.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:4317"
		props.Environment["OTEL_SERVICE_NAME"] = constructs.Escape(settings.ServiceName)
	}
	for _, p := range settings.CapacityProviderStrategy {
		props.CapacityProviderStrategy = append(props.CapacityProviderStrategy, constructs.CapacityProvider(p))
	}
	if d := settings.Deployment; d != nil {
		props.Deployment = &constructs.Deployment{
			MinimumHealthyPercent: d.MinimumHealthyPercent, MaximumPercent: d.MaximumPercent,
		}
		for _, name := range d.AlarmNames {
			props.Deployment.AlarmNames = append(props.Deployment.AlarmNames, constructs.Escape(name))
		}
		if b := d.CircuitBreaker; b != nil {
			props.Deployment.CircuitBreaker, props.Deployment.CircuitBreakerRollback = b.Enable, b.Rollback
		}
	}
}

// deploymentRoom says config's rule on deployments to the variable that exposes
// the desired count, where there are counts that break it.
func deploymentRoom(e *config.Environment) []check {
	var all []check
	for _, v := range e.Views() {
		d := v.Worker.Deployment
		if d == nil || v.Variable("worker.desiredCount") == "" || d.MaximumPercent-d.MinimumHealthyPercent >= 100 {
			continue
		}
		all = append(all, check{
			fmt.Sprintf("%%[1]s == 0 || floor(%%[1]s * %d / 100) > ceil(%%[1]s * %d / 100)", d.MaximumPercent, d.MinimumHealthyPercent),
			fmt.Sprintf("got ${%%[1]s}, with which minimumHealthyPercent %d and maximumPercent %d of %s.deployment never let a task be replaced, want another count", d.MinimumHealthyPercent, d.MaximumPercent, v.Path),
		})
	}
	return all
}

func (s settings) workerCommand() []string {
	w := s.env.Worker
	var queues []string
	for _, queue := range w.WorkQueues {
		queues = append(queues, constructs.Escape(queue))
	}
	return constructs.WorkerCommand(constructs.WorkerCommandProps{
		WorkPool: s.text("prefect.workPool", s.env.Prefect.WorkPool), Type: w.Type, WorkQueues: queues,
		Limit: w.Limit, PrefetchSeconds: w.PrefetchSeconds, HealthCheck: w.HealthCheck != nil,
		Instrument: w.OpenTelemetry != nil && w.OpenTelemetry.Instrument,
	})
}

// apiURL is the API the worker polls: the given one, or Prefect Cloud's for
// account and workspace where the given one is empty.
// https://docs.prefect.io/v3/how-to-guides/cloud/connect-to-cloud
func (w *wiring) apiURL() string {
	p := w.env.Prefect
	if p.APIURL == nil {
		return w.text("prefect.apiUrl", "")
	}
	cloud := "https://api.prefect.cloud/api/accounts/" + w.text("prefect.accountId", p.AccountID) + "/workspaces/" + w.text("prefect.workspaceId", p.WorkspaceID)
	url := w.text("prefect.apiUrl", *p.APIURL)
	switch {
	case w.variables["prefect.apiUrl"] != "":
		return "${" + constructs.Expr(url) + ` != "" ? ` + constructs.Expr(url) + " : " + constructs.Expr(cloud) + "}"
	case url == "":
		return cloud
	}
	return url
}
