package config

import (
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// checkIdentities keeps what additional workers have of their own out of the
// other workers' reach, and theirs out of its.
func (e *Environment) checkIdentities() {
	for i := range e.AdditionalWorkers {
		a := &e.AdditionalWorkers[i]
		if a.Name == "" || e.Wrong(&a.Name) {
			continue // reported, and what is derived from it would be wrong too
		}
		e.checkOwnSecret(a)
		e.checkOwnRoles(a)
		e.checkOwnReferences(a)
		if a.SecurityGroup != nil {
			e.checkReachOf(a.SecurityGroup)
		}
		e.checkOwnPool(a, e.Workers()[i+1])
	}
}

func (e *Environment) checkOwnSecret(a *settings.AdditionalWorker) {
	s := a.Secret
	if s == nil {
		return
	}
	switch {
	case e.Wrong(&s.ARN) || e.Wrong(&s.Create):
	case s.Create.Value && s.Name == "" && s.ARN == "":
		e.Fail(&s.Name, "got no value, want %s", settings.Rules["secretName"].Wanted)
	case !s.Create.Value && s.ARN == "":
		e.Fail(s, "got neither create nor arn: the worker could not authenticate; set name to create it, or arn")
	case s.Create.Value && !s.ValueOutside():
		e.Fail(&s.ValueManagedBy, "got %s with the worker's own secret, want outside: no variable has its value; store it with make put-secret-value STACK=%s WORKER=%s", s.ValueManagedBy, e.Stack, a.Name)
	}
	if a.TaskExecutionRole == nil {
		e.Fail(&a.TaskExecutionRole, "missing, want at least its name, such as taskExecutionRole: {name: \"{nameTag}-%s-execution\"}: a shared role would read this secret for all workers", a.Name)
	}
	if e.anySecret() {
		e.Fail(s, "got its own secret with variables that may leave the stack without one, and then the first worker's role can read every secret, this one too; say which secret the stack has: terraform.variables: {%s}",
			e.removed(&e.Secret.Create, &e.Secret.ARN))
	}
}

// checkOwnRoles: whoever passes roles passes its own ones alone.
func (e *Environment) checkOwnRoles(a *settings.AdditionalWorker) {
	own := a.TaskExecutionRole != nil || a.FlowRunRole != nil
	switch {
	case a.Passes() && own && a.TaskRole == nil:
		e.Fail(&a.TaskRole, "missing, want at least its name, such as taskRole: {name: \"{nameTag}-%s-worker\"}: a shared role could pass this worker's other roles for all workers", a.Name)
	case a.TaskRole != nil && !a.Passes() && !e.Wrong(&a.Permissions):
		e.Fail(a.TaskRole, "got it with permissions %s and type %q, want permissions least-privilege with type ecs: nothing else uses this role", a.Permissions, a.Type)
	}
}

// checkOwnPool: a pool of type ecs has one value for each of what flow runs get.
func (e *Environment) checkOwnPool(a *settings.AdditionalWorker, w settings.NamedWorker) {
	if w.Type == settings.TypeProcess || !w.Own.FlowRuns() {
		return
	}
	for _, other := range e.Workers() {
		if other.ID != w.ID && other.WorkPool == w.WorkPool {
			e.Fail(&a.WorkPool, "got the work pool %s with its own secret, roles or security group, but %s polls it too, and a pool gives all of its flow runs the same; want a separate workPool", w.WorkPool, e.Path(other.Worker))
			return
		}
	}
}

// securityGroups are the stack's and the workers' own.
func (e *Environment) securityGroups() []*settings.SecurityGroup {
	all := []*settings.SecurityGroup{&e.SecurityGroup}
	for i := range e.AdditionalWorkers {
		if g := e.AdditionalWorkers[i].SecurityGroup; g != nil {
			all = append(all, g)
		}
	}
	return all
}

// warnOfIdentity says what a worker's own secret does not keep to itself, and
// what does not know it.
func (e *Environment) warnOfIdentity(w settings.NamedWorker, warn doubt) {
	if !w.OwnsSecret() {
		return
	}
	if w.Type != settings.TypeProcess && !e.Prefect.WorkPoolManagement {
		warn(w.Own.Secret, "without prefect.workPoolManagement the worker writes this key into its flow runs' tasks, where the other workers of the cluster can read it, until the work pool %s has the output %s_work_pool_variables", w.WorkPool, w.ID)
	}
	if e.LateRuns != nil && !e.counts(w.WorkPool) {
		warn(w.Own.Secret, "lateRuns reads the stack's secret alone and does not count the work pool %s: there is neither a metric nor an alarm of its late runs", w.WorkPool)
	}
}
