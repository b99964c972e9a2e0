package stacks

import (
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// The roles that a worker's task can have.
const (
	executionRole = "execution"
	taskRole      = "task"
	flowRunRole   = "flow_run"
)

// roleOf says which role a worker's task has; "" is none.
func roleOf(w *settings.Worker) string {
	switch {
	case w.Permissions == settings.PermissionsNone:
		return ""
	case w.Permissions == settings.PermissionsExecutionRole:
		return executionRole
	case w.Type == settings.TypeProcess: // flows run in the worker's own task
		return flowRunRole
	}
	return taskRole
}

// taskRoleARN is the role of a worker's task; "" is none.
func (w *wiring) taskRoleARN(of *settings.Worker) string {
	switch roleOf(of) {
	case executionRole:
		return w.executionRole.Attr("arn")
	case flowRunRole:
		return w.flowRunRole
	case taskRole:
		return w.taskRole.Attr("arn")
	}
	return ""
}

// addTaskRoles makes the roles of the workers and of their flow runs.
func (w *wiring) addTaskRoles() {
	statements := w.taskStatements()
	if flowRun := w.addFlowRunRole(); flowRun != nil {
		w.permissions[flowRunRole] = append(flowRun.Ready,
			constructs.NewTaskPolicy(w.scope, "", "flow_run_task_policy", flowRun.Resource, statements[flowRunRole])...)
	}
	if w.MakesTaskRole {
		w.addTaskRole(statements[taskRole])
	}
	w.permissions[executionRole] = constructs.NewTaskPolicy(w.scope, "", "execution_task_policy", w.executionRole.Resource, statements[executionRole])
}

// taskStatements are what the workers' tasks need for what their settings turn
// on, by the role that they have.
func (w *wiring) taskStatements() map[string][]settings.PolicyStatement {
	all := map[string][]settings.PolicyStatement{}
	for _, named := range w.Workers() {
		role := roleOf(named.Worker)
		for _, s := range w.statementsFor(named.Worker) {
			if !slices.ContainsFunc(all[role], func(other settings.PolicyStatement) bool { return other.SID == s.SID }) {
				all[role] = append(all[role], s)
			}
		}
	}
	return all
}

func (w *wiring) statementsFor(of *settings.Worker) []settings.PolicyStatement {
	var all []settings.PolicyStatement
	if of.Type != settings.TypeProcess && w.crashEvents != nil {
		all = append(all, w.crashEvents.Receive...)
	}
	if of.EnableExecuteCommand {
		all = append(all, w.executeCommand()...)
	}
	if of.OpenTelemetry != nil {
		all = append(all, constructs.OpenTelemetryStatements(w.account())...)
	}
	return all
}

func (w *wiring) executeCommand() []settings.PolicyStatement {
	e, logGroup := w.Cluster.ExecuteCommand, ""
	if e == nil {
		return constructs.ExecuteCommandStatements("", "")
	}
	if e.Logging == "OVERRIDE" {
		logGroup = w.logGroup.Attr("arn")
	}
	return constructs.ExecuteCommandStatements(logGroup, e.KMSKeyARN)
}

// addTaskRole makes the role of workers of type ecs.
func (w *wiring) addTaskRole(statements []settings.PolicyStatement) {
	made := *w.TaskRole
	made.PassRoleARNs = []string{w.executionRole.Attr("arn")}
	if w.flowRunRole != "" {
		made.PassRoleARNs = append(made.PassRoleARNs, w.flowRunRole)
	}
	made.PassRoleARNs = append(made.PassRoleARNs, w.TaskRole.PassRoleARNs...)
	role := constructs.NewTaskRole(w.scope, "", constructs.TaskRoleProps{
		TaskRole: made, ClusterARN: w.cluster.Attr("arn"), LogGroupARN: w.flowRunLogGroup.Attr("arn"), Statements: statements,
		Account: w.account(), Defaults: w.roleDefaults(),
	})
	w.taskRole, w.permissions[taskRole] = &role, role.Ready
}
