//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
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
	path := filepath.Dir(tools.Terraform.Path) + string(os.PathListSeparator) + os.Getenv("PATH")
	env := []string{"STACK=state-backend", "BASE=HEAD", "PLAN_PASSPHRASE=not-a-passphrase", "GITHUB_STEP_SUMMARY=" + filepath.Join(p.dir, "summary.md"), "PATH=" + path}
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

	p.comments(path, env)

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

// comments reviews the plan and comments on it twice, with make in the checkout and a
// gh that notes what it is asked for: the second time it has a comment already.
func (p *project) comments(path string, env []string) {
	p.t.Helper()
	script := func(name string) {
		p.t.Helper()
		p.must(p.exec(p.dir, slices.Concat(env, []string{"PATH=" + filepath.Join(p.dir, "gh") + string(os.PathListSeparator) + path, "NUMBER=7",
			"GITHUB_REPOSITORY=acme/prefect", "GITHUB_SERVER_URL=https://github.com", "GITHUB_RUN_ID=99"}), filepath.Join(root, ".github", "scripts", name)))
	}
	for name, text := range map[string]string{
		"Makefile": "review:\n\t@$(MAKE) -C '" + root + "' review ENVIRONMENTS='" + filepath.Join(p.dir, "environments") + "'\n",
		"gh/gh": `#!/bin/sh
echo "$*" >>gh.log
case "$*" in *--paginate*) if [ -f posted ]; then echo 42; fi ;; *POST*) touch posted ;; esac
`,
	} {
		file := filepath.Join(p.dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			p.t.Fatal(err)
		}
	}
	script("review")
	if _, err := os.Stat(filepath.Join(p.dir, "plan.json")); !os.IsNotExist(err) {
		p.t.Errorf("the plan with all its values was left: %v", err)
	}
	if page := p.read("review.html"); !strings.Contains(page, "Planned by Terraform") || !strings.Contains(page, "create: aws_s3_bucket.state") {
		p.t.Errorf("the page is not of this plan: %d bytes", len(page))
	}
	for range 2 {
		script("comment")
	}
	body := p.read("body.md")
	for _, want := range []string{"<!-- plan of state-backend -->\n### `state-backend`: 8 created", "Planned by Terraform.", "<details><summary>Terraform's plan</summary>", "Plan: 8 to add", "(https://github.com/acme/prefect/actions/runs/99#artifacts)"} {
		if !strings.Contains(body, want) {
			p.t.Errorf("the comment has no %q:\n%.3000s", want, body)
		}
	}
	calls := p.read("gh.log")
	if posts, changes := strings.Count(calls, "--method POST repos/acme/prefect/issues/7/comments --field body=@body.md"), strings.Count(calls, "--method PATCH repos/acme/prefect/issues/comments/42 --field body=@body.md"); posts != 1 || changes != 1 {
		p.t.Errorf("got %d comments and %d changes, want 1 and 1:\n%s", posts, changes, calls)
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
