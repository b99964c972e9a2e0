package config

import "fmt"

// TaskExecutionRole is the role with which ECS pulls the image, writes logs
// and reads the secret.
type TaskExecutionRole struct {
	Name                    string        `yaml:"name"`                    // braces allowed
	NameTag                 string        `yaml:"nameTag"`                 // braces allowed
	AttachECRReadOnlyPolicy bool          `yaml:"attachEcrReadOnlyPolicy"` // also attach AmazonEC2ContainerRegistryReadOnly
	SecretsPolicy           SecretsPolicy `yaml:"secretsPolicy"`
}

// SecretsPolicy is the inline policy that lets a role use the secret.
type SecretsPolicy struct {
	Name    string   `yaml:"name"`
	Actions []string `yaml:"actions"` // actions of Secrets Manager
}

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
}
