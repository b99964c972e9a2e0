package config

import (
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// MakesTaskRole says whether the stack has a role for workers that start flow
// runs as tasks of their own.
func (e *Environment) makesTaskRole() bool {
	return e.AnyWorker(func(w *settings.Worker) bool { return w.LeastPrivilege() && w.Type == settings.TypeECS })
}

func (e *Environment) checkRoles() {
	r := &e.TaskExecutionRole
	if r.Permissions == settings.LeastPrivilege && (e.exposes(&e.Secret.Create) || e.exposes(&e.Secret.ARN)) && !e.Wrong(&r.AttachECRReadOnlyPolicy) {
		e.Fail(&r.Permissions, "got least-privilege with variables that may leave the stack without a secret, and then the role reads every one; say which secret it is here: terraform.variables: {%s}",
			e.removed(&e.Secret.Create, &e.Secret.ARN))
	}
	for _, w := range e.Workers() {
		path := strings.TrimSuffix(e.Path(&w.Permissions), ".permissions")
		switch {
		case w.LeastPrivilege() && w.Type == "":
			e.Fail(&w.Permissions, "got %s without a type, which says what the role must allow; set %s.type: ecs", w.Permissions, path)
		case w.LeastPrivilege() && w.Type == settings.TypeProcess && e.FlowRunRole == nil:
			e.Fail(&w.Permissions, "got %s with type process, which runs flows in its own task, and no flowRunRole, which would be its role", w.Permissions)
		case w.Permissions == settings.PermissionsNone && w.Type == settings.TypeProcess && e.FlowRunRole != nil:
			e.Fail(&w.Permissions, "got none with type process and a flowRunRole, which its flows would not get; set %s.permissions: least-privilege", path)
		}
	}
	if e.makesTaskRole() && e.TaskRole == nil {
		e.Fail(&e.TaskRole, "missing, want at least its name, such as taskRole: {name: \"{nameTag}-worker\"}")
	}
}
