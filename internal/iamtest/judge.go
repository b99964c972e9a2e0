package iamtest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

//go:embed judge.py
var judge string

// Judged is a policy document, with its expressions resolved.
type Judged struct {
	Name     string `json:"name"`
	Document any    `json:"document"`
}

// Finding is what one of the judges, "reference" or "parliament", has against a
// policy.
type Finding struct{ Name, Judge, Finding string }

// Judge asks the judges of judge.py about policies, all in one process of the
// Python that has them: tools/requirements.txt.
func Judge(ctx context.Context, python string, policies []Judged) ([]Finding, error) {
	var findings []Finding
	return findings, run(ctx, python, policies, &findings, "-c", judge)
}

// run gives a Python program its input as a file, which is its last argument, and
// reads its output.
func run(ctx context.Context, python string, in, out any, args ...string) error {
	dir, err := os.MkdirTemp("", "judge")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "in.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	written, err := process.Output(ctx, process.Command{Path: python, Args: slices.Concat([]string{"-W", "ignore"}, args, []string{file})})
	if err != nil {
		return err
	}
	return json.Unmarshal(written, out)
}

// Lint has cfn-lint look at a CloudFormation template; it knows, from AWS's
// schemas of resources, what no judge of policies does. Each finding names the
// resource and the place in it.
func Lint(ctx context.Context, python string, resources map[string]any) ([]Finding, error) {
	var found []struct {
		Rule     struct{ ID string }
		Message  string
		Location struct{ Path []any }
	}
	template := map[string]any{"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
	// All resources are in one template, though not of one stack: names may be there twice.
	if err := run(ctx, python, template, &found, "-c", "import sys; from cfnlint.runner import main; sys.exit(main())",
		"--format", "json", "--ignore-checks", "E3019", "--regions", Region, "--non-zero-exit-code", "none", "--template"); err != nil {
		return nil, err
	}
	var all []Finding
	for _, f := range found {
		name, at := "the template", ""
		if path := f.Location.Path; len(path) > 1 {
			name, at = fmt.Sprint(path[1]), fmt.Sprint(path[2:])
		}
		all = append(all, Finding{Name: name, Judge: "cfn-lint", Finding: f.Rule.ID + " " + at + " " + f.Message})
	}
	return all, nil
}
