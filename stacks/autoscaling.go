package stacks

import (
	"fmt"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// addAutoScaling lets AWS change the number of the workers' tasks.
func (w *wiring) addAutoScaling() {
	for _, worker := range w.workers {
		if a := worker.AutoScaling; a != nil {
			constructs.NewAutoScaling(w.scope, worker.ID, constructs.AutoScalingProps{
				AutoScaling: *a, ClusterName: w.cluster.Name, ServiceName: worker.made.Service.Attr("name"), Checks: worker.capacityChecks(),
				LateRuns: w.lateRuns, WorkPool: worker.WorkPool, WorkQueues: worker.WorkQueues,
			})
		}
	}
}

// capacityChecks: a variable's desired count is known to Terraform alone.
func (w worker) capacityChecks() []constructs.Check {
	name, a := variableName(w.DesiredCount.Expression), w.AutoScaling
	if name == "" {
		return nil
	}
	return []constructs.Check{{
		Condition: fmt.Sprintf("${var.%[1]s >= %[2]d && var.%[1]s <= %[3]d}", name, a.MinCapacity, a.MaxCapacity),
		ErrorMessage: fmt.Sprintf("%s: got ${var.%[1]s}, want %d to %d, between minCapacity and maxCapacity of worker.autoScaling: the service starts with it.",
			name, a.MinCapacity, a.MaxCapacity),
	}}
}
