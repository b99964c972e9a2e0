package beside

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
)

// record lists, in a stack's folder, the files in it that were copied: only they
// are removed when they are gone beside the environment file.
const record = ".copied-files"

// Put copies what lies beside each stack to where it was synthesized, dir, from
// where all takes its place in out together. What a record in out does not list is
// somebody else's and stays: the error has a line for each file in the way.
func (b *Beside) Put(dir, out string) error {
	var errs []error
	for _, f := range b.folders {
		errs = append(errs, f.put(filepath.Join(dir, "stacks", f.Stack), filepath.Join(out, "stacks", f.Stack)))
	}
	return errors.Join(errs...)
}

func (f *folder) put(dir, out string) error {
	if f.lock != nil {
		// Over what an earlier init wrote there.
		if err := os.WriteFile(filepath.Join(dir, config.LockFileName), f.lock, 0o644); err != nil {
			return err
		}
	}
	copied, err := copiedTo(out)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range f.files {
		path := filepath.FromSlash(c.name)
		if _, err := os.Lstat(filepath.Join(dir, path)); err == nil {
			errs = append(errs, fmt.Errorf("%s: got the name of a file that is synthesized, want another", filepath.Join(f.dir, path)))
			continue
		}
		if err := inTheWay(out, c, copied[c.name]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", filepath.Join(f.dir, path), err))
			continue
		}
		copied[c.name] = true
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, path), c.data, c.mode); err != nil {
			return err
		}
	}
	if len(copied) > 0 { // the old ones too, until Clean has removed them
		errs = append(errs, os.WriteFile(filepath.Join(dir, record), list(copied), 0o644))
	}
	return errors.Join(errs...)
}

// inTheWay says what of somebody else's is where a file is to be copied.
func inTheWay(out string, c file, ours bool) error {
	at := out
	for part := range strings.SplitSeq(c.name, "/") {
		at = filepath.Join(at, part)
		info, err := os.Lstat(at)
		if err != nil {
			return nil // nothing there
		}
		if at != filepath.Join(out, filepath.FromSlash(c.name)) {
			if !info.IsDir() {
				return fmt.Errorf("%s is in the way; remove it", at)
			}
			continue
		}
		there, _ := os.ReadFile(at)
		if !info.Mode().IsRegular() || !ours && !bytes.Equal(there, c.data) {
			return fmt.Errorf("%s is in the way, which synthesis did not put there; remove it", at)
		}
	}
	return nil
}

// Clean removes from out what an earlier synthesis copied and is gone now.
func (b *Beside) Clean(out string) error {
	for _, f := range b.folders {
		if err := f.clean(filepath.Join(out, "stacks", f.Stack)); err != nil {
			return err
		}
	}
	return nil
}

func (f *folder) clean(out string) error {
	copied, err := copiedTo(out)
	if err != nil {
		return err
	}
	before := len(copied)
	for _, name := range slices.Sorted(maps.Keys(copied)) {
		if slices.ContainsFunc(f.files, func(c file) bool { return c.name == name }) {
			continue
		}
		path := filepath.Join(out, filepath.FromSlash(name))
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return err
		}
		for dir := filepath.Dir(path); dir != out && os.Remove(dir) == nil; dir = filepath.Dir(dir) { // if it is empty
		}
		delete(copied, name)
	}
	switch file := filepath.Join(out, record); {
	case len(copied) == before:
		return nil
	case len(copied) == 0:
		return os.Remove(file)
	default:
		return os.WriteFile(file, list(copied), 0o644)
	}
}

// copiedTo reads the record in a stack's folder. A line that is no file below the
// folder is nobody's.
func copiedTo(out string) (map[string]bool, error) {
	text, err := os.ReadFile(filepath.Join(out, record))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	copied := map[string]bool{}
	for name := range strings.Lines(string(text)) {
		name = strings.TrimSuffix(name, "\n")
		if name != "" && filepath.IsLocal(name) && !strings.HasPrefix(name, ".") {
			copied[name] = true
		}
	}
	return copied, nil
}

func list(copied map[string]bool) []byte {
	return []byte(strings.Join(slices.Sorted(maps.Keys(copied)), "\n") + "\n")
}
