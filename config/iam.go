package config

import (
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// makesTaskRole says whether the stack has a role for workers that start flow
// runs as separate tasks, besides those that have one of their own.
func (e *Environment) makesTaskRole() bool {
	return slices.ContainsFunc(e.Workers(), func(w settings.NamedWorker) bool { return w.Passes() && (w.ID == "" || w.Own.TaskRole == nil) })
}

func (e *Environment) checkRoles() {
	for _, w := range e.Workers() {
		r := w.Own.TaskExecutionRole
		if r == nil || !r.Makes() || r.Permissions != settings.LeastPrivilege || w.OwnsSecret() || !e.anySecret() || e.Wrong(&r.AttachECRReadOnlyPolicy) {
			continue
		}
		e.Fail(&r.Permissions, "got least-privilege with variables that may leave the stack without a secret, and then the role reads every one; say which secret it is here: terraform.variables: {%s}",
			e.removed(&e.Secret.Create, &e.Secret.ARN))
	}
	for _, w := range e.Workers() {
		path, flowRunRole := strings.TrimSuffix(e.Path(&w.Permissions), ".permissions"), w.Own.Or(e.Identity()).FlowRunRole
		switch {
		case w.LeastPrivilege() && w.Type == "":
			e.Fail(&w.Permissions, "got %s without a type, which says what the role must allow; set %s.type: ecs", w.Permissions, path)
		case w.LeastPrivilege() && w.Type == settings.TypeProcess && flowRunRole == nil:
			e.Fail(&w.Permissions, "got %s with type process, which runs flows in its own task, and no flowRunRole, which would be its role", w.Permissions)
		case w.Permissions == settings.PermissionsNone && w.Type == settings.TypeProcess && flowRunRole != nil:
			e.Fail(&w.Permissions, "got none with type process and a flowRunRole, which its flows would not get; set %s.permissions: least-privilege", path)
		}
	}
	e.checkGivenRoles()
	e.checkUsedRoles()
	e.checkPolicySizes()
	e.checkKeys()
	if e.makesTaskRole() && e.TaskRole == nil {
		e.Fail(&e.TaskRole, "missing, want at least its name, such as taskRole: {name: \"{nameTag}-worker\"}")
	}
}

// anySecret says whether variables may leave the stack without a secret; its
// execution role then reads every one, as documented.
func (e *Environment) anySecret() bool {
	return e.exposes(&e.Secret.Create) || e.exposes(&e.Secret.ARN)
}

// checkUsedRoles finds a role that no task has, although the file says more of it
// than a preset would.
func (e *Environment) checkUsedRoles() {
	if e.TaskRole == nil || e.makesTaskRole() {
		return
	}
	for _, key := range e.keysBelow("taskRole") {
		if key != "name" && key != "nameTag" {
			e.fail("taskRole."+key, "set, but no worker has this role; set worker.type: ecs with worker.permissions: least-privilege, or with type process flowRunRole.%s", key)
		}
	}
}

// checkPolicySizes: IAM counts all inline policies of a role together, those of
// the stack's own too.
func (e *Environment) checkPolicySizes() {
	fits := func(field *[]settings.PolicyStatement, ours int) {
		if got, most := settings.PolicyCharacters(*field), settings.InlinePolicyCharacters-ours; got > most {
			e.Fail(field, "got %d characters of policy, want at most %d: IAM takes %d in all inline policies of a role, and the worker's own statements need %d; put the rest into a managed policy",
				got, most, settings.InlinePolicyCharacters, ours)
		}
	}
	for _, w := range e.Workers() {
		if r := w.Own.TaskRole; r != nil {
			fits(&r.InlinePolicyStatements, settings.WorkerPolicyCharacters+len(strings.Join(r.PassRoleARNs, `","`)))
		}
		if r := w.Own.FlowRunRole; r != nil {
			fits(&r.InlinePolicyStatements, settings.AgentPolicyCharacters)
		}
	}
}

// checkKeys finds keys of secrets that no role reads.
func (e *Environment) checkKeys() {
	for _, w := range e.Workers() {
		if r := w.Own.TaskExecutionRole; r != nil && len(r.KMSKeyARNs) > 0 && len(r.SecretARNs)+len(e.secretARNs()[w.ID]) == 0 && !e.Wrong(&r.KMSKeyARNs) {
			e.Fail(&r.KMSKeyARNs, "set, but the role reads no secret that they could encrypt: neither secretArns nor worker.secrets; remove them, or for the section secret set secret.kmsKeyArn")
		}
	}
}
