package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// roleDefaults is what every role of the stack must be made with.
func (w *wiring) roleDefaults() constructs.RoleDefaults {
	defaults := constructs.RoleDefaults{IAM: w.IAM}
	if w.IAM.RestrictTrust {
		defaults.Account = w.account()
	}
	return defaults
}
