package settings

// TaskRole is the workers' own role, with permissions least-privilege and type
// ecs: it may start flow runs in this cluster, pass them their roles, and do
// what is added here. A worker of type process has flowRunRole.
type TaskRole struct {
	_ struct{} `makes:"aws_iam_role.task_role aws_iam_role_policy.task_policy aws_iam_role_policy.task_inline_policy aws_iam_role_policy_attachment.task_managed"`

	// ARN of an existing role, of the stack's account. Nothing is attached to it:
	// a warning says what it must allow. Empty: a role is created.
	ARN     string `yaml:"arn" rule:"roleARN,optional"`
	Name    string `yaml:"name" rule:"roleName,optional" braces:"names"`    // Name of the role that is created.
	NameTag string `yaml:"nameTag" rule:"tagValue,optional" braces:"names"` // Name tag.

	// PassRoleARNs are further roles that a deployment may give its flow runs,
	// besides flowRunRole and the task execution role.
	PassRoleARNs []string `yaml:"passRoleArns" rule:"roleARN"`

	ManagedPolicyARNs      []string          `yaml:"managedPolicyArns" rule:"policyARN,unique,max 10"` // Additional managed policies; AWS's default quota for a role is 10.
	InlinePolicyStatements []PolicyStatement `yaml:"inlinePolicyStatements"`                           // Statements of an additional inline policy.
}

// Makes says whether the stack creates the role.
func (r *TaskRole) Makes() bool { return r.ARN == "" }

// Check wants a role that exists, or the name of one that is created.
func (r *TaskRole) Check(c Checker) {
	if r.Makes() && r.Name == "" {
		c.Fail(&r.Name, "got no value, want %s", Rules["roleName"].Wanted)
	}
	checkStatements(c, r.InlinePolicyStatements)
}
