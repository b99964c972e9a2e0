package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestWorkflowsKeepStacksApart: a job that takes a role runs in a GitHub
// environment of its stack, whose variables and secrets the page names.
func TestWorkflowsKeepStacksApart(t *testing.T) {
	page, err := os.ReadFile("docs/ci-cd.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	took := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\b(?:vars|secrets)\.(\w+)`).FindAllSubmatch(text, -1) {
			if !strings.Contains(string(page), "| `"+string(m[1])+"` |") {
				t.Errorf("%s: docs/ci-cd.md has no row for %s", file, m[1])
			}
		}
		var workflow struct {
			Jobs map[string]struct {
				Environment string
				If          string
				Steps       []struct {
					Uses string
					With map[string]string
				}
			}
		}
		if err := yaml.Unmarshal(text, &workflow); err != nil {
			t.Fatal(err)
		}
		for name, job := range workflow.Jobs {
			if strings.Contains(job.If, "vars.AWS_") {
				t.Errorf("%s: %s: an environment's variable is not known before the job starts: %s", file, name, job.If)
			}
			for _, step := range job.Steps {
				if step.Uses != "./.github/actions/stack" {
					continue
				}
				took++
				want := "${{ matrix.stack }}-plan"
				if name == "apply" {
					want = "${{ matrix.stack }}"
				}
				if job.Environment != want {
					t.Errorf("%s: %s takes a role in the environment %q, want %q", file, name, job.Environment, want)
				}
				if role, region := step.With["role"], step.With["region"]; role != "${{ vars.AWS_ROLE_ARN }}" || region != "${{ vars.AWS_REGION }}" {
					t.Errorf("%s: %s: got role %s and region %s, want those of its environment", file, name, role, region)
				}
			}
		}
	}
	if took != 4 {
		t.Errorf("got %d jobs that take a role, want 4: plan, drift, show, apply", took)
	}
}
