package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// addFlowRunRole makes the flow runs' role and returns it, or refers to a
// given one.
func (w *wiring) addFlowRunRole() *constructs.Role {
	r := w.FlowRunRole
	if r == nil {
		return nil
	}
	if r.ARN != "" {
		w.flowRunRole = r.ARN
		return nil
	}
	role := constructs.NewFlowRunRole(w.scope, "", constructs.FlowRunRoleProps{FlowRunRole: *r, Defaults: w.roleDefaults()})
	w.flowRunRole = role.Attr("arn")
	return &role
}
