package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
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
	KMSKeyID      string `yaml:"kmsKeyId"` // ARN of the key that encrypts the state; needs encrypt. Empty: S3's own (AES256)

	// Lock is what keeps two runs apart: dynamodb (an item in DynamoDBTable),
	// s3 (an object beside the state, Terraform 1.11 or newer), or both, the
	// step between the two. Default: dynamodb where there is a table.
	Lock string `yaml:"lock"`
}

// The values of backend.s3.lock.
const (
	LockDynamoDB = "dynamodb"
	LockS3       = "s3"
	LockBoth     = "both"
)

// LockTable is the table that locks the state, or "".
func (b *S3Backend) LockTable() string {
	if b.Lock == LockS3 {
		return ""
	}
	return b.DynamoDBTable
}

// LockFile says whether an object in the bucket locks the state.
func (b *S3Backend) LockFile() bool { return b.Lock == LockS3 || b.Lock == LockBoth }

// LocalBackend keeps the state in a file.
type LocalBackend struct {
	Path string `yaml:"path"` // relative to the project's folder; braces allowed
}

// reservedVariables: https://developer.hashicorp.com/terraform/language/values/variables
var reservedVariables = []string{"source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"}

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
		if slices.Contains(reservedVariables, variable) {
			c.fail(path, fmt.Errorf("got %q, which Terraform keeps to itself; use another name", variable))
		}
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
	c.checkLock(path, b, e.Terraform.RequiredVersion)
	c.checkStateKey(path, b)
}

func (c checker) checkLock(path string, b *S3Backend, requiredVersion string) {
	if b.Lock != "" {
		c.choice(path+"lock", b.Lock, LockDynamoDB, LockS3, LockBoth)
	}
	_, given := c.file.lines[path+"dynamodbTable"]
	switch {
	case (b.Lock == LockDynamoDB || b.Lock == LockBoth) && b.DynamoDBTable == "":
		c.fail(path+"lock", fmt.Errorf("got %s without a table, want dynamodbTable too, or lock: s3", b.Lock))
	case b.Lock == LockS3 && given && b.DynamoDBTable != "":
		c.fail(path+"dynamodbTable", fmt.Errorf("got %q with lock s3, which uses no table; remove it, or set lock: both", b.DynamoDBTable))
	}
	if b.LockFile() && !c.wrong["terraform.requiredVersion"] && !excludesBefore(requiredVersion, lockFileVersion) {
		c.fail("terraform.requiredVersion", fmt.Errorf("got %q with lock %s, want at least %q: use_lockfile is new in Terraform 1.11 (an experiment in 1.10), and an older one refuses it",
			requiredVersion, b.Lock, ">= "+lockFileVersion[1:]))
	}
}

// checkStateKey: S3 takes a key of its own region only, and Terraform the ARN
// or id of a key, no alias.
func (c checker) checkStateKey(path string, b *S3Backend) {
	if b.KMSKeyID == "" {
		return
	}
	c.text(path+"kmsKeyId", b.KMSKeyID, kmsKeyARN)
	switch {
	case !b.Encrypt:
		c.fail(path+"kmsKeyId", fmt.Errorf("got a key with encrypt false, which ignores it; set encrypt: true"))
	case !c.wrong[path+"kmsKeyId"] && strings.Split(b.KMSKeyID, ":")[3] != b.Region:
		c.fail(path+"kmsKeyId", fmt.Errorf("got a key in %s, want one in the bucket's region, %s", strings.Split(b.KMSKeyID, ":")[3], b.Region))
	}
}

// lockFileVersion is the first Terraform whose use_lockfile is no experiment.
// https://developer.hashicorp.com/terraform/language/upgrade-guides#s3-native-state-locking
const lockFileVersion = "v1.11.0"

var versionTerm = regexp.MustCompile(`^\s*(>=|>|~>|=|)\s*(\d[0-9a-z.-]*)\s*$`)

// excludesBefore says whether a constraint refuses every version before the
// given one: one of its terms, all of which must hold, is a lower bound that
// high.
func excludesBefore(constraint, version string) bool {
	return slices.ContainsFunc(strings.Split(constraint, ","), func(term string) bool {
		m := versionTerm.FindStringSubmatch(term)
		return m != nil && semver.Compare("v"+m[2], version) >= 0
	})
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
