package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/diagram"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review/cause"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review/markdown"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review/page"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// written is a stack's review, with what pictures are drawn from.
type written struct {
	review        *review.Review
	before, after *synthesized.Stack
}

// compare reviews a stack; nil where nothing differs, unless it was asked for.
func compare(name string, before, after *version, plan *tfjson.Plan, asked bool) (*written, error) {
	was, err := before.stack(name)
	if err != nil {
		return nil, err
	}
	is, err := after.stack(name)
	if err != nil {
		return nil, err
	}
	in := review.Input{Stack: name, Base: before.name, Before: was, After: is}
	if plan != nil {
		in.Planned, in.Changes = true, review.FromPlan(plan)
	} else {
		in.Changes = review.FromStacks(was, is)
	}
	var causes *cause.Causes
	if len(review.Of(in).Lines) == 0 { // before anybody asks why
		if !asked {
			return nil, nil
		}
	} else {
		from, to := before.files[name], after.files[name]
		from.JSON, from.Other, to.JSON = before.json[name], before.own, after.json[name]
		var err error
		causes, err = cause.Compare(from, to, cause.Options{Stack: name, Changes: in.Changes, Within: cause.Within, AtLeast: cause.AtLeast})
		if err != nil {
			in.Notes = append(in.Notes, "What caused each change is not known: "+strings.ReplaceAll(err.Error(), "\n", " ")+".")
		} else {
			in.Causes = causes.Of
		}
	}
	switch {
	case was == nil && !before.none:
		in.Notes = append(in.Notes, "The stack is new: "+before.name+" does not have it.")
	case is == nil:
		in.Notes = append(in.Notes, "The stack is no longer in the checkout. That alone destroys nothing: run cdktf destroy "+name+" on "+before.name+" first.")
	}
	for _, w := range after.warnings {
		if w.Stack == name && !slices.Contains(before.warnings, w) && !before.own {
			in.Notes = append(in.Notes, "New warning: "+w.Text+".")
		}
	}
	made := review.Of(in)
	if causes != nil {
		causes.Complete(made)
	}
	return &written{made, was, is}, nil
}

// readPlan reads the plan that is asked for; nil for none.
func (q *request) readPlan(ctx context.Context) (*tfjson.Plan, error) {
	if q.plan == "" {
		return nil, nil
	}
	read := func() ([]byte, error) { return os.ReadFile(q.plan) }
	if q.plan == "-" {
		read = func() ([]byte, error) { return io.ReadAll(os.Stdin) }
	}
	data, err := read()
	if err != nil {
		return nil, fmt.Errorf("PLAN: %w; create one in cdktf.out/stacks/%s: terraform plan -out=tfplan", err, q.stack)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		if data, err = q.showPlan(ctx); err != nil {
			return nil, err
		}
	}
	plan := &tfjson.Plan{}
	if err := json.Unmarshal(data, plan); err != nil {
		return nil, fmt.Errorf("%s: no plan: %w; want a file of terraform plan -out, or of terraform show -json", q.plan, err)
	}
	return plan, nil
}

// showPlan has Terraform write a saved plan as JSON, where the plan was made.
func (q *request) showPlan(ctx context.Context) ([]byte, error) {
	tools, err := toolchain.Prepare(ctx, q.root, os.Stderr, toolchain.TerraformAlone)
	if err != nil {
		return nil, err
	}
	file, err := filepath.Abs(q.plan)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(q.root, "cdktf.out", "stacks", q.stack)
	var said bytes.Buffer
	out, err := process.Output(ctx, process.Command{Path: tools.Terraform.Path, Args: []string{"show", "-json", "-no-color", file}, Dir: dir, Stderr: &said})
	if err != nil {
		return nil, fmt.Errorf("%s: Terraform cannot show it in %s; it has to be the plan of this stack, with the providers of terraform init there:\n%s", q.plan, dir, strings.TrimSpace(said.String()))
	}
	return out, nil
}

// file is one that is written.
type file struct {
	name string
	text []byte
}

// files are the page and the comments, where they are asked for.
func (q *request) files(ctx context.Context, all []written) ([]file, error) {
	var files []file
	if q.html != "" {
		text, err := q.page(ctx, all)
		if err != nil {
			return nil, err
		}
		files = append(files, file{q.html, text})
	}
	if q.markdown == "" {
		return files, nil
	}
	o := markdown.Options{Whole: q.whole}
	if q.planText != "" {
		text, err := os.ReadFile(q.planText)
		if err != nil {
			return nil, fmt.Errorf("plan-text: %w; write it with terraform show -no-color", err)
		}
		o.Plan = string(text)
	}
	for _, w := range all {
		var text bytes.Buffer
		_ = markdown.Write(&text, w.review, o) // to memory
		files = append(files, file{named(q.markdown, w.review.Stack, len(all)), text.Bytes()})
	}
	return files, nil
}

// page is all reviews with their pictures.
func (q *request) page(ctx context.Context, all []written) ([]byte, error) {
	if _, err := toolchain.Prepare(ctx, q.root, os.Stderr, toolchain.NodeTools); err != nil { // npm ci installs the icons too
		return nil, err
	}
	draw := func(name string, s *synthesized.Stack) *diagram.Picture {
		if s == nil {
			return nil
		}
		return diagram.Of(name, s)
	}
	var stacks []page.Stack
	for _, w := range all {
		stacks = append(stacks, page.Stack{Review: w.review, Before: draw(w.review.Stack, w.before), After: draw(w.review.Stack, w.after)})
	}
	var text bytes.Buffer
	if err := page.HTML(ctx, &text, filepath.Join(q.root, diagram.Icons), stacks...); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// named is a file's name, with the stack's where there are several.
func named(name, stack string, of int) string {
	if of == 1 {
		return name
	}
	end := filepath.Ext(name)
	return strings.TrimSuffix(name, end) + "-" + stack + end
}
