package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclparse"
)

// LockFileName is what Terraform calls its dependency lock file.
// https://developer.hashicorp.com/terraform/language/files/dependency-lock
const LockFileName = ".terraform.lock.hcl"

// Lock is a stack's dependency lock file: the versions and checksums of its
// providers, which Terraform wrote and init holds it to.
type Lock struct {
	Stack string
	Text  []byte
}

// LockFile is where a stack's lock file lies beside its environment file in
// dir: in a folder of the stack's name.
func LockFile(dir, stack string) string { return filepath.Join(dir, stack, LockFileName) }

// Locks reads the lock files that lie beside the environment files in dir.
// Most stacks need none. The error has a line for each invalid file, and
// for each whose version the stack's constraint refuses: init would say so, but
// the CDKTF CLI would take another version instead.
func (c *Config) Locks(dir string) ([]Lock, error) {
	var locks []Lock
	var errs []error
	for _, m := range c.Modules() {
		name := LockFile(dir, m.Stack)
		if _, err := os.Lstat(name); os.IsNotExist(err) {
			continue
		}
		text, err := ReadRegular(name)
		if err == nil {
			err = checkLock(name, text, m.Stack, m.Terraform.AWSProviderVersion)
		}
		locks, errs = append(locks, Lock{m.Stack, text}), append(errs, err)
	}
	return locks, errors.Join(errs...)
}

// LockedProvider is a provider in a lock file.
type LockedProvider struct {
	Source  string   `hcl:"source,label"`
	Version string   `hcl:"version"`
	Hashes  []string `hcl:"hashes,optional"`
	Rest    hcl.Body `hcl:",remain"`
}

// IsAWS says whether it is the AWS provider, from whichever registry.
func (p LockedProvider) IsAWS() bool { return strings.HasSuffix(p.Source, "/hashicorp/aws") }

// LockedProviders are those of a lock file. Errors call it by its name.
func LockedProviders(name string, text []byte) ([]LockedProvider, hcl.Diagnostics) {
	file, diagnostics := hclparse.NewParser().ParseHCL(text, name)
	if diagnostics.HasErrors() {
		return nil, diagnostics
	}
	var lock struct {
		Providers []LockedProvider `hcl:"provider,block"`
	}
	diagnostics = gohcl.DecodeBody(file.Body, nil, &lock)
	return lock.Providers, diagnostics
}

// OtherProviders are those in a stack's lock file besides AWS's, which make lock
// would lose: Terraform beside the environment file, or its modules, need them.
func OtherProviders(name string) ([]string, error) {
	text, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	providers, diagnostics := LockedProviders(name, text)
	if diagnostics.HasErrors() {
		return nil, nil // it is to be written again
	}
	var others []string
	for _, p := range providers {
		if !p.IsAWS() {
			others = append(others, p.Source)
		}
	}
	return others, nil
}

func checkLock(name string, text []byte, stack, constraint string) error {
	again := "; write it again: make lock STACK=" + stack
	providers, diagnostics := LockedProviders(name, text)
	if errs := diagnostics.Errs(); len(errs) > 0 {
		err, line := errs[0], 1
		var first *hcl.Diagnostic
		if errors.As(err, &first) && first.Subject != nil {
			line = first.Subject.Start.Line
			err = errors.New(first.Summary)
		}
		return fmt.Errorf("%s:%d: got no valid lock file (%w), want what terraform init writes%s", name, line, err, again)
	}
	for _, p := range providers {
		if !p.IsAWS() {
			continue
		}
		line := p.Rest.MissingItemRange().Start.Line
		locked, err := version.NewVersion(p.Version)
		if err != nil {
			return fmt.Errorf("%s:%d: version of hashicorp/aws: got %q, want a version such as \"6.34.0\"%s", name, line, p.Version, again)
		}
		allowed, err := version.NewConstraint(constraint)
		if err == nil && !allowed.Check(locked) {
			return fmt.Errorf("%s:%d: version of hashicorp/aws: got %s, want one that terraform.awsProviderVersion allows, %q%s", name, line, p.Version, constraint, again)
		}
		if len(p.Hashes) == 0 {
			return fmt.Errorf("%s:%d: hashes of hashicorp/aws: got none, want the checksums of the provider: without one init takes whatever it gets%s", name, line, again)
		}
		return nil
	}
	return fmt.Errorf("%s: got no provider hashicorp/aws, want the one that the stack needs%s", name, again)
}
