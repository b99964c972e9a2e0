package stacks

import (
	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// addTaskRoles makes the roles of the workers and of their flow runs.
func (w *wiring) addTaskRoles() {
	role := w.addFlowRunRole()
	switch w.env.Worker.TaskRole {
	case config.TaskRoleNone:
		return
	case config.TaskRoleExecution:
		role = &w.executionRole
	}
	if w.env.MakesTaskRole() {
		w.addTaskRole()
	} else if role != nil {
		constructs.NewTaskPolicy(w.stack, "", *role, w.taskStatements, w.names)
	}
}

// addTaskRole makes the role of workers of type ecs.
func (w *wiring) addTaskRole() {
	r := w.env.TaskRole
	pass := []string{w.executionRole.Attr("arn")}
	if w.flowRunRole != "" {
		pass = append(pass, w.flowRunRole)
	}
	role := constructs.NewTaskRole(w.stack, "", constructs.TaskRoleProps{
		Name:         w.name(r.Name),
		NameTag:      w.name(r.NameTag),
		ClusterARN:   w.cluster.Attr("arn"),
		LogGroupARN:  w.logGroup.Attr("arn"),
		PassRoleARNs: append(pass, r.PassRoleARNs...),
		Statements:   w.taskStatements,
		Account:      w.account(),
		Defaults:     w.roleDefaults(),
		Names:        w.names,
	})
	w.taskRole = &role
}

// addFlowRunRole makes the flow runs' role and returns it, or refers to a
// given one.
func (w *wiring) addFlowRunRole() *constructs.Resource {
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

// taskRoleARN is the role of a worker's task, by the worker's type; "": none.
func (w *wiring) taskRoleARN(workerType string) string {
	switch {
	case w.env.Worker.TaskRole == config.TaskRoleExecution:
		return w.executionRole.Attr("arn")
	case w.env.Worker.TaskRole == config.TaskRoleNone:
		return ""
	case workerType == config.TypeProcess || w.taskRole == nil:
		return w.flowRunRole // a worker of type process runs flows in its own task
	}
	return w.taskRole.Attr("arn")
}
