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
func (of *identity) taskRoleARN() string {
	switch roleOf(of.Worker) {
	case executionRole:
		return of.executionRoleARN
	case flowRunRole:
		return of.flowRunRole
	case taskRole:
		return of.taskRole
	}
	return ""
}

// addTaskRoles creates the roles of a worker and of its flow runs, or refers to the
// first one's.
func (w *wiring) addTaskRoles(of *identity) {
	if flowRun := w.addFlowRunRole(of); flowRun != nil {
		of.permissions[flowRunRole] = append(flowRun.Ready,
			constructs.NewTaskPolicy(w.scope, of.ID, "flow_run_task_policy", flowRun.Resource, w.taskStatements(of, flowRunRole))...)
	}
	switch {
	case of.owner(taskRole) != of:
		of.taskRole = of.first.taskRole
	case len(w.workersWith(of, taskRole)) > 0:
		w.addTaskRole(of)
	}
	if of.owner(executionRole) == of && of.Own.TaskExecutionRole.Makes() {
		of.permissions[executionRole] = constructs.NewTaskPolicy(w.scope, of.ID, "execution_task_policy", of.executionRole.Resource, w.taskStatements(of, executionRole))
	}
}

// taskStatements are what the tasks with a role need for what their workers'
// settings turn on.
func (w *wiring) taskStatements(of *identity, role string) []settings.PolicyStatement {
	var all []settings.PolicyStatement
	for _, worker := range w.workersWith(of, role) {
		for _, s := range w.statementsFor(worker) {
			if !slices.ContainsFunc(all, func(other settings.PolicyStatement) bool { return other.SID == s.SID }) {
				all = append(all, s)
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
	if len(of.FileSystems()) > 0 {
		all = append(all, constructs.FileSystemStatements(*of, w.account())...)
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

// addTaskRole creates the role of workers of type ecs, which passes the roles of
// this identity alone, or refers to a given one.
func (w *wiring) addTaskRole(of *identity) {
	made := *of.Own.TaskRole
	if !made.Makes() {
		of.taskRole = made.ARN
		return
	}
	made.PassRoleARNs = []string{of.executionRoleARN}
	if of.flowRunRole != "" {
		made.PassRoleARNs = append(made.PassRoleARNs, of.flowRunRole)
	}
	made.PassRoleARNs = append(made.PassRoleARNs, of.Own.TaskRole.PassRoleARNs...)
	role := constructs.NewTaskRole(w.scope, of.ID, constructs.TaskRoleProps{
		TaskRole: made, ClusterARN: w.cluster.Attr("arn"), LogGroupARN: w.flowRunLogGroup.Attr("arn"), Statements: w.taskStatements(of, taskRole),
		Account: w.account(), Defaults: w.roleDefaults(),
	})
	of.taskRole, of.permissions[taskRole] = role.Attr("arn"), role.Ready
}
