package config

import (
	"fmt"
	"slices"
	"strings"
)

// Terraform holds what goes into the terraform block and the contract around
// it: state, variables, outputs and addresses.
type Terraform struct {
	RequiredVersion    string  `yaml:"requiredVersion"`    // version constraint on Terraform
	AWSProviderVersion string  `yaml:"awsProviderVersion"` // version constraint on hashicorp/aws
	Backend            Backend `yaml:"backend"`

	// Variables maps a Terraform variable to the setting it exposes. The
	// setting's value is the variable's default; a setting without a value
	// makes a variable that must be given. An empty string removes a
	// variable of the preset.
	Variables map[string]string `yaml:"variables"`

	// Outputs are the outputs of the stack, of [OutputNames].
	Outputs []string `yaml:"outputs"`

	// ResourceNames renames resources: from the address this app gives
	// (aws_vpc.prefect) to the Terraform name a state already has (main).
	ResourceNames map[string]string `yaml:"resourceNames"`
}

// Backend says where Terraform keeps the state: exactly one of its fields.
type Backend struct {
	S3    *S3Backend    `yaml:"s3"`
	Local *LocalBackend `yaml:"local"`
}

// S3Backend is Terraform's s3 backend.
// https://developer.hashicorp.com/terraform/language/backend/s3
type S3Backend struct {
	Bucket        string `yaml:"bucket"`
	Key           string `yaml:"key"` // braces allowed
	Region        string `yaml:"region"`
	DynamoDBTable string `yaml:"dynamodbTable"` // lock table with the hash key LockID
	Encrypt       bool   `yaml:"encrypt"`
}

// LocalBackend keeps the state in a file.
type LocalBackend struct {
	Path string `yaml:"path"` // relative to the project's folder; braces allowed
}

func (e *Environment) checkTerraform(c checker) {
	t := e.Terraform
	c.text("terraform.requiredVersion", t.RequiredVersion, version)
	c.text("terraform.awsProviderVersion", t.AWSProviderVersion, version)

	b := t.Backend
	switch {
	case b.S3 != nil && b.Local != nil:
		c.fail("terraform.backend", fmt.Errorf("got s3 and local, want one; set the other to null"))
	case b.S3 != nil:
		e.checkS3Backend(c, b.S3)
	case b.Local != nil:
		c.name(e, "terraform.backend.local.path", b.Local.Path, statePath)
	default:
		c.fail("terraform.backend", fmt.Errorf("got none, want s3 or local: without one the state would be lost"))
	}

	exposed := map[string]string{}
	for _, variable := range sortedKeys(t.Variables) {
		setting, path := t.Variables[variable], "terraform.variables."+variable
		if setting == "" {
			continue
		}
		c.text(path, variable, tfName)
		c.choice(path, setting, Exposable...)
		if first, ok := exposed[setting]; ok {
			c.fail(path, fmt.Errorf("got %s, which variable %s exposes already", setting, first))
		}
		exposed[setting] = variable
	}
	for i, output := range t.Outputs {
		path := fmt.Sprintf("terraform.outputs[%d]", i)
		c.choice(path, output, OutputNames...)
		if slices.Contains(t.Outputs[:i], output) {
			c.fail(path, fmt.Errorf("got %q twice", output))
		}
		c.fail(path, e.checkOutput(output))
	}
	e.checkResourceNames(c)
}

func (e *Environment) checkS3Backend(c checker, b *S3Backend) {
	const path = "terraform.backend.s3."
	c.text(path+"bucket", b.Bucket, bucketName)
	c.name(e, path+"key", b.Key, stateKey)
	c.text(path+"region", b.Region, region)
	if b.DynamoDBTable != "" {
		c.text(path+"dynamodbTable", b.DynamoDBTable, tableName)
	}
}

// checkResourceNames keeps addresses unique: Terraform's JSON would let one
// resource of a type silently replace another of the same name.
func (e *Environment) checkResourceNames(c checker) {
	names := e.Terraform.ResourceNames
	for _, address := range sortedKeys(names) {
		path := "terraform.resourceNames." + address
		if !slices.Contains(Addresses, address) {
			c.fail(path, fmt.Errorf("no such resource: %s", notOneOf(address, Addresses)))
			continue
		}
		c.text(path, names[address], tfName)
	}
	taken := map[string]string{}
	for _, address := range Addresses {
		kind, name, _ := strings.Cut(address, ".")
		if renamed, ok := names[address]; ok {
			name = renamed
		}
		if first, ok := taken[kind+"."+name]; ok {
			c.fail("terraform.resourceNames."+address, fmt.Errorf("got %q, which %s has already", name, first))
		}
		taken[kind+"."+name] = address
	}
}

// exposes says whether a variable exposes a setting.
func (e *Environment) exposes(setting string) bool { return e.Variable(setting) != "" }

// Variable is the Terraform variable that exposes a setting, or "".
func (e *Environment) Variable(setting string) string {
	for _, name := range sortedKeys(e.Terraform.Variables) {
		if e.Terraform.Variables[name] == setting {
			return name
		}
	}
	return ""
}

// removed writes the terraform.variables that would expose no setting of these.
func (e *Environment) removed(settings ...string) string {
	var entries []string
	for _, setting := range settings {
		if name := e.Variable(setting); name != "" {
			entries = append(entries, name+`: ""`)
		}
	}
	return strings.Join(entries, ", ")
}
