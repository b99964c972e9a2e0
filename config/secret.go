package config

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// Secret is what the worker authenticates with, in Secrets Manager or, when it
// exists already, in an SSM parameter. Its value is never a setting: it is a
// Terraform variable, exposed as secret.value, or put in outside of Terraform.
//
// Neither made nor given, with a self-hosted server, is a server without
// authentication.
type Secret struct {
	Create  bool   `yaml:"create"`  // make the secret; false: use arn
	Name    string `yaml:"name"`    // braces allowed
	NameTag string `yaml:"nameTag"` // braces allowed; empty: no Name tag
	Value   string `yaml:"value"`   // must stay empty; exists to be exposed as a variable

	// ARN of an existing secret, arn:…:secret:<name>-<6>, optionally with
	// :json-key:stage:version, or of an SSM parameter, arn:…:parameter/<name>.
	ARN string `yaml:"arn"`

	// ValueManagedBy says who puts the value in: terraform (default), from a
	// variable, by which the value stands in the state; or outside, which
	// makes the secret without a value: see the output put_secret_value_command.
	ValueManagedBy string `yaml:"valueManagedBy"`

	// EnvironmentName is the setting the value becomes in the container:
	// PREFECT_API_KEY (default), or PREFECT_API_AUTH_STRING for the basic
	// authentication of a self-hosted server.
	EnvironmentName string `yaml:"environmentName"`

	// RecoveryWindowInDays a deleted secret can be restored for, 7 to 30, and
	// its name is taken; 0 deletes at once. No value: AWS's default, 30.
	RecoveryWindowInDays *int `yaml:"recoveryWindowInDays"`

	// KMSKeyARN encrypts a made secret and lets the task decrypt a given one.
	// Empty: AWS's own key.
	KMSKeyARN string `yaml:"kmsKeyArn"`
}

// The values of the secret's settings that are choices.
const (
	ValueTerraform = "terraform"
	ValueOutside   = "outside"

	APIKeyName     = "PREFECT_API_KEY"
	AuthStringName = "PREFECT_API_AUTH_STRING"
)

// ValueOutside says whether the secret's value is put in outside of Terraform.
func (s Secret) ValueOutside() bool { return s.ValueManagedBy == ValueOutside }

// HasSecret says whether the worker has a secret, or may have one by a variable.
func (e *Environment) HasSecret() bool {
	return e.Secret.Create || e.Secret.ARN != "" || e.exposes("secret.create") || e.exposes("secret.arn")
}

// selfHosted says whether the API is surely not Prefect Cloud's.
func (p Prefect) selfHosted() bool {
	return p.APIURL != nil && *p.APIURL != "" && !strings.Contains(*p.APIURL, "://api.prefect.cloud/")
}

func (e *Environment) checkSecret(c checker) {
	s := e.Secret
	if s.Create || e.exposes("secret.create") {
		c.name(e, "secret.name", s.Name, secretName)
	}
	c.name(e, "secret.nameTag", s.NameTag, orEmpty(tagValue))
	c.text("secret.arn", s.ARN, orEmpty(secretOrParameterARN))
	switch {
	case s.Value != "":
		c.fail("secret.value", errSecretInFile)
	case s.Create && s.ARN != "":
		c.fail("secret.arn", fmt.Errorf("got %q with secret.create true, want one: remove the ARN, or set secret.create: false to use it", s.ARN))
	case s.Create && !e.exposes("secret.value") && !s.ValueOutside():
		c.fail("secret.create", fmt.Errorf("got true, but no variable exposes secret.value; add terraform.variables: {prefect_api_key: secret.value}"))
	case !e.HasSecret() && !e.Prefect.selfHosted():
		c.fail("secret", fmt.Errorf("got neither create nor arn: the worker could not authenticate; set secret.create: true or secret.arn"))
	}
	e.checkSecretOptions(c)
}

func (e *Environment) checkSecretOptions(c checker) {
	s := e.Secret
	if s.ValueManagedBy != "" {
		c.choice("secret.valueManagedBy", s.ValueManagedBy, ValueTerraform, ValueOutside)
	}
	if variables := e.removed("secret.value", "secret.create"); s.ValueOutside() && variables != "" {
		c.fail("secret.valueManagedBy", fmt.Errorf("got outside with variables for a value from Terraform; remove them: terraform.variables: {%s}", variables))
	}
	if s.ValueOutside() && !s.Create && !e.exposes("secret.create") {
		c.fail("secret.valueManagedBy", fmt.Errorf("got outside with secret.create false: a given secret's value is never touched; remove it"))
	}
	if s.EnvironmentName != "" {
		c.choice("secret.environmentName", s.EnvironmentName, APIKeyName, AuthStringName)
	}
	if url := e.Prefect.APIURL; s.EnvironmentName == AuthStringName && url != nil && !e.Prefect.selfHosted() && !e.exposes("prefect.apiUrl") {
		c.fail("secret.environmentName", fmt.Errorf("got %s with Prefect Cloud, which takes PREFECT_API_KEY; set prefect.apiUrl to the self-hosted server, or remove it", s.EnvironmentName))
	}
	if w := s.RecoveryWindowInDays; w != nil && *w != 0 && (*w < 7 || *w > 30) {
		c.fail("secret.recoveryWindowInDays", fmt.Errorf("got %d, want 7 to 30, or 0 to delete at once", *w))
	}
	for _, v := range e.Views() {
		name := cmp.Or(s.EnvironmentName, APIKeyName)
		if _, ok := v.Worker.Secrets[name]; ok && name != APIKeyName {
			c.fail(v.Path+".secrets."+name, fmt.Errorf("set here, want the section secret: the task definition would have it twice"))
		}
	}
	c.text("secret.kmsKeyArn", s.KMSKeyARN, orEmpty(kmsKeyARN))
	e.checkRegion(c, "secret.kmsKeyArn", s.KMSKeyARN)
	if variables := e.removed("secret.arn", "secret.create"); s.IsParameter() && variables != "" {
		c.fail("secret.arn", fmt.Errorf("got an SSM parameter with variables for a secret of Secrets Manager; remove them: terraform.variables: {%s}", variables))
	}
}

// IsParameter says whether the secret is an SSM parameter.
func (s Secret) IsParameter() bool { return strings.Contains(s.ARN, ":ssm:") }

var errSecretInFile = errors.New("got a value, want none: a secret never stands in a file; give it as the Terraform variable, e.g. TF_VAR_prefect_api_key")

// StoresSecret says whether Terraform may write the secret's value, which is
// then in the state and read at each refresh.
func (e *Environment) StoresSecret() bool {
	return (e.Secret.Create || e.exposes("secret.create")) && !e.Secret.ValueOutside()
}
