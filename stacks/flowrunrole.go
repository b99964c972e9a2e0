package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// addFlowRunRole creates the role of a worker's flow runs and returns it, or refers
// to a given one, or to the first worker's.
func (w *wiring) addFlowRunRole(of *identity) *constructs.Role {
	r := of.Own.FlowRunRole
	if r == nil {
		of.flowRunRole = of.owner(flowRunRole).flowRunRole
		return nil
	}
	if r.ARN != "" {
		of.flowRunRole = r.ARN
		return nil
	}
	role := constructs.NewFlowRunRole(w.scope, of.ID, constructs.FlowRunRoleProps{FlowRunRole: *r, Defaults: w.roleDefaults()})
	of.flowRunRole = role.Attr("arn")
	return &role
}
