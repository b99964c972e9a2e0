package main

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/plan"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review/cause"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/revision"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// version is what git has of a stack's files.
type version struct {
	cause.Version
	name string // "main (b3dd2b9)"
}

// committed is the version that is deployed most likely: what the branch that is
// deployed has, as far as the checkout knows it, else the last commit. It is empty
// where there is no git.
func committed(ctx context.Context, environments, stack string) version {
	for _, name := range []string{"main", "origin/main", "master", "origin/master", "HEAD"} {
		r, err := revision.Find(ctx, environments, name)
		if err != nil {
			continue
		}
		if v, err := read(ctx, r, environments, stack); err == nil && slices.Contains(cause.Stacks(v.Version), stack) {
			return v
		}
	}
	return version{}
}

func read(ctx context.Context, r *revision.Revision, environments, stack string) (version, error) {
	folder, err := r.Within(environments)
	if err != nil {
		return version{}, err
	}
	tmp, err := os.MkdirTemp("", "prefect-ecs-plan-")
	if err != nil {
		return version{}, err
	}
	defer os.RemoveAll(tmp)
	if _, err := r.Extract(ctx, folder, tmp); err != nil {
		return version{}, err
	}
	v, err := cause.Read(tmp, environments, stack)
	return version{v, r.String()}, err
}

// causes are those of a stack's changes.
type causes struct {
	stack    *plan.Stack
	before   version
	after    cause.Version
	prepared *cause.Causes // nil where before is not known, or no other than after
	used     *cause.Causes // those of the review
	err      error
}

// explain prepares to say what caused each change. Where the files are as they were
// committed, most likely nothing changes, and nothing is prepared.
func explain(s *plan.Stack, before version, environments string) *causes {
	c := &causes{stack: s, before: before}
	if c.after, c.err = cause.Read(environments, environments, s.Name); c.err != nil {
		return c
	}
	if c.after.JSON, c.err = os.ReadFile(filepath.Join(s.Dir, synthesized.FileName)); c.err != nil {
		return c
	}
	if len(before.Files) == 0 || maps.EqualFunc(before.Files, c.after.Files, bytes.Equal) {
		return c
	}
	if c.prepared, c.err = c.compare(before.Version, nil); c.err == nil {
		c.prepared.Prepare()
		c.before.JSON = c.prepared.Before()
	}
	return c
}

func (c *causes) compare(before cause.Version, changes []review.ResourceChange) (*cause.Causes, error) {
	return cause.Compare(before, c.after, cause.Options{Stack: c.stack.Name, Changes: changes, Given: c.stack.Given(), Within: cause.Within, AtLeast: cause.AtLeast})
}

// input is what a plan's review is made of.
func (c *causes) input(p *tfjson.Plan) review.Input {
	in := review.Input{Stack: c.stack.Name, Planned: true, Changes: review.FromPlan(p)}
	if !slices.ContainsFunc(in.Changes, func(change review.ResourceChange) bool { return change.Action != "" }) {
		return in
	}
	why, err := c.prepared, c.err
	switch {
	case err != nil:
	case isNew(p):
		why, err = c.compare(cause.Version{}, in.Changes)
	case why == nil:
		why, err = c.compare(c.before.Version, in.Changes) // the files are as committed, or there is no git
	}
	if err != nil {
		in.Notes = append(in.Notes, "What caused each change is not known: "+strings.ReplaceAll(err.Error(), "\n", " ")+".")
	} else {
		why.Changes = in.Changes
		in.Causes, c.used = why.Of, why
	}
	// What it costs more or less: than nothing, if the stack is new, or than what the
	// committed files create. Where these are no others the state is of files that nobody
	// has here, and the difference is not known.
	in.After = c.parse(c.after)
	if !isNew(p) && c.before.JSON != nil {
		in.Before = c.parse(c.before.Version)
	}
	return in
}

// parse reads what was synthesized of a version, with the variables' values.
func (c *causes) parse(v cause.Version) *synthesized.Stack {
	stack, err := synthesized.ParseWith(v.JSON, v.Files)
	if err != nil {
		return nil
	}
	for name, value := range c.stack.Values() {
		stack.SetVariable(name, value)
	}
	return stack
}

// isNew says whether nothing of the stack is there yet.
func isNew(p *tfjson.Plan) bool {
	return p.PriorState == nil || p.PriorState.Values == nil || p.PriorState.Values.RootModule == nil ||
		!slices.ContainsFunc(p.PriorState.Values.RootModule.Resources, func(r *tfjson.StateResource) bool { return r.Mode == tfjson.ManagedResourceMode })
}
