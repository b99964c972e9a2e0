package config

import (
	"fmt"
	"slices"
)

// warn says what is doubtful about a worker.
func (v View) warn(warn func(path, format string, args ...any)) {
	w := &v.Worker
	inherited := func(setting string) bool { return v.ID != "" && !v.file.has(v.Path+"."+setting) }
	if tag := mutableTag(w.Image); tag != "" && !inherited("image") {
		warn(v.Path+".image", "the tag %s can change under a running service; pin a version or a digest", tag)
	}
	if w.Type == TypeECS && withoutPrefectAWS(w.Image) && w.Environment["EXTRA_PIP_PACKAGES"] == "" && !inherited("image") {
		warn(v.Path+".image", "%s does not contain prefect-aws, so a worker of type ecs exits at start; use prefecthq/prefect-aws, or set %s.environment.EXTRA_PIP_PACKAGES", w.Image, v.Path)
	}
	if !inherited("autoScaling") {
		w.AutoScaling.warnings(v.Path+".autoScaling", w, warn)
	}
	if w.Deployment != nil {
		for i, name := range w.Deployment.AlarmNames {
			if v.makesAlarm(name) {
				warn(fmt.Sprintf("%s.deployment.alarmNames[%d]", v.Path, i), "%s is an alarm of this stack's own monitoring: on the first apply it does not exist yet and has no data; name it from the second apply on", name)
			}
		}
	}
	if w.DesiredCount == 0 && w.AutoScaling == nil && v.Variable("worker.desiredCount") == "" {
		warn(v.Path+".desiredCount", "0: the service runs no worker, and its pool's flow runs stay scheduled")
	}
	if w.usesSpot() && w.Type == "" {
		warn(v.Path+".capacityProviderStrategy", "FARGATE_SPOT with the work pool's own type: of a process pool, flow runs are lost when AWS takes the task back; set %s.type: ecs", v.Path)
	}
	if w.usesSpot() && w.StopTimeoutSeconds < 120 {
		warn(v.Path+".stopTimeoutSeconds", "less than the two minutes that Fargate Spot gives a worker to end; set 120")
	}
	if unused := w.spotUnused(); unused && w.AutoScaling == nil && v.Variable("worker.desiredCount") == "" {
		warn(v.Path+".capacityProviderStrategy", "the base takes all of desiredCount %d, so FARGATE_SPOT is never used", w.DesiredCount)
	}
	if len(w.CapacityProviderStrategy) > 0 && v.Cluster.Existing {
		warn(v.Path+".capacityProviderStrategy", "the existing cluster %s must have these capacity providers already, or ECS refuses the service", v.Cluster.Name)
	}
}

// spotUnused says whether a base elsewhere takes every task.
func (w *Worker) spotUnused() bool {
	return w.usesSpot() && slices.ContainsFunc(w.CapacityProviderStrategy, func(p CapacityProvider) bool {
		return p.CapacityProvider != FargateSpot && p.Base > 0 && p.Base >= w.DesiredCount
	})
}
