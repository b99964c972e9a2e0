package constructs

import (
	"maps"
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// sidecar is a container of the settings, in which only what they say is set.
func (p WorkerProps) sidecar(s settings.Sidecar) map[string]any {
	c := map[string]any{"name": s.Name, "image": s.Image, "essential": s.Essential, "logConfiguration": p.logConfiguration(s.LogConfiguration)}
	before := dependencies(s.DependsOn)
	if slices.ContainsFunc(s.MountPoints, p.opens) {
		before = append(before, after(settings.PrepareVolumeContainer))
	}
	set(c, "repositoryCredentials", s.RepositoryCredentials != nil, func() any { return repositoryCredentials(s.RepositoryCredentials) })
	set(c, "entryPoint", len(s.EntryPoint) > 0, func() any { return s.EntryPoint })
	set(c, "command", len(s.Command) > 0, func() any { return s.Command })
	set(c, "environment", len(s.Environment) > 0, func() any { return environment(s.Environment) })
	set(c, "secrets", len(s.Secrets) > 0, func() any { return references(s.Secrets) })
	set(c, "dependsOn", len(before) > 0, func() any { return before })
	set(c, "healthCheck", s.HealthCheck != nil, func() any { return check(s.HealthCheck.HealthCheck, s.HealthCheck.Command) })
	set(c, "cpu", s.CPU > 0, func() any { return s.CPU })
	set(c, "memory", s.MemoryMiB > 0, func() any { return s.MemoryMiB })
	set(c, "memoryReservation", s.MemoryReservationMiB > 0, func() any { return s.MemoryReservationMiB })
	set(c, "stopTimeout", s.StopTimeoutSeconds > 0, func() any { return s.StopTimeoutSeconds })
	set(c, "user", s.User != "", func() any { return s.User })
	set(c, "readonlyRootFilesystem", s.ReadonlyRootFilesystem, func() any { return true })
	set(c, "mountPoints", len(s.MountPoints) > 0, func() any { return mountPoints(s.MountPoints) })
	if f := s.FirelensConfiguration; f != nil {
		router := map[string]any{"type": f.Type}
		set(router, "options", len(f.Options) > 0, func() any { return f.Options })
		c["firelensConfiguration"] = router
	}
	return c
}

// opens says whether the worker's user is let write to what is mounted.
func (p WorkerProps) opens(m settings.MountPoint) bool {
	return slices.ContainsFunc(p.OpensVolumes(), func(opened settings.MountPoint) bool { return opened.SourceVolume == m.SourceVolume })
}

// logConfiguration is to the log group where the settings do not say otherwise.
func (p WorkerProps) logConfiguration(l *settings.LogConfiguration) map[string]any {
	if l == nil {
		l = &settings.LogConfiguration{LogDriver: settings.AWSLogs}
	}
	c, options := map[string]any{"logDriver": l.LogDriver}, map[string]any{}
	if l.LogDriver == settings.AWSLogs {
		options = map[string]any{"awslogs-group": p.LogGroup, "awslogs-region": p.LogRegion, "awslogs-stream-prefix": p.LogStreamPrefix}
	}
	for name, value := range l.Options {
		options[name] = value
	}
	set(c, "options", len(options) > 0, func() any { return options })
	set(c, "secretOptions", len(l.SecretOptions) > 0, func() any { return references(l.SecretOptions) })
	return c
}

// references are values that ECS reads when a task starts.
func references(arns map[string]string) []any {
	all := []any{}
	for _, name := range slices.Sorted(maps.Keys(arns)) {
		all = append(all, map[string]any{"name": name, "valueFrom": arns[name]})
	}
	return all
}

func dependencies(list []settings.ContainerDependency) []any {
	var all []any
	for _, d := range list {
		all = append(all, map[string]any{"containerName": d.ContainerName, "condition": d.Condition})
	}
	return all
}

// after is the dependency on a container that prepares something.
func after(name string) any {
	return map[string]any{"containerName": name, "condition": "SUCCESS"}
}

func mountPoints(list []settings.MountPoint) []any {
	var all []any
	for _, m := range list {
		all = append(all, mount(m))
	}
	return all
}

func mount(m settings.MountPoint) any {
	return map[string]any{"sourceVolume": m.SourceVolume, "containerPath": m.ContainerPath, "readOnly": m.ReadOnly}
}

func check(h settings.HealthCheck, command []string) any {
	return map[string]any{"command": command, "interval": h.IntervalSeconds, "timeout": h.TimeoutSeconds, "retries": h.Retries, "startPeriod": h.StartPeriodSeconds}
}
