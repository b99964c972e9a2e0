package config

import (
	"fmt"
	"path/filepath"
	"strings"
)

// StateBackend is the stack that holds another stack's state: an S3 bucket and
// a DynamoDB lock table. Both are named by that stack's backend, so that the
// two cannot differ. Its own state is a local file.
type StateBackend struct {
	Kind  string `yaml:"kind"`  // state-backend
	Stack string `yaml:"stack"` // stack name; default: the file's name without .yaml
	Of    string `yaml:"of"`    // the stack whose state is held here

	LocalStatePath string        `yaml:"localStatePath"` // relative to the project's folder; {stack} allowed
	Bucket         StateBucket   `yaml:"bucket"`
	LockTable      LockTable     `yaml:"lockTable"`
	Terraform      TerraformBase `yaml:"terraform"`

	For  S3Backend `yaml:"-"` // the backend of the stack Of; filled when loading
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
	if s.Of == "" {
		c.fail("of", fmt.Errorf("missing, want the stack whose state this one holds, e.g. of: dev"))
	}
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
	return c.err()
}

// resolve takes over the backend of the stack whose state this one holds.
func (s *StateBackend) resolve(workers []*Environment) error {
	var names []string
	for _, e := range workers {
		if e.Stack == s.Of {
			if e.Terraform.Backend.S3 == nil {
				return s.file.errorf("of", "got %q, whose state is not in S3; set terraform.backend.s3 in it", s.Of)
			}
			s.For = *e.Terraform.Backend.S3
			return nil
		}
		names = append(names, e.Stack)
	}
	if s.Of == "" || len(names) == 0 {
		return nil // reported already
	}
	return s.file.errorf("of", "no such stack: %s", notOneOf(s.Of, names))
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
