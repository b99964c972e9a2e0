package settings

// TaskRole is the workers' own role, made with permissions least-privilege: it
// may run flow runs in this cluster and pass them their roles, no more.
type TaskRole struct {
	_ struct{} `makes:"aws_iam_role.task_role aws_iam_role_policy.task_policy"`

	Name    string `yaml:"name" rule:"roleName" braces:"names"`             // Name of the role.
	NameTag string `yaml:"nameTag" rule:"tagValue,optional" braces:"names"` // Name tag.

	// PassRoleARNs are further roles that a deployment may give its flow runs,
	// besides flowRunRole and the task execution role.
	PassRoleARNs []string `yaml:"passRoleArns" rule:"roleARN"`
}
