package stacks

import (
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// The roles that a worker's task can have.
const (
	executionRole = "execution"
	taskRole      = "task"
	flowRunRole   = "flow_run"
)

// roleOf says which role a worker's task has; "" is none.
func roleOf(worker config.Worker) string {
	switch {
	case worker.TaskRole == config.TaskRoleNone:
		return ""
	case worker.TaskRole == config.TaskRoleExecution:
		return executionRole
	case worker.Type == config.TypeProcess: // flows run in the worker's own task
		return flowRunRole
	}
	return taskRole
}

// taskRoleARN is the role of a worker's task; "" is none.
func (w *wiring) taskRoleARN(worker config.Worker) string {
	switch roleOf(worker) {
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
			constructs.NewTaskPolicy(w.stack, "", "flow_run_task_policy", flowRun.Resource, statements[flowRunRole], w.names)...)
	}
	if w.env.MakesTaskRole() {
		w.addTaskRole(statements[taskRole])
	}
	w.permissions[executionRole] = constructs.NewTaskPolicy(w.stack, "", "execution_task_policy", w.executionRole.Resource, statements[executionRole], w.names)
}

// taskStatements are what the workers' tasks need for what their settings turn
// on, by the role that they have.
func (w *wiring) taskStatements() map[string][]constructs.Statement {
	all := map[string][]constructs.Statement{}
	for _, v := range w.env.Views() {
		role := roleOf(v.Worker)
		for _, s := range w.statementsFor(v.Worker) {
			if !slices.ContainsFunc(all[role], func(other constructs.Statement) bool { return other.SID == s.SID }) {
				all[role] = append(all[role], s)
			}
		}
	}
	return all
}

func (w *wiring) statementsFor(worker config.Worker) []constructs.Statement {
	var all []constructs.Statement
	if worker.Type != config.TypeProcess {
		all = append(all, w.receiveCrashEvents...)
	}
	if worker.EnableExecuteCommand {
		all = append(all, w.executeCommand()...)
	}
	if worker.OpenTelemetry != nil {
		all = append(all, constructs.OpenTelemetryStatements(w.account())...)
	}
	return all
}

func (w *wiring) executeCommand() []constructs.Statement {
	e := w.env.Cluster.ExecuteCommand
	switch {
	case e == nil:
		return constructs.ExecuteCommandStatements("", "")
	case e.Logging == "OVERRIDE":
		return constructs.ExecuteCommandStatements(w.logGroup.Attr("arn"), e.KMSKeyARN)
	}
	return constructs.ExecuteCommandStatements("", e.KMSKeyARN)
}

// addTaskRole makes the role of workers of type ecs.
func (w *wiring) addTaskRole(statements []constructs.Statement) {
	r := w.env.TaskRole
	pass := []string{w.executionRole.Attr("arn")}
	if w.flowRunRole != "" {
		pass = append(pass, w.flowRunRole)
	}
	role := constructs.NewTaskRole(w.stack, "", constructs.TaskRoleProps{
		Name:         w.name(r.Name),
		NameTag:      w.name(r.NameTag),
		ClusterARN:   w.cluster.Attr("arn"),
		LogGroupARN:  w.flowRunLogGroup.Attr("arn"),
		PassRoleARNs: append(pass, r.PassRoleARNs...),
		Statements:   statements,
		Account:      w.account(),
		Defaults:     w.roleDefaults(),
		Names:        w.names,
	})
	w.taskRole, w.permissions[taskRole] = &role, role.Ready
}

// addFlowRunRole makes the flow runs' role and returns it, or refers to a
// given one.
func (w *wiring) addFlowRunRole() *constructs.Role {
	r := w.env.FlowRunRole
	if r == nil {
		return nil
	}
	if r.ARN != "" {
		w.flowRunRole = constructs.Escape(r.ARN)
		return nil
	}
	var statements []constructs.Statement
	for _, s := range r.InlinePolicyStatements {
		statements = append(statements, statement(s))
	}
	role := constructs.NewFlowRunRole(w.stack, "", constructs.FlowRunRoleProps{
		Name:              w.name(r.Name),
		NameTag:           w.name(r.NameTag),
		ManagedPolicyARNs: r.ManagedPolicyARNs,
		Statements:        statements,
		Defaults:          w.roleDefaults(),
		Names:             w.names,
	})
	w.flowRunRole = role.Attr("arn")
	return &role
}

// statement keeps IAM's own variables, ${aws:username}, from Terraform.
func statement(s config.PolicyStatement) constructs.Statement {
	escaped := func(values []string) []string {
		var all []string
		for _, v := range values {
			all = append(all, constructs.Escape(v))
		}
		return all
	}
	conditions := map[string]map[string]any{}
	for operator, keys := range s.Conditions {
		conditions[operator] = map[string]any{}
		for key, values := range keys {
			conditions[operator][key] = escaped(values)
		}
	}
	return constructs.Statement{SID: s.SID, Actions: s.Actions, Resources: escaped(s.Resources), Conditions: conditions}
}
