package settings

import (
	"cmp"
	"strings"
)

// Secret is what the worker authenticates with, in Secrets Manager or, when it
// exists already, in an SSM parameter. Its value is never a setting: it is a
// Terraform variable, exposed as secret.value, or stored outside of Terraform.
//
// With a self-hosted server, neither creating nor naming a secret means that
// the server has no authentication.
type Secret struct {
	_ struct{} `makes:"aws_secretsmanager_secret.prefect_api aws_secretsmanager_secret_version.prefect_api_value"`

	// Create creates the secret; false uses arn.
	Create Switch `yaml:"create" default:"false" variable:"Whether Terraform creates a new Secrets Manager secret for the Prefect API key, or an existing secret ARN is used."`

	Name    string `yaml:"name" rule:"secretName,optional" braces:"names"`  // Name of the secret that is created.
	NameTag string `yaml:"nameTag" rule:"tagValue,optional" braces:"names"` // Name tag; empty: none.

	// Value must stay empty: it exists to be exposed as a variable.
	Value string `yaml:"value" rule:"secretValue,optional" variable:"Prefect Cloud API key, stored in Secrets Manager when a new secret is created."`

	// ARN of an existing secret, arn:…:secret:<name>-<6>, optionally with
	// :json-key:stage:version, or of an SSM parameter, arn:…:parameter/<name>.
	ARN string `yaml:"arn" rule:"secretARN,optional" variable:"ARN (Amazon Resource Name) of an existing Prefect API key secret, if not creating one with Terraform."`

	// ValueManagedBy says who stores the value: terraform, from a variable, so
	// that the state contains it; write-only, from an ephemeral variable, which
	// neither the state nor a plan file keeps; or outside, which creates the
	// secret without a value: see make put-secret-value.
	ValueManagedBy string `yaml:"valueManagedBy" default:"terraform" rule:"oneof terraform write-only outside"`

	// ValueVersion counts the values that write-only stores. Terraform does not
	// keep the value, so it cannot see that it has changed: raise the number to
	// store a new one.
	ValueVersion Number `yaml:"valueVersion" default:"1" rule:"range 1 1000000" variable:"Number of the Prefect API key that the secret has: raise it to store a new one."`

	// EnvironmentName is the setting the value becomes in the container:
	// PREFECT_API_KEY, or PREFECT_API_AUTH_STRING for the basic authentication
	// of a self-hosted server.
	EnvironmentName string `yaml:"environmentName" default:"PREFECT_API_KEY" rule:"oneof PREFECT_API_KEY PREFECT_API_AUTH_STRING"`

	// RecoveryWindowInDays is how long a deleted secret can be restored, and its
	// name stays reserved; 0 deletes it at once. No value: AWS's default, 30.
	RecoveryWindowInDays *int `yaml:"recoveryWindowInDays" rule:"range 7 30,optional"`

	// KMSKeyARN encrypts the stack's secret and lets the task decrypt an
	// existing one. Empty: AWS's own key.
	KMSKeyARN string `yaml:"kmsKeyArn" rule:"kmsKeyARN,optional,region"`
}

// The values of secret.environmentName and of secret.valueManagedBy.
const (
	APIKeyName     = "PREFECT_API_KEY"
	AuthStringName = "PREFECT_API_AUTH_STRING"
	ValueWriteOnly = "write-only"
	ValueOutside   = "outside"
)

// ValueOutside says whether the secret's value is put in outside of Terraform.
func (s *Secret) ValueOutside() bool { return s.ValueManagedBy == ValueOutside }

// WriteOnly says whether Terraform stores the value without keeping it in its state.
func (s *Secret) WriteOnly() bool { return s.ValueManagedBy == ValueWriteOnly }

// IsParameter says whether the secret is an SSM parameter.
func (s *Secret) IsParameter() bool { return strings.Contains(s.ARN, ":ssm:") }

// Name of the variable in the container.
func (s *Secret) Variable() string { return cmp.Or(s.EnvironmentName, APIKeyName) }

// Makes says whether the stack creates a secret, unless a variable decides it.
func (s *Secret) Makes() bool { return s.Create.Value }

// Check wants one secret, created or given.
func (s *Secret) Check(c Checker) {
	if s.Create.Value && s.ARN != "" && !c.Wrong(&s.ARN) {
		c.Fail(&s.ARN, "got %q with secret.create true, want one: remove the ARN, or set secret.create: false to use it", s.ARN)
	}
}
