// Package beside is for what lies beside an environment file, in a folder of the
// stack's name: Terraform of the team's own, which becomes a part of the stack,
// and the lock file of its providers. It checks them together with what was
// synthesized, as one Terraform module, and puts them where Terraform runs.
package beside

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Beside is what lies beside environment files.
type Beside struct{ folders []*folder }

// folder is what lies beside one of them, or nothing.
type folder struct {
	*config.Module
	dir   string // environments/<stack>
	files []file // that are copied
	lock  []byte // nil: none
}

// file is one that is copied: Terraform, or what it refers to by path.module.
type file struct {
	name string // below the folder, with slashes
	data []byte
	mode fs.FileMode
}

// Read reads the folders beside the environment files in dir. The error has a
// line for each file that cannot be taken, and for each folder that is no stack's.
func Read(c *config.Config, dir string) (*Beside, error) {
	locks, err := c.Locks(dir)
	errs := []error{err}
	b := &Beside{}
	for _, m := range c.Modules() {
		f := &folder{Module: m, dir: filepath.Join(dir, m.Stack)}
		for _, l := range locks {
			if l.Stack == m.Stack {
				f.lock = l.Text
			}
		}
		f.files, err = filesIn(f.dir)
		b.folders, errs = append(b.folders, f), append(errs, err)
	}
	return b, errors.Join(append(errs, strangers(dir, c.Stacks()))...)
}

// Only leaves out all stacks but one.
func (b *Beside) Only(stack string) {
	b.folders = slices.DeleteFunc(b.folders, func(f *folder) bool { return f.Stack != stack })
}

// strangers finds folders with something to take that are no stack's: their
// environment file is gone or has another name, and with it what they create.
func strangers(dir string, stacks []string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || slices.Contains(stacks, e.Name()) {
			continue
		}
		_, err := os.Lstat(filepath.Join(name, config.LockFileName))
		if files, broken := filesIn(name); err != nil && broken == nil && len(files) == 0 {
			continue
		}
		did := ""
		if near := settings.Nearest(e.Name(), stacks); near != "" {
			did = fmt.Sprintf(", did you mean %q?", near)
		}
		errs = append(errs, fmt.Errorf("%s: got a folder without a stack of that name%s; want %s.yaml beside it, or remove the folder", name, did, name))
	}
	return errors.Join(errs...)
}

// left are the files that are not copied: a state or a plan, the values of
// variables, which may be secrets and are given by -var-file, and what editors
// leave, which Terraform does not read either.
var left = []string{".*", "*~", "#*#", "*.tfstate", "*.tfstate.*", "*.tfvars", "*.tfvars.json", "*.tfplan", "tfplan"}

// filesIn reads the files in a folder that are copied, in order. The error has a
// line for each that cannot be.
func filesIn(dir string) ([]file, error) {
	var all []file
	var errs []error
	refuse := func(path, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: "+format, append([]any{path}, args...)...))
	}
	info, err := os.Lstat(dir)
	switch {
	case os.IsNotExist(err):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s: got a file, want a folder with the stack's Terraform", dir)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			refuse(path, "cannot be read: %w", err)
			return nil
		}
		if path == dir {
			return nil
		}
		for _, pattern := range left {
			if match, _ := filepath.Match(pattern, d.Name()); match && d.IsDir() {
				return fs.SkipDir
			} else if match {
				return nil
			}
		}
		if d.IsDir() {
			return nil
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if !d.Type().IsRegular() {
			refuse(path, "cannot be copied: it is not a regular file; want the file itself")
			return nil
		}
		if strings.ContainsFunc(name, unicode.IsControl) {
			refuse(fmt.Sprintf("%q", path), "got a name with a control character, want another")
			return nil
		}
		if strings.EqualFold(name, "cdk.tf.json") {
			refuse(path, "got the name of a synthesized file, want another")
			return nil
		}
		data, err := config.ReadRegular(path)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		if at := config.PrefectKey.FindIndex(data); at != nil {
			refuse(fmt.Sprintf("%s:%d", path, 1+bytes.Count(data[:at[0]], []byte("\n"))),
				"got a Prefect API key, want none: a secret must never be in a file; give it as a Terraform variable, e.g. TF_VAR_prefect_api_key")
		}
		info, err := d.Info()
		if err != nil {
			refuse(path, "cannot be read: %w", err)
			return nil
		}
		all = append(all, file{name, data, info.Mode().Perm()&0o111 | 0o644})
		return nil
	})
	return all, errors.Join(append(errs, err)...)
}

// Check checks what lies beside each stack that was synthesized to dir, and
// terraform.import, moved and removed of its environment file, against the stack.
// What modules beyond the folder are is looked up from out, where Terraform runs.
// The error has a line for each thing that Terraform would refuse, or that would
// lose what exists.
func (b *Beside) Check(dir, out string) error {
	var errs []error
	for _, f := range b.folders {
		t := f.Terraform
		if len(f.files) == 0 && len(t.Import) == 0 && len(t.Moved) == 0 && len(t.Removed) == 0 {
			continue
		}
		made, err := os.ReadFile(filepath.Join(dir, "stacks", f.Stack, "cdk.tf.json"))
		if err != nil {
			return err
		}
		errs = append(errs, f.check(made, filepath.Join(out, "stacks", f.Stack)))
	}
	return errors.Join(errs...)
}
