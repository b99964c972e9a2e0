package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// StateBackend is the stack that holds other stacks' states: an S3 bucket and
// a DynamoDB lock table, unless every stack locks by S3. Both are named by the
// stacks' backends, so that the two sides cannot differ. Its own state is a
// local file.
type StateBackend struct {
	Kind  string    `yaml:"kind"`  // state-backend
	Stack string    `yaml:"stack"` // stack name; default: the file's name without .yaml
	Of    OneOrMore `yaml:"of"`    // the stack, or the list of stacks, whose states are held here

	LocalStatePath string        `yaml:"localStatePath"` // relative to the project's folder; {stack} allowed
	Bucket         StateBucket   `yaml:"bucket"`
	LockTable      LockTable     `yaml:"lockTable"`
	KMSKey         *StateKey     `yaml:"kmsKey"` // null: AWS's own keys encrypt bucket and table
	Backup         *StateBackup  `yaml:"backup"` // null: object versions and point-in-time recovery alone
	Terraform      TerraformBase `yaml:"terraform"`

	// For is what the backends of the stacks in Of have in common. Its
	// DynamoDBTable is empty when none of them locks by a table. Filled when
	// loading.
	For  S3Backend `yaml:"-"`
	file *file
}

// TerraformBase holds the version constraints of a stack.
type TerraformBase struct {
	RequiredVersion    string `yaml:"requiredVersion"`
	AWSProviderVersion string `yaml:"awsProviderVersion"`
}

// StateBucket is how the state bucket guards what it holds.
type StateBucket struct {
	PreventDestroy bool `yaml:"preventDestroy"` // terraform refuses to destroy bucket and table
	ForceDestroy   bool `yaml:"forceDestroy"`   // destroy the bucket with states in it

	NoncurrentVersionExpirationDays    int `yaml:"noncurrentVersionExpirationDays"`    // days until an old version may be deleted
	NewerNoncurrentVersions            int `yaml:"newerNoncurrentVersions"`            // old versions kept however old they are, 1 to 100
	AbortIncompleteMultipartUploadDays int `yaml:"abortIncompleteMultipartUploadDays"` // days until a broken upload is removed

	AccessLogs *AccessLogs `yaml:"accessLogs"` // null: none
}

// AccessLogs are S3's server access logs: who read or wrote a state.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
type AccessLogs struct {
	TargetBucket string `yaml:"targetBucket"` // existing, in the same region and account, with a policy that admits logging.s3.amazonaws.com
	TargetPrefix string `yaml:"targetPrefix"` // such as terraform-state/; default: none
}

// LockTable is how the lock table guards itself.
type LockTable struct {
	DeletionProtection bool `yaml:"deletionProtection"`
}

func defaultStateBackend(stack string) *StateBackend {
	return &StateBackend{
		Kind:           KindStateBackend,
		Stack:          stack,
		LocalStatePath: "terraform.{stack}.tfstate",
		Terraform:      TerraformBase{RequiredVersion: ">= 1.2.0", AWSProviderVersion: ">= 5.82.0, < 6.0.0"},
		Bucket: StateBucket{
			PreventDestroy:                     true,
			NoncurrentVersionExpirationDays:    90,
			NewerNoncurrentVersions:            10,
			AbortIncompleteMultipartUploadDays: 7,
		},
		LockTable: LockTable{DeletionProtection: true},
	}
}

func (s *StateBackend) validate() error {
	c := newChecker(s.file)
	c.text("stack", s.Stack, stackName)
	checkStacks(c, "of", s.Of, "the stack whose state this one holds")
	c.text("localStatePath", s.StatePath(), statePath)
	c.text("terraform.requiredVersion", s.Terraform.RequiredVersion, version)
	c.text("terraform.awsProviderVersion", s.Terraform.AWSProviderVersion, version)
	b := s.Bucket
	c.number("bucket.noncurrentVersionExpirationDays", b.NoncurrentVersionExpirationDays, 1, 36500)
	c.number("bucket.newerNoncurrentVersions", b.NewerNoncurrentVersions, 1, 100)
	c.number("bucket.abortIncompleteMultipartUploadDays", b.AbortIncompleteMultipartUploadDays, 1, 365)
	if b.PreventDestroy && b.ForceDestroy {
		c.fail("bucket.forceDestroy", fmt.Errorf("got true with preventDestroy true, which forbids it; set preventDestroy: false to mean it"))
	}
	if l := b.AccessLogs; l != nil {
		c.text("bucket.accessLogs.targetBucket", l.TargetBucket, bucketName)
		c.text("bucket.accessLogs.targetPrefix", l.TargetPrefix, orEmpty(keyPrefix))
	}
	if s.KMSKey != nil {
		s.KMSKey.check(c)
	}
	if s.Backup != nil {
		s.Backup.check(c)
	}
	return c.err()
}

// checkStacks checks a list of stacks by itself: at least one, none twice.
func checkStacks(c checker, path string, stacks OneOrMore, what string) {
	if len(stacks) == 0 || slices.Contains(stacks, "") {
		c.fail(path, fmt.Errorf("missing, want %s, e.g. %s: dev", what, path))
	}
	for i, name := range stacks {
		if slices.Contains(stacks[:i], name) {
			c.fail(stacks.path(path, i), fmt.Errorf("got %q twice", name))
		}
	}
}

// path is where an element stands: the setting itself for a list of one.
func (o OneOrMore) path(setting string, i int) string {
	if len(o) == 1 {
		return setting
	}
	return fmt.Sprintf("%s[%d]", setting, i)
}

// resolve takes over the backend of the stacks whose states this one holds.
func (s *StateBackend) resolve(workers []*Environment) error {
	var p problems
	first := ""
	for i, name := range s.Of {
		path := s.Of.path("of", i)
		e, err := findS3Stack(workers, name)
		if err != nil {
			p.add(s.file.errorf(path, "%s", err))
		}
		if e == nil {
			continue
		}
		b := *e.Terraform.Backend.S3
		b.DynamoDBTable = b.LockTable()
		if first == "" {
			first, s.For = name, b
		}
		if s.For.DynamoDBTable == "" {
			s.For.DynamoDBTable = b.DynamoDBTable
		}
		differs := func(what, got, want string) {
			if got != want {
				p.add(s.file.errorf(path, "got %q with %s %s, want %s as %q has: one state backend is one bucket and one table", name, what, got, want, first))
			}
		}
		differs("bucket", b.Bucket, s.For.Bucket)
		differs("region", b.Region, s.For.Region)
		if b.DynamoDBTable != "" {
			differs("dynamodbTable", b.DynamoDBTable, s.For.DynamoDBTable)
		}
		if k := s.KMSKey; k != nil && k.ARN != "" && b.KMSKeyID != "" && b.KMSKeyID != k.ARN {
			p.add(s.file.errorf("kmsKey.arn", "got %s, want %s, the terraform.backend.s3.kmsKeyId of %q", k.ARN, b.KMSKeyID, name))
		}
	}
	if l := s.Bucket.AccessLogs; l != nil && l.TargetBucket == s.For.Bucket {
		p.add(s.file.errorf("bucket.accessLogs.targetBucket", "got %q, the state bucket itself, want another: every log written would be logged", l.TargetBucket))
	}
	return p.err()
}

// findS3Stack is the stack of a name, which must keep its state in S3. It is
// nil where no environment could be read at all: that is reported already.
func findS3Stack(workers []*Environment, name string) (*Environment, error) {
	var names []string
	for _, e := range workers {
		if e.Stack == name {
			if e.Terraform.Backend.S3 == nil {
				return nil, fmt.Errorf("got %q, whose state is not in S3; set terraform.backend.s3 in it", name)
			}
			return e, nil
		}
		names = append(names, e.Stack)
	}
	if len(names) == 0 || name == "" {
		return nil, nil
	}
	return nil, fmt.Errorf("no such stack: %s", notOneOf(name, names))
}

// StatePath is the file of the stack's own state, relative to the project's
// folder.
func (s *StateBackend) StatePath() string {
	return strings.ReplaceAll(s.LocalStatePath, "{stack}", s.Stack)
}

// identity says which setting names the state and what state that is, so that
// no two stacks overwrite each other's.
func (e *Environment) identity() (path, state string) {
	b := e.Terraform.Backend
	switch {
	case b.S3 != nil:
		return "terraform.backend.s3.key", "s3://" + b.S3.Bucket + "/" + e.Expand(b.S3.Key)
	case b.Local != nil:
		return "terraform.backend.local.path", "file " + e.Expand(b.Local.Path)
	}
	return "terraform.backend", "none of " + e.Stack // reported already
}

// statePath keeps a state inside the project: a path of one machine in the
// synthesized JSON would be another's mistake.
func statePath(value string) error {
	if value == "" || filepath.IsAbs(value) || !filepath.IsLocal(value) || strings.Contains(value, `\`) {
		return fmt.Errorf("got %q, want a path inside the project's folder such as terraform.dev.tfstate", value)
	}
	return pattern(`[A-Za-z0-9._/{}-]+`, 255, "letters, digits or ._/-")(value)
}
