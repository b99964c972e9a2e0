package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review/cause"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/revision"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synth"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// version is what the stacks are made of at one time. It is whole in memory: what it
// was read from may be gone.
type version struct {
	name     string // "main (b3dd2b9)"
	none     bool   // there is nothing to compare with
	own      bool   // its own program made json, for the app's code is another
	config   *config.Config
	files    map[string]cause.Version // by stack
	json     map[string][]byte        // by stack
	warnings []config.Warning
}

// stacks are the names of a version's stacks.
func (v *version) stacks() []string {
	return slices.Sorted(maps.Keys(v.files))
}

// load reads the environment files in dir, which messages and causes show as show.
func load(name, dir, show string) (*version, error) {
	p, err := synth.Load(dir, "")
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), dir, show))
	}
	v := &version{name: name, config: p.Config, files: map[string]cause.Version{}}
	for _, w := range p.Warnings {
		v.warnings = append(v.warnings, config.Warning{Stack: w.Stack, Text: strings.ReplaceAll(w.Text, dir, show)})
	}
	for _, stack := range p.Stacks() {
		if v.files[stack], err = cause.Read(dir, show, stack); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// working is what lies in the checkout, committed or not.
func (q *request) working() (*version, error) {
	return load("the checkout", q.environments, q.environments)
}

// earlier is what the base held. Where its program is this one's, only its environment
// files are needed.
func (q *request) earlier(ctx context.Context, after *version) (*version, error) {
	r, err := revision.Find(ctx, q.environments, q.base)
	if err != nil {
		if q.plan != "" && ctx.Err() == nil { // which says what changes; only the cause is not known
			return &version{none: true}, nil
		}
		return nil, err
	}
	folder, err := r.Within(q.environments)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "review-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	own, err := q.programDiffers(ctx, r)
	if err != nil {
		return nil, err
	}
	if own == "" {
		had, err := r.Extract(ctx, folder, tmp)
		if err != nil {
			return nil, err
		}
		if !had {
			return &version{name: r.String(), files: map[string]cause.Version{}}, nil
		}
		v, err := load(r.String(), tmp, q.environments)
		if err != nil {
			return nil, fmt.Errorf("%s has environment files that cannot be read; give another BASE:\n%w", r, err)
		}
		return v, nil
	}
	if _, err := r.Extract(ctx, ".", tmp); err != nil {
		return nil, err
	}
	environments := filepath.Join(tmp, folder)
	files, err := cause.Read(environments, q.environments, "")
	if err != nil {
		return nil, err
	}
	if err := q.known(slices.Concat(cause.Stacks(files), after.stacks())); err != nil { // before its program runs
		return nil, err
	}
	return q.byItsOwnProgram(ctx, r, environments, tmp, own)
}

// byItsOwnProgram synthesizes the base, extracted to tmp, with the app's code as it was there.
func (q *request) byItsOwnProgram(ctx context.Context, r *revision.Revision, environments, tmp, differs string) (*version, error) {
	step := q.log.Start(progress.Task{What: "building and running the program of " + r.String() + ", because " + differs + " is another one there", Key: "review base program", About: "a minute"})
	v := &version{name: r.String(), own: true, files: map[string]cause.Version{}, json: map[string][]byte{}}
	err := func() error {
		if _, err := os.Stat(environments); err != nil {
			return nil // all stacks are new
		}
		out, clean, err := synthesized.Synthesize(ctx, tmp, environments, "")
		if err != nil {
			return fmt.Errorf("the program of %s cannot synthesize its stacks; give another BASE: %w", r, err)
		}
		defer clean()
		made, err := filepath.Glob(filepath.Join(out, "*", synthesized.FileName))
		if err != nil {
			return err
		}
		for _, file := range made {
			stack := filepath.Base(filepath.Dir(file))
			if v.json[stack], err = os.ReadFile(file); err != nil {
				return err
			}
			if v.files[stack], err = cause.Read(environments, q.environments, stack); err != nil {
				return err
			}
		}
		return nil
	}()
	return v, step.Done(err)
}

// programDiffers names a file by which the base's program is another one than this,
// or "" where it is the same.
func (q *request) programDiffers(ctx context.Context, r *revision.Revision) (string, error) {
	if same, err := r.Within(q.root); err != nil || same != "." {
		return "", err // the environments are another repository's; the program is this one
	}
	changed, err := r.Changed(ctx)
	if err != nil || len(changed) == 0 {
		return "", err
	}
	out, err := process.Output(ctx, process.Command{Path: "go", Args: []string{"list", "-deps", "-json=Dir,GoFiles,EmbedFiles,CgoFiles,OtherFiles,Module", "."}, Dir: q.root})
	if err != nil {
		return "", err
	}
	uses := map[string]bool{}
	folders := map[string]bool{}
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p struct {
			Dir                                       string
			GoFiles, EmbedFiles, CgoFiles, OtherFiles []string
			Module                                    *struct{ Main bool }
		}
		if err := d.Decode(&p); err != nil {
			return "", err
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		dir, err := filepath.Rel(q.root, p.Dir)
		if err != nil {
			return "", err
		}
		folders[dir] = true
		for _, file := range slices.Concat(p.GoFiles, p.EmbedFiles, p.CgoFiles, p.OtherFiles) {
			uses[filepath.Join(dir, file)] = true
		}
	}
	for _, file := range changed {
		gone := strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") && folders[filepath.Dir(file)]
		if uses[file] || gone || slices.Contains([]string{"go.mod", "go.sum", "cdktf.json"}, file) {
			return file, nil
		}
	}
	return "", nil
}

// synthesize creates the JSON of a version's stacks, unless its own program has.
func (v *version) synthesize() error {
	if v.json != nil || v.config == nil {
		return nil
	}
	made, err := synth.JSON(v.config)
	v.json = made
	return err
}

// stack is one of a version's, nil where it has none.
func (v *version) stack(name string) (*synthesized.Stack, error) {
	if v.json[name] == nil {
		return nil, nil
	}
	s, err := synthesized.ParseWith(v.json[name], v.files[name].Files)
	if err != nil {
		return nil, fmt.Errorf("stack %s of %s: %w", name, v.name, err)
	}
	return s, nil
}
