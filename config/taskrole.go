package config

import (
	"fmt"
	"slices"
)

// TaskRole is the worker's own role, made with worker.taskRole least-privilege:
// it may run flow runs in this cluster and pass them their roles, no more.
type TaskRole struct {
	Name    string `yaml:"name"`    // braces allowed
	NameTag string `yaml:"nameTag"` // braces allowed

	// PassRoleARNs are further roles that a deployment may give its flow runs,
	// besides flowRunRole and the task execution role.
	PassRoleARNs []string `yaml:"passRoleArns"`
}

// FlowRunRole is the task role of flow runs: what flows themselves may do. A
// worker of type process runs flows in its own task, so this is its role.
type FlowRunRole struct {
	ARN                    string            `yaml:"arn"`     // of an existing role; empty: make one
	Name                   string            `yaml:"name"`    // braces allowed
	NameTag                string            `yaml:"nameTag"` // braces allowed
	ManagedPolicyARNs      []string          `yaml:"managedPolicyArns"`
	InlinePolicyStatements []PolicyStatement `yaml:"inlinePolicyStatements"`
}

// PolicyStatement is one statement of an IAM policy that allows something.
type PolicyStatement struct {
	SID       string   `yaml:"sid"`
	Actions   []string `yaml:"actions"`
	Resources []string `yaml:"resources"`

	// Conditions maps an operator to keys and their values, as in
	// StringEquals: {s3:prefix: [data/]}.
	Conditions map[string]map[string][]string `yaml:"conditions"`
}

// leastPrivilege says whether a worker has a role made for it.
func (w *Worker) leastPrivilege() bool { return w.TaskRole == TaskRoleLeastPrivilege }

// MakesTaskRole says whether the stack has a role for workers that start flow
// runs as tasks of their own.
func (e *Environment) MakesTaskRole() bool {
	return e.anyWorker(func(w *Worker) bool { return w.leastPrivilege() && w.Type == TypeECS })
}

func (e *Environment) checkTaskRole(c checker) {
	for _, v := range e.Views() {
		switch w := v.Worker; {
		case w.leastPrivilege() && w.Type == "":
			c.fail(v.Path+".taskRole", fmt.Errorf("got %s without a type, which says what the role must allow; set %s.type: ecs", w.TaskRole, v.Path))
		case w.leastPrivilege() && w.Type == TypeProcess && e.FlowRunRole == nil:
			c.fail(v.Path+".taskRole", fmt.Errorf("got %s with type process, which runs flows in its own task, and no flowRunRole, which would be its role", w.TaskRole))
		case w.TaskRole == TaskRoleNone && w.Type == TypeProcess && e.FlowRunRole != nil:
			c.fail(v.Path+".taskRole", fmt.Errorf("got none with type process and a flowRunRole, which its flows would not get; set %s.taskRole: least-privilege", v.Path))
		}
	}
	if !e.MakesTaskRole() {
		return
	}
	if e.TaskRole == nil {
		c.fail("taskRole", fmt.Errorf("missing, want at least its name, such as taskRole: {name: \"{nameTag}-worker\"}"))
		return
	}
	c.name(e, "taskRole.name", e.TaskRole.Name, roleName)
	c.name(e, "taskRole.nameTag", e.TaskRole.NameTag, orEmpty(tagValue))
	for i, arn := range e.TaskRole.PassRoleARNs {
		c.text(fmt.Sprintf("taskRole.passRoleArns[%d]", i), arn, roleARN)
	}
}

func (e *Environment) checkFlowRunRole(c checker) {
	r := e.FlowRunRole
	switch {
	case r == nil:
		return
	case r.ARN != "":
		c.text("flowRunRole.arn", r.ARN, roleARN)
		if r.Name != "" || len(r.ManagedPolicyARNs) > 0 || len(r.InlinePolicyStatements) > 0 {
			c.fail("flowRunRole.arn", fmt.Errorf("got an existing role with settings of one to be made, want one: remove the ARN, or name and policies"))
		}
		return
	}
	c.name(e, "flowRunRole.name", r.Name, roleName)
	c.name(e, "flowRunRole.nameTag", r.NameTag, orEmpty(tagValue))
	if len(r.ManagedPolicyARNs) > 10 {
		c.fail("flowRunRole.managedPolicyArns", fmt.Errorf("got %d, want at most 10, AWS's default quota for a role", len(r.ManagedPolicyARNs)))
	}
	for i, arn := range r.ManagedPolicyARNs {
		path := fmt.Sprintf("flowRunRole.managedPolicyArns[%d]", i)
		c.text(path, arn, policyARN)
		if slices.Contains(r.ManagedPolicyARNs[:i], arn) {
			c.fail(path, fmt.Errorf("got %q twice", arn))
		}
	}
	for i, s := range r.InlinePolicyStatements {
		s.check(c, fmt.Sprintf("flowRunRole.inlinePolicyStatements[%d]", i))
	}
}

func (s PolicyStatement) check(c checker, path string) {
	c.text(path+".sid", s.SID, orEmpty(sid))
	for _, list := range []struct {
		path, wanted string
		values       []string
		rule         rule
	}{
		{path + ".actions", "at least one such as s3:GetObject", s.Actions, anyAction},
		{path + ".resources", "at least one ARN", s.Resources, anyARN},
	} {
		if len(list.values) == 0 {
			c.fail(list.path, fmt.Errorf("got none, want %s", list.wanted))
		}
		for i, value := range list.values {
			c.text(fmt.Sprintf("%s[%d]", list.path, i), value, list.rule)
		}
	}
	if slices.Contains(s.Actions, "*") && slices.Contains(s.Resources, "*") {
		c.fail(path, fmt.Errorf("allows every action on everything, want the actions that the flows need"))
	}
}
