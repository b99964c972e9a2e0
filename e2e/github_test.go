//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const githubActions = `kind: github-actions
region: us-east-1
repository: acme@123456/prefect@456789
stateOf: dev
namePrefixes: prefect
alertsKeyAlias: prefect-alerts
`

func TestGitHubActions(t *testing.T) {
	p := newProject(t, map[string]string{"github.yaml": githubActions})
	s := p.stack("github", nil)
	s.apply()
	s.unchanged()
	s.destroy()
}

// TestWorkflowScripts: what plan.yml keeps is what apply.yml applies, and
// nothing else.
func TestWorkflowScripts(t *testing.T) {
	p := newProjectAsUsers(t, map[string]string{"state-backend.yaml": removable})
	env := []string{"STACK=state-backend", "PLAN_PASSPHRASE=not-a-passphrase", "GITHUB_STEP_SUMMARY=" + filepath.Join(p.dir, "summary.md"),
		"PATH=" + filepath.Dir(tools.Terraform.Path) + string(os.PathListSeparator) + os.Getenv("PATH")}
	script := func(name string, args ...string) (string, error) {
		return p.exec(p.dir, env, filepath.Join(root, ".github", "scripts", name), args...)
	}
	p.must(script("plan"))
	if changes := p.read("changes"); changes != "yes\n" {
		t.Errorf("changes: got %q, want yes", changes)
	}
	if plan := p.read("plan.enc"); strings.Contains(plan, "tfconfig") {
		t.Error("the kept plan can be read")
	}

	p.synth(map[string]string{"state-backend.yaml": removable + "backup: {}\n"})
	if out, err := script("apply", "apply"); err == nil || !strings.Contains(out, "was not made from the merged code") {
		t.Errorf("other code: want a refusal, got %v\n%s", err, out)
	}
	p.synth(map[string]string{"state-backend.yaml": removable})
	p.must(script("apply", "show"))
	if summary := p.read("summary.md"); !strings.Contains(summary, "Plan: 8 to add") {
		t.Errorf("summary:\n%s", summary)
	}
	p.must(script("apply", "apply"))
	if out, err := script("apply", "apply"); err == nil || !strings.Contains(out, "stale") {
		t.Errorf("a plan applied twice: want a refusal, got %v\n%s", err, out)
	}
}

func (p *project) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}
