package config

import (
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// checkFlowRunStrategy wants a work pool that learns the strategy.
func (e *Environment) checkFlowRunStrategy() {
	strategy := &e.FlowRunCapacityProviderStrategy
	settings.CheckStrategy(e, strategy)
	if len(*strategy) == 0 || e.Wrong(strategy) {
		return
	}
	switch {
	case !e.AnyWorker(func(w *settings.Worker) bool { return w.Type != settings.TypeProcess }):
		e.Fail(strategy, "set, but a worker of type process runs flows in its own task; want worker.capacityProviderStrategy, or worker.type: ecs")
	case !e.Prefect.WorkPoolManagement && !slices.Contains(e.Terraform.Outputs, "work_pool_variables"):
		e.Fail(strategy, "set, but no work pool gets it; set prefect.workPoolManagement: true, or add work_pool_variables to terraform.outputs and put it into the pool")
	}
}

// warnOfFlowRunStrategy: a worker starts each flow run by its own RunTask.
func (e *Environment) warnOfFlowRunStrategy(warn doubt) {
	strategy := &e.FlowRunCapacityProviderStrategy
	for i := range *strategy {
		if p := &(*strategy)[i]; p.Base > 0 && len(*strategy) > 1 {
			warn(&p.Base, "got %d, and each flow run is one RunTask call with one task, which the base covers: the other providers may never be used; set base: 0", p.Base)
		}
	}
	if len(*strategy) > 0 && e.Cluster.Existing {
		warn(strategy, "the existing cluster %s must have these capacity providers already, or ECS refuses the flow runs", e.Cluster.Name)
	}
}
