package stacks

import (
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// roleDefaults is what every role of the stack must be made with.
func (w *wiring) roleDefaults() constructs.RoleDefaults {
	defaults := constructs.RoleDefaults{IAM: w.IAM}
	if w.IAM.RestrictTrust && slices.ContainsFunc(w.identities, (*identity).makesTaskRoles) {
		defaults.Account = w.account()
	}
	return defaults
}

// makesTaskRoles says whether ECS assumes a role that the stack creates: nothing else
// asks for the account.
func (of *identity) makesTaskRoles() bool {
	own := of.Own
	return own.TaskExecutionRole != nil && own.TaskExecutionRole.Makes() || own.TaskRole != nil && own.TaskRole.Makes() || own.FlowRunRole != nil && own.FlowRunRole.Makes()
}
