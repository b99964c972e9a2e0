package stacks

import (
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// addLogGroups: without their own group flow runs share the workers'.
func (w *wiring) addLogGroups() {
	w.logGroup = constructs.NewLogGroup(w.scope, "", constructs.LogGroupProps{LogGroup: w.LogGroup})
	w.flowRunLogGroup = w.logGroup
	if l := w.FlowRunLogGroup; l != nil {
		w.flowRunLogGroup = constructs.NewFlowRunLogGroup(w.scope, "", constructs.FlowRunLogGroupProps{FlowRunLogGroup: *l}).Any()
	}
}

// logGroupARNs are the groups of workers and flow runs.
func (w *wiring) logGroupARNs() []string {
	return slices.Compact([]string{w.logGroup.Attr("arn"), w.flowRunLogGroup.Attr("arn")})
}
