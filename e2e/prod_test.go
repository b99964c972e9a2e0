//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/pages"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	stacks "github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

var prodVars = map[string]string{"prefect_api_url": apiURL}

func TestProd(t *testing.T) {
	p := newProject(t, nil, emulator.RecordCalls)
	p.hcl("state", nil).apply()
	p.calls() // a person's
	s := p.stack("prod", prodVars)

	t.Log("without a value in the secret an apply stops before the tasks that need it")
	out, err := s.terraform("apply", "-input=false", "-auto-approve", "-target=data.aws_secretsmanager_secret_versions.prefect_api")
	if text := unwrapped(out); err == nil || !strings.Contains(text, "The secret prefect-prod-prefect-api has no value") || !strings.Contains(text, "make put-secret-value STACK=prod") {
		t.Errorf("got %v, want an error that says how to put the value in:\n%s", err, out)
	}

	s.putSecretValue("not-a-key")
	s.apply()
	s.findings(s.unchangedPlan(), "prod", true)
	s.destroyAfterQueues()
	p.mayApply("prod", "monitoring:\n  topic:\n    kmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\n")
}

// TestProdPlans: prod without changes is valid and plans, and so does a stack with
// everything on. Of a queue Terraform sees to the end that it has destroyed it.
func TestProdPlans(t *testing.T) {
	p := newProject(t, nil)
	p.synth(map[string]string{"complete.yaml": completeCase(t)})
	for _, name := range []string{"prod", "complete"} {
		s := p.in(t).local(name, prodVars)
		s.must(s.terraform("validate"))
		for _, rc := range s.plan().ResourceChanges {
			if !rc.Change.Actions.Create() && !rc.Change.Actions.Read() {
				t.Errorf("%s: %s: %v, want a plan that only creates", name, rc.Address, rc.Change.Actions)
			}
		}
	}
	refused(t, p)
	s := p.local("prod", prodVars)
	s.must(s.terraform("apply", "-input=false", "-auto-approve", "-target=aws_sqs_queue.crash_events_dead_letter"))
	s.destroy()
}

// refused: a plan of prod names the API URL that is missing, and the port that
// its egress, HTTPS alone, does not reach.
func refused(t *testing.T, p *project) {
	for url, want := range map[string]string{
		"":                                 `prefect_api_url: got "", want https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or http(s)://<host>:4200/api`,
		"http://prefect.internal:4200/api": `prefect_api_url: got "http://prefect.internal:4200/api" on port 4200, want one of the TCP ports that securityGroup.egress opens (443)`,
	} {
		vars := map[string]string{"prefect_api_url": url}
		if url == "" {
			vars = nil // nor does Terraform ask for it
		}
		out, err := p.in(t).local("prod", vars).terraform("plan")
		if err == nil {
			t.Errorf("a plan with %q for the API URL succeeded", url)
		}
		if text := unwrapped(out); !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

// TestMoveFromDevToProd: what docs/prod.md says a move costs is what Terraform
// plans: dev's state, and the page's file.
func TestMoveFromDevToProd(t *testing.T) {
	documented, err := pages.Environments(root)
	if err != nil {
		t.Fatal(err)
	}
	file := documented["dev-as-prod.yaml"]
	if file.Page != filepath.Join("docs", "prod.md") {
		t.Fatal("docs/prod.md has no block for environments/dev-as-prod.yaml")
	}
	p := newProject(t, nil)
	p.synth(map[string]string{"prod.yaml": file.Text})
	dev := p.local("dev", withSecret)
	dev.apply()
	prod := p.local("prod", prodVars)
	copyFile(t, dev.dir+"/terraform.tfstate", prod.dir+"/terraform.tfstate")
	plan := prod.plan()

	var replaced, removed []string
	for _, rc := range plan.ResourceChanges {
		switch {
		case rc.Address == "aws_ecs_service.prefect_service":
			replaces := version.Must(version.NewVersion(tools.Provider.Version)).LessThan(version.Must(version.NewVersion("6.15.0")))
			if !rc.Change.Actions.Update() && !(replaces && rc.Change.Actions.Replace()) {
				t.Errorf("AWS provider %s, %s: %v, want an update, or a replacement by a provider before 6.15", tools.Provider.Version, rc.Address, rc.Change.Actions)
			}
		case rc.Change.Actions.Replace():
			replaced = append(replaced, rc.Address)
		case rc.Change.Actions.Delete():
			removed = append(removed, rc.Address)
		}
	}
	page := readText(t, "docs/prod.md")
	for _, address := range slices.Concat(replaced, removed) {
		if !strings.Contains(page, "`"+address+"`") {
			t.Errorf("docs/prod.md does not say that a move replaces or removes %s", address)
		}
	}
	for line := range strings.Lines(page) {
		address, ok := strings.CutPrefix(strings.TrimSpace(line), "| `")
		if !ok || !strings.HasPrefix(address, "aws_") {
			continue
		}
		address, _, _ = strings.Cut(address, "`")
		if !slices.Contains(replaced, address) && !slices.Contains(removed, address) {
			t.Errorf("docs/prod.md says that a move replaces or removes %s, which the plan does not", address)
		}
	}
	t.Logf("replaced: %v\nremoved: %v\n%s", replaced, removed, summary(plan))
	reviewed(t, prod, plan, replaced, removed)
}

// reviewed: what a review says of a plan is what the plan does, and what it means. What
// the plan does not know of a document comes from the synthesis.
func reviewed(t *testing.T, s *stack, plan *tfjson.Plan, replaced, removed []string) {
	after, err := stacks.Read(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	r := review.Of(review.Input{Stack: "prod", Base: "the state", Planned: true, Changes: review.FromPlan(plan), After: after})
	var text strings.Builder
	if err := review.Text(&text, r, review.Options{}); err != nil {
		t.Fatal(err)
	}
	about := map[review.Group][]string{}
	for _, l := range r.Lines {
		about[l.Group] = append(about[l.Group], l.Addresses...)
	}
	for _, address := range removed {
		if !slices.Contains(about[review.Destroyed], address) {
			t.Errorf("the review does not say that %s is destroyed", address)
		}
	}
	for _, address := range replaced {
		if !slices.Contains(about[review.Replaced], address) && !strings.HasPrefix(address, "aws_ecs_task_definition.") { // which gets a new revision
			t.Errorf("the review does not say that %s is replaced", address)
		}
	}
	for _, want := range []string{
		"Task definition dev-worker gets a new revision: container dev-worker is gone, container prefect-worker is new,",
		"ECR repository my-prefect-flow is replaced because its encryption_configuration.encryption_type changes: AES256 → KMS.",
		"! The new IAM role prefect-ecs-late-runs is allowed logs:CreateLogStream, logs:PutLogEvents, secretsmanager:GetSecretValue; lambda.amazonaws.com can assume it.",
		"- The whole internet (0.0.0.0/0) can no longer reach security group prefect-ecs-sg on tcp 22 (SSH)",
		"resources change: Environment prod, ManagedBy terraform.",
	} {
		if !strings.Contains(unwrapped(text.String()), want) {
			t.Errorf("no %q in:\n%s", want, &text)
		}
	}
	if strings.Contains(text.String(), "not-a-key") {
		t.Error("the review shows the secret's value")
	}
}

func summary(plan *tfjson.Plan) string {
	count := map[string]int{}
	for _, rc := range plan.ResourceChanges {
		count[fmt.Sprint(rc.Change.Actions)]++
	}
	var parts []string
	for _, actions := range slices.Sorted(maps.Keys(count)) {
		parts = append(parts, fmt.Sprintf("%s %d", actions, count[actions]))
	}
	return strings.Join(parts, ", ")
}

// completeCase is the golden case with everything on, as its own stack.
func completeCase(t *testing.T) string {
	return readText(t, "stacks/testdata/complete/environment.yaml")
}

func readText(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
