package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// containers lists the task's containers, the worker's first.
func (g group) containers(p WorkerProps) []any {
	w := p.container(p.ContainerName, p.Image)
	w["logConfiguration"] = p.logConfiguration(p.LogConfiguration)
	w["essential"] = true
	command := WorkerCommand(p.WorkPool, p.Worker)
	if p.WorkPoolManagement != nil { // a pool that is deleted would come back with Prefect's own defaults
		command = append(command, "--no-create-pool-if-not-found")
	}
	w["command"] = command
	w["environment"] = environment(p.environment())
	w["secrets"] = g.containerSecrets(p.Secret, p.Secrets)
	set(w, "healthCheck", p.HealthCheck != nil, p.healthCheck)
	set(w, "stopTimeout", p.StopTimeoutSeconds > 0, func() any { return p.StopTimeoutSeconds })
	set(w, "user", p.User != "", func() any { return p.User })
	set(w, "entryPoint", len(p.EntryPoint) > 0, func() any { return p.EntryPoint })
	set(w, "workingDirectory", p.WorkingDirectory != "", func() any { return p.WorkingDirectory })
	set(w, "environmentFiles", len(p.EnvironmentFiles) > 0, func() any { return environmentFiles(p.EnvironmentFiles) })
	set(w, "restartPolicy", p.RestartPolicy != nil, func() any { return restart(p.RestartPolicy) })
	// An init process reaps what a session of ECS Exec leaves behind.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
	set(w, "linuxParameters", p.EnableExecuteCommand || p.InitProcessEnabled, func() any { return map[string]any{"initProcessEnabled": true} })

	all := []any{w}
	var before []any // what must be there before the worker starts
	mounts := mountPoints(p.MountPoints)
	if p.ReadonlyRootFilesystem {
		mounts = append([]any{mount(settings.MountPoint{SourceVolume: settings.WritableVolume, ContainerPath: settings.WritableDir})}, mounts...)
	}
	set(w, "mountPoints", len(mounts) > 0, func() any { return mounts })
	if opened := p.OpensVolumes(); opened != nil {
		all = append(all, p.prepareVolumes(opened))
		before = append(before, after(settings.PrepareVolumeContainer))
	}
	before = append(before, dependencies(p.ContainerDependsOn)...)
	if p.WorkPoolManagement != nil {
		all = append(all, p.prepareWorkPool(w, before))
		before = append(before, after(settings.WorkPoolContainer))
	}
	if p.OpenTelemetry != nil {
		all = append(all, p.collector())
		// START, not HEALTHY: a collector that fails must not keep the worker
		// from running. ECS ends the worker first, so its last spans arrive.
		before = append(before, map[string]any{"containerName": settings.OpenTelemetryContainer, "condition": "START"})
	}
	set(w, "dependsOn", before != nil, func() any { return before })
	for _, s := range p.Sidecars {
		all = append(all, p.sidecar(s))
	}
	return all
}

// container is what all containers of the task have.
func (p WorkerProps) container(name, image string) map[string]any {
	c := map[string]any{"name": name, "image": image, "logConfiguration": p.logConfiguration(nil)}
	set(c, "repositoryCredentials", p.RepositoryCredentials != nil && image == p.Image, func() any { return repositoryCredentials(p.RepositoryCredentials) })
	set(c, "readonlyRootFilesystem", p.ReadonlyRootFilesystem, func() any { return true })
	return c
}

func repositoryCredentials(r *settings.RepositoryCredentials) any {
	return map[string]any{"credentialsParameter": r.CredentialsParameter}
}

// prepareVolumes lets every user write to the volumes, which Fargate makes for
// root alone, and ends.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
func (p WorkerProps) prepareVolumes(opened []settings.MountPoint) map[string]any {
	c := p.container(settings.PrepareVolumeContainer, p.Image)
	command := []string{"1777"}
	for _, m := range opened {
		command = append(command, m.ContainerPath)
	}
	c["essential"] = false
	c["user"] = "0"
	c["entryPoint"] = []string{"chmod"}
	c["command"] = command
	c["mountPoints"] = mountPoints(opened)
	return c
}

// collector is the AWS Distro for OpenTelemetry; /healthcheck is in its image.
// https://aws-otel.github.io/docs/setup/ecs
func (p WorkerProps) collector() map[string]any {
	o := p.OpenTelemetry
	c := p.container(settings.OpenTelemetryContainer, o.Image)
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

// healthCheck asks with what every Prefect image has, Python; urlopen fails on
// a status of 503.
func (p WorkerProps) healthCheck() any {
	h := p.HealthCheck
	return check(*h, []string{"CMD", "python", "-c",
		fmt.Sprintf("import urllib.request; urllib.request.urlopen('http://localhost:%d/health', timeout=%d)", p.HealthPort(), h.TimeoutSeconds)})
}

// set adds a key only where it is wanted: a definition without it stays as it was.
func set(container map[string]any, key string, wanted bool, value func() any) {
	if wanted {
		container[key] = value()
	}
}

// environment is what the container gets for its settings, over which its own
// environment goes.
func (p WorkerProps) environment() map[string]string {
	all := map[string]string{"PREFECT_API_URL": p.APIURL}
	if p.CrashEventsQueue != "" {
		all[settings.QueueNameVariable] = p.CrashEventsQueue
	}
	maps.Copy(all, p.AppEnvironment())
	maps.Copy(all, p.Environment)
	return all
}

func environment(variables map[string]string) []any {
	var all []any
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		all = append(all, map[string]any{"name": name, "value": variables[name]})
	}
	return all
}

func environmentFiles(arns []string) []any {
	var all []any
	for _, arn := range arns {
		all = append(all, map[string]any{"type": "s3", "value": arn})
	}
	return all
}

func restart(r *settings.RestartPolicy) any {
	policy := map[string]any{"enabled": true, "restartAttemptPeriod": r.RestartAttemptPeriodSeconds}
	codes := []int{}
	for _, code := range r.IgnoredExitCodes {
		n, _ := strconv.Atoi(code) // by its rule
		codes = append(codes, n)
	}
	set(policy, "ignoredExitCodes", len(codes) > 0, func() any { return codes })
	return policy
}

// containerSecrets gives values to the container by reference; without the key
// it is a list without it, because ECS refuses a reference to nothing.
func (g group) containerSecrets(s *Secret, arns map[string]string) any {
	others := references(arns)
	if s.ARN == "" {
		return others
	}
	if !s.Optional {
		return append([]any{map[string]any{"name": s.name(), "valueFrom": s.ARN}}, others...)
	}
	arn := Expr(s.ARN)
	key := arn + " != null ? [{ name = " + quote(s.name()) + ", valueFrom = " + arn + " }] : []"
	if len(others) == 0 {
		return "${" + key + "}"
	}
	return "${concat(" + key + ", " + g.local("container_secrets", others) + ")}"
}

// WorkerCommand is the command of a worker's container, in exec form: a shell
// would swallow the SIGTERM that ends a worker gracefully. It never has --name:
// two tasks of one service, as in every deployment, would share one record.
// https://docs.prefect.io/v3/api-ref/cli/worker
func WorkerCommand(workPool string, w settings.Worker) []string {
	var command []string
	if w.OpenTelemetry != nil && w.OpenTelemetry.Instrument {
		command = append(command, "opentelemetry-instrument")
	}
	command = append(command, "prefect", "worker", "start", "--pool", workPool)
	if w.Type != "" {
		command = append(command, "--type", w.Type)
	}
	for _, queue := range w.WorkQueues {
		command = append(command, "--work-queue", queue)
	}
	if w.Limit > 0 {
		command = append(command, "--limit", strconv.Itoa(w.Limit))
	}
	if w.PrefetchSeconds > 0 {
		command = append(command, "--prefetch-seconds", strconv.Itoa(w.PrefetchSeconds))
	}
	if w.HealthCheck != nil {
		command = append(command, "--with-healthcheck")
	}
	if w.InstallPolicy != "" {
		command = append(command, "--install-policy", w.InstallPolicy)
	}
	return append(command, w.ExtraArgs...)
}
