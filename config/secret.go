package config

import (
	"errors"
	"fmt"
)

// Secret is the Prefect API key in Secrets Manager. Its value is never a
// setting: it is a Terraform variable, exposed as secret.value.
type Secret struct {
	Create  bool   `yaml:"create"`  // make the secret; false: use arn
	Name    string `yaml:"name"`    // braces allowed
	NameTag string `yaml:"nameTag"` // braces allowed; empty: no Name tag
	Value   string `yaml:"value"`   // must stay empty; exists to be exposed as a variable
	ARN     string `yaml:"arn"`     // existing secret, arn:…:secret:<name>-<6>, optionally with :json-key:stage:version
}

func (e *Environment) checkSecret(c checker) {
	s := e.Secret
	if s.Create || e.exposes("secret.create") {
		c.name(e, "secret.name", s.Name, secretName)
	}
	c.name(e, "secret.nameTag", s.NameTag, orEmpty(tagValue))
	c.text("secret.arn", s.ARN, orEmpty(secretARN))
	switch {
	case s.Value != "":
		c.fail("secret.value", errSecretInFile)
	case s.Create && s.ARN != "":
		c.fail("secret.arn", fmt.Errorf("got %q with secret.create true, want one: remove the ARN, or set secret.create: false to use it", s.ARN))
	case s.Create && !e.exposes("secret.value"):
		c.fail("secret.create", fmt.Errorf("got true, but no variable exposes secret.value; add terraform.variables: {prefect_api_key: secret.value}"))
	case !s.Create && s.ARN == "" && !e.exposes("secret.create") && !e.exposes("secret.arn"):
		c.fail("secret", fmt.Errorf("got neither create nor arn: the worker could not authenticate; set secret.create: true or secret.arn"))
	}
}

var errSecretInFile = errors.New("got a value, want none: a secret never stands in a file; give it as the Terraform variable, e.g. TF_VAR_prefect_api_key")

// StoresSecret says whether Terraform may write the secret's value, which is
// then in the state and read at each refresh.
func (e *Environment) StoresSecret() bool { return e.Secret.Create || e.exposes("secret.create") }
