package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// checkOwnReferences: a worker with its own execution role has none of the secrets
// that the first one's containers read, and so cannot have these containers.
func (e *Environment) checkOwnReferences(a *settings.AdditionalWorker) {
	if a.TaskExecutionRole == nil {
		return
	}
	refuse := func(field any, first settings.Worker) {
		if !e.Own(field) && len(first.References()) > 0 {
			e.Fail(field, "left out with its own taskExecutionRole, which cannot read the secrets of the first worker's; want its own, or none: %s", map[bool]string{true: "[]", false: "null"}[first.Sidecars != nil])
		}
	}
	refuse(&a.Sidecars, settings.Worker{Sidecars: a.Sidecars})
	refuse(&a.LogConfiguration, settings.Worker{LogConfiguration: a.LogConfiguration})
}

// checkRegistries: ECS logs in at ECR with the execution role alone.
func (e *Environment) checkRegistries(w settings.NamedWorker) {
	check := func(r *settings.RepositoryCredentials, image string) {
		if r != nil && ecrImage.MatchString(image) {
			e.Fail(r, "set for %s, which is in ECR, where ECS logs in with the task execution role; remove it", image)
		}
	}
	if !e.exposes(&w.Image) {
		check(w.RepositoryCredentials, w.Image)
	}
	for i := range w.Sidecars {
		check(w.Sidecars[i].RepositoryCredentials, w.Sidecars[i].Image)
	}
}

// checkFileSystems: a task that cannot mount its volumes does not start.
func (e *Environment) checkFileSystems(w settings.NamedWorker) {
	g := w.Own.Or(e.Identity()).SecurityGroup
	if w.MountsEFS() && !e.Wrong(&g.Egress) && !g.Reaches(settings.NFSPort) {
		e.Fail(&g.Egress, "no rule lets %s reach tcp %d, at which it mounts EFS; add {protocol: tcp, fromPort: %[2]d, toPort: %[2]d, cidrBlocks: [%s]}, or the mount targets' security group", e.Path(w.Worker), settings.NFSPort, cmp.Or(e.Network.CIDRBlock, "10.0.0.0/16"))
	}
}

// warnOfContainers says what is doubtful about the containers beside a worker, and
// about where its output goes.
func (e *Environment) warnOfContainers(w settings.NamedWorker, warn doubt) {
	own := e.ownOf(w)
	if m, driver := e.Monitoring, w.LogDriver(); m != nil && driver != settings.AWSLogs && own(&w.LogConfiguration) && (m.Alarms.ErrorLines != nil || m.Alarms.NoLogLines != nil) {
		warn(&w.LogConfiguration, "%s sends the worker's output past the log group, where monitoring.alarms.errorLines and noLogLines count lines", driver)
	}
	readable := func(entries *map[string]string, instead string) {
		for _, name := range slices.Sorted(maps.Keys(*entries)) {
			if credentialName.MatchString(strings.ReplaceAll(name, "-", "_")) && (*entries)[name] != "" {
				warn(e.Path(entries)+"."+name, "looks like a credential, which everybody who may describe the task definition could read; pass it with %s", instead)
			}
		}
	}
	if l := w.LogConfiguration; l != nil && own(&w.LogConfiguration) {
		readable(&l.Options, "secretOptions")
	}
	if w.MountsEFS() && e.Network.Existing == nil && own(&w.Volumes) {
		warn(&w.Volumes, "this stack creates the VPC, in which the file system has no mount target yet: tasks start when there is one in each zone, which Terraform beside this file can create; see docs/worker.md")
	}
	if !own(&w.Sidecars) {
		return
	}
	for i := range w.Sidecars {
		s := &w.Sidecars[i]
		if tag := mutableTag(s.Image); tag != "" {
			warn(&s.Image, "the tag %s can change under a running service; pin a version or a digest", tag)
		}
		readable(&s.Environment, "secrets")
		if s.LogConfiguration != nil {
			readable(&s.LogConfiguration.Options, "secretOptions")
		}
	}
}
