package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// FlowRunRoleProps are the settings of the role of flow runs.
type FlowRunRoleProps struct {
	settings.FlowRunRole              // required: Name; ARN is not used: an existing role needs no construct
	Defaults             RoleDefaults // what all roles of the stack have in common
}

// NewFlowRunRole creates the role with which flows run: their own permissions,
// none of the worker's.
func NewFlowRunRole(scope constructs.Construct, id string, p FlowRunRoleProps) Role {
	g := newGroup(scope, "NewFlowRunRole", id)
	g.require(prop{"Name", p.Name, "the name of the role"})
	g.checkStatements("InlinePolicyStatements", p.InlinePolicyStatements)
	role := g.newRole("aws_iam_role.flow_run_role", p.Name, p.NameTag, g.taskTrust(p.Defaults), p.Defaults)
	ready := g.rolePolicy("aws_iam_role_policy.flow_run_policy", "flow-run", role, written(p.InlinePolicyStatements))
	ready = append(ready, g.attachAll("flow_run_managed", role, p.ManagedPolicyARNs)...)
	return Role{role, ready}
}
