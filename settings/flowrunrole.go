package settings

// FlowRunRole is the task role of flow runs: what flows themselves may do. A
// worker of type process runs flows in its own task, so this is its role.
type FlowRunRole struct {
	_ struct{} `makes:"aws_iam_role.flow_run_role aws_iam_role_policy.flow_run_policy aws_iam_role_policy.flow_run_task_policy aws_iam_role_policy_attachment.flow_run_managed"`

	// ARN of an existing role, of the stack's account. Nothing is attached to it.
	// Empty: a role is created.
	ARN                    string            `yaml:"arn" rule:"roleARN,optional"`
	Name                   string            `yaml:"name" rule:"roleName,optional" braces:"names"`     // Name of the role that is created.
	NameTag                string            `yaml:"nameTag" rule:"tagValue,optional" braces:"names"`  // Name tag.
	ManagedPolicyARNs      []string          `yaml:"managedPolicyArns" rule:"policyARN,unique,max 10"` // Managed policies; 10 is AWS's default quota for a role.
	InlinePolicyStatements []PolicyStatement `yaml:"inlinePolicyStatements"`                           // Statements of an inline policy.
}

// Makes says whether the stack creates the role.
func (r *FlowRunRole) Makes() bool { return r.ARN == "" }

// Check wants a role that exists, or the name of one that is created.
func (r *FlowRunRole) Check(c Checker) {
	if r.Makes() && r.Name == "" {
		c.Fail(&r.Name, "got no value, want %s", Rules["roleName"].Wanted)
	}
	checkStatements(c, r.InlinePolicyStatements)
}
