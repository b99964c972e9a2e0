package stacks

import (
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// addLogGroups: without a group of their own flow runs share the workers'.
func (w *wiring) addLogGroups() {
	w.logGroup = constructs.NewLogGroup(w.stack, "", constructs.LogGroupProps{LogGroup: w.LogGroup, Names: w.names})
	w.flowRunLogGroup = w.logGroup
	if l := w.FlowRunLogGroup; l != nil {
		w.flowRunLogGroup = constructs.NewFlowRunLogGroup(w.stack, "", constructs.FlowRunLogGroupProps{FlowRunLogGroup: *l, Names: w.names})
	}
}

// logGroupARNs are the groups of workers and flow runs.
func (w *wiring) logGroupARNs() []string {
	return slices.Compact([]string{w.logGroup.Attr("arn"), w.flowRunLogGroup.Attr("arn")})
}
