package settings

// TaskExecutionRole is the role with which ECS pulls the image, writes logs
// and reads the secret.
type TaskExecutionRole struct {
	_ struct{} `makes:"aws_iam_role.task_execution_role aws_iam_role_policy.execution_task_policy aws_iam_role_policy.task_execution_policy aws_iam_role_policy_attachment.ecs_task_execution aws_iam_role_policy_attachment.ecs_task_execution_ecr"`

	Name                    string        `yaml:"name" rule:"roleName" braces:"names"`             // Name of the role.
	NameTag                 string        `yaml:"nameTag" rule:"tagValue,optional" braces:"names"` // Name tag.
	AttachECRReadOnlyPolicy bool          `yaml:"attachEcrReadOnlyPolicy"`                         // Also attach AmazonEC2ContainerRegistryReadOnly.
	SecretsPolicy           SecretsPolicy `yaml:"secretsPolicy"`                                   // What the role may do with the secret.

	// Permissions are AWS's managed policy, which covers every repository and
	// log group (managed), or a policy of its own for this stack's log groups
	// and repositoryArns (least-privilege).
	Permissions string `yaml:"permissions" default:"managed" rule:"oneof managed least-privilege"`

	// RepositoryARNs are the ECR repositories that a least-privilege role may
	// pull from. Empty: every one of this account and region.
	RepositoryARNs []string `yaml:"repositoryArns" rule:"repositoryARN"`
}

// SecretsPolicy is the inline policy that lets a role use the secret.
type SecretsPolicy struct {
	_ struct{} `makes:"aws_iam_role_policy.secrets_policy"`

	Name    string   `yaml:"name" rule:"policyName"`              // Name of the policy.
	Actions []string `yaml:"actions" rule:"secretsManagerAction"` // Actions of Secrets Manager.
}

// LeastPrivilege is the choice of a role made for what it serves.
const LeastPrivilege = "least-privilege"

// Check finds settings that do nothing, or undo each other.
func (r *TaskExecutionRole) Check(c Checker) {
	if len(r.SecretsPolicy.Actions) == 0 {
		c.Fail(&r.SecretsPolicy.Actions, "got none, want at least secretsmanager:GetSecretValue: the task cannot start without")
	}
	if c.Wrong(&r.Permissions) {
		return
	}
	least := r.Permissions == LeastPrivilege
	if least && r.AttachECRReadOnlyPolicy {
		c.Fail(&r.AttachECRReadOnlyPolicy, "got true with permissions least-privilege, which it would undo; set it to false")
	}
	if !least && len(r.RepositoryARNs) > 0 {
		c.Fail(&r.RepositoryARNs, "set, but only permissions least-privilege uses it")
	}
}
