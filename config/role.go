package config

import "fmt"

// TaskExecutionRole is the role with which ECS pulls the image, writes logs
// and reads the secret.
type TaskExecutionRole struct {
	Name                    string        `yaml:"name"`                    // braces allowed
	NameTag                 string        `yaml:"nameTag"`                 // braces allowed
	AttachECRReadOnlyPolicy bool          `yaml:"attachEcrReadOnlyPolicy"` // also attach AmazonEC2ContainerRegistryReadOnly
	SecretsPolicy           SecretsPolicy `yaml:"secretsPolicy"`

	// Permissions are AWS's managed policy, which covers every repository and
	// log group (managed, the default), or a policy of its own for
	// this stack's log group and RepositoryARNs (least-privilege).
	Permissions string `yaml:"permissions"`

	// RepositoryARNs are the ECR repositories that a least-privilege role may
	// pull from. Empty: every one of this account and region.
	RepositoryARNs []string `yaml:"repositoryArns"`
}

// SecretsPolicy is the inline policy that lets a role use the secret.
type SecretsPolicy struct {
	Name    string   `yaml:"name"`
	Actions []string `yaml:"actions"` // actions of Secrets Manager
}

// The values of taskExecutionRole.permissions.
const (
	PermissionsManaged        = "managed"
	PermissionsLeastPrivilege = "least-privilege"
)

var repositoryARN = pattern(arnPrefix+`ecr:(?:\*|[a-z]{2}(?:-[a-z]+)+-[0-9]+):[0-9]{12}:repository/[a-z0-9._/*-]+`, 2048,
	"a repository's ARN, arn:aws:ecr:<region>:<12 digits>:repository/<name>")

func (e *Environment) checkTaskExecutionRole(c checker) {
	r := e.TaskExecutionRole
	c.name(e, "taskExecutionRole.name", r.Name, roleName)
	c.name(e, "taskExecutionRole.nameTag", r.NameTag, orEmpty(tagValue))
	c.text("taskExecutionRole.secretsPolicy.name", r.SecretsPolicy.Name, policyName)
	if len(r.SecretsPolicy.Actions) == 0 {
		c.fail("taskExecutionRole.secretsPolicy.actions", fmt.Errorf("got none, want at least secretsmanager:GetSecretValue: the task cannot start without"))
	}
	for i, a := range r.SecretsPolicy.Actions {
		c.text(fmt.Sprintf("taskExecutionRole.secretsPolicy.actions[%d]", i), a, action)
	}
	if r.Permissions != "" {
		c.choice("taskExecutionRole.permissions", r.Permissions, PermissionsManaged, PermissionsLeastPrivilege)
	}
	for i, arn := range r.RepositoryARNs {
		c.text(fmt.Sprintf("taskExecutionRole.repositoryArns[%d]", i), arn, repositoryARN)
	}
	least := r.Permissions == PermissionsLeastPrivilege
	if least && r.AttachECRReadOnlyPolicy {
		c.fail("taskExecutionRole.attachEcrReadOnlyPolicy", fmt.Errorf("got true with permissions least-privilege, which it would undo; set it to false"))
	}
	if least && (e.exposes("secret.create") || e.exposes("secret.arn")) {
		c.fail("taskExecutionRole.permissions", fmt.Errorf("got least-privilege with variables that may leave the stack without a secret, and then the role reads every one; say which secret it is here: terraform.variables: {%s}", e.removed("secret.create", "secret.arn")))
	}
	if !least && len(r.RepositoryARNs) > 0 {
		c.fail("taskExecutionRole.repositoryArns", fmt.Errorf("set, but only permissions least-privilege heeds it"))
	}
}
