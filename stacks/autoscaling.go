package stacks

import (
	"fmt"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// addAutoScaling lets AWS change the number of the workers' tasks.
func (w *wiring) addAutoScaling() {
	for i, v := range w.env.Views() {
		if a := v.Worker.AutoScaling; a != nil {
			props := w.autoScaling(newSettings(v.Environment), a)
			props.ServiceName = w.workers[i].made.Service.Attr("name")
			constructs.NewAutoScaling(w.stack, v.ID, props)
		}
	}
}

// autoScaling takes the settings as the worker sees them: its work pool, its
// variables.
func (w *wiring) autoScaling(s settings, a *config.AutoScaling) constructs.AutoScalingProps {
	props := constructs.AutoScalingProps{
		ClusterName:             w.cluster.Name,
		MinCapacity:             a.MinCapacity,
		MaxCapacity:             a.MaxCapacity,
		CPUTargetPercent:        a.CPUTargetPercent,
		MemoryTargetPercent:     a.MemoryTargetPercent,
		ScaleInCooldownSeconds:  a.ScaleInCooldownSeconds,
		ScaleOutCooldownSeconds: a.ScaleOutCooldownSeconds,
		Checks:                  s.capacityChecks(a),
		Names:                   w.names,
	}
	for _, action := range a.ScheduledActions {
		props.ScheduledActions = append(props.ScheduledActions, constructs.ScheduledAction(action))
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
			props.QueueDepth.Dimensions[name] = s.name(value)
		}
	}
	return props
}

// capacityChecks: a variable's desired count is known to Terraform alone.
func (s settings) capacityChecks(a *config.AutoScaling) []constructs.Check {
	name, ok := s.variables["worker.desiredCount"]
	if !ok {
		return nil
	}
	return []constructs.Check{{
		Condition: fmt.Sprintf("${var.%[1]s >= %[2]d && var.%[1]s <= %[3]d}", name, a.MinCapacity, a.MaxCapacity),
		ErrorMessage: fmt.Sprintf("%s: got ${var.%[1]s}, want %d to %d, between minCapacity and maxCapacity of worker.autoScaling: the service starts with it.",
			name, a.MinCapacity, a.MaxCapacity),
	}}
}
