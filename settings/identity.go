package settings

import "reflect"

// Identity is who a worker is to Prefect, to AWS and in the network, and who its
// flow runs are. The first worker's are the sections of the file; an additional
// worker has what its entry names, and shares the rest.
type Identity struct {
	// Secret is what the worker and its flow runs authenticate with. It is created
	// without a value, which make put-secret-value stores, or named by arn. The
	// worker then also needs its own taskExecutionRole, which is the only one that
	// can read it.
	Secret *Secret `yaml:"secret" hide:"yes"`

	// TaskExecutionRole is the role with which ECS starts the worker's tasks and
	// its flow runs'. What is left out, except the name, is inherited from the
	// stack's.
	TaskExecutionRole *TaskExecutionRole `yaml:"taskExecutionRole"`

	TaskRole    *TaskRole    `yaml:"taskRole"`    // The role of a worker of type ecs: it can pass only the worker's own roles.
	FlowRunRole *FlowRunRole `yaml:"flowRunRole"` // The role of the worker's flow runs; it inherits nothing from the stack's.

	// SecurityGroup is that of the worker and of its flow runs. Rules that are left
	// out are inherited from the stack's.
	SecurityGroup *SecurityGroup `yaml:"securityGroup"`
}

// Identity is the first worker's: the stack's own sections.
func (e *Environment) Identity() Identity {
	return Identity{&e.Secret, &e.TaskExecutionRole, e.TaskRole, e.FlowRunRole, &e.SecurityGroup}
}

// FlowRuns says whether flow runs of the worker's pool get something of its own.
func (i *Identity) FlowRuns() bool {
	return i.Secret != nil || i.TaskExecutionRole != nil || i.FlowRunRole != nil || i.SecurityGroup != nil
}

// Or is the identity with the first worker's of what it has none of.
func (i Identity) Or(first Identity) Identity {
	mine, others := reflect.ValueOf(&i).Elem(), reflect.ValueOf(first)
	for at := range mine.NumField() {
		if mine.Field(at).IsNil() {
			mine.Field(at).Set(others.Field(at))
		}
	}
	return i
}

// Addresses are the resources that sections of an identity may make, before the
// worker's name begins theirs.
func (i *Identity) Addresses() []string {
	var all []string
	v := reflect.ValueOf(i).Elem()
	for _, f := range Fields(v.Type()) {
		if f.Of(v).IsNil() {
			continue
		}
		for _, r := range resources(f.Type.Elem(), f.Key) {
			all = append(all, r.Addresses...)
		}
	}
	return all
}

// RunsFlows says whether a worker runs flows in its own task, with their role.
func (w *Worker) RunsFlows() bool { return w.LeastPrivilege() && w.Type == TypeProcess }

// HasExecutionRole says whether the worker's tasks have the execution role
// themselves.
func (w *Worker) HasExecutionRole() bool { return w.Permissions == PermissionsExecutionRole }

// Passes says whether a worker starts flow runs with a task role, to which their
// roles must be passed.
func (w *Worker) Passes() bool { return w.LeastPrivilege() && w.Type == TypeECS }
