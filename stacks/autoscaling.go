package stacks

import (
	"fmt"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// addAutoScaling lets AWS change the number of the workers' tasks.
func (w *wiring) addAutoScaling() {
	for _, worker := range w.workers {
		if a := worker.settings.AutoScaling; a != nil {
			props := w.autoScaling(a)
			props.ServiceName = worker.made.Service.Attr("name")
			if worker.id == "" {
				props.Checks = w.capacityChecks(a)
			}
			constructs.NewAutoScaling(w.stack, worker.id, props)
		}
	}
}

func (w *wiring) autoScaling(a *config.AutoScaling) constructs.AutoScalingProps {
	props := constructs.AutoScalingProps{
		ClusterName:             w.cluster.Name,
		MinCapacity:             a.MinCapacity,
		MaxCapacity:             a.MaxCapacity,
		CPUTargetPercent:        a.CPUTargetPercent,
		MemoryTargetPercent:     a.MemoryTargetPercent,
		ScaleInCooldownSeconds:  a.ScaleInCooldownSeconds,
		ScaleOutCooldownSeconds: a.ScaleOutCooldownSeconds,
		Names:                   w.names,
	}
	for _, s := range a.ScheduledActions {
		props.ScheduledActions = append(props.ScheduledActions, constructs.ScheduledAction(s))
	}
	if q := a.QueueDepth; q != nil {
		props.QueueDepth = &constructs.QueueDepth{
			Namespace:   constructs.Escape(q.Namespace),
			MetricName:  constructs.Escape(q.MetricName),
			Dimensions:  map[string]string{},
			Statistic:   q.Statistic,
			TargetValue: q.TargetValue,
		}
		for name, value := range q.Dimensions {
			props.QueueDepth.Dimensions[name] = w.name(value)
		}
	}
	return props
}

// capacityChecks: a variable's desired count is known to Terraform alone.
func (w *wiring) capacityChecks(a *config.AutoScaling) []constructs.Check {
	name, ok := w.variables["worker.desiredCount"]
	if !ok {
		return nil
	}
	return []constructs.Check{{
		Condition: fmt.Sprintf("${var.%[1]s >= %[2]d && var.%[1]s <= %[3]d}", name, a.MinCapacity, a.MaxCapacity),
		ErrorMessage: fmt.Sprintf("%s: got ${var.%[1]s}, want %d to %d, between minCapacity and maxCapacity of worker.autoScaling: the service starts with it.",
			name, a.MinCapacity, a.MaxCapacity),
	}}
}
