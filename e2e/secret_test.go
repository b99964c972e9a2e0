//go:build e2e

package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
)

// writeOnly is an environment whose secret's value Terraform sends and does not keep.
const writeOnly = `preset: readme
worker: {desiredCount: 0}
secret:
  create: true
  valueManagedBy: write-only
  recoveryWindowInDays: 0
terraform:
  requiredVersion: ">= 1.11.0"
  awsProviderVersion: ">= 6.26.0, < 7.0.0"
  backend:
    s3: null
    local: {path: terraform.write-only.tfstate}
  variables: {create_secret: "", prefect_secret_arn: "", number: secret.valueVersion}
`

// TestWriteOnlySecret: the secret gets the value; state, plan files and what
// Terraform prints never have it, nor is it read.
func TestWriteOnlySecret(t *testing.T) {
	const first, second = "pnu_first0000000000", "pnu_second000000000"
	p := newProject(t, map[string]string{"write-only.yaml": writeOnly}, emulator.RecordCalls)
	s := p.stack("write-only", map[string]string{"prefect_api_key": ""})
	if out, err := s.terraform("plan", "-input=false"); err == nil || !strings.Contains(unwrapped(out), "prefect_api_key is empty, want a Prefect API key: the secret is made from it. Set TF_VAR_prefect_api_key.") {
		t.Errorf("got %v and\n%s\nwant the plan to say that the key is empty", err, out)
	}
	s.vars["prefect_api_key"] = first + " "
	if out, err := s.terraform("plan", "-input=false"); err == nil || !strings.Contains(unwrapped(out), "prefect_api_key has spaces or a line break") || strings.Contains(out, first) {
		t.Errorf("got %v and\n%s\nwant the plan to say what is around the key, without it", err, out)
	}

	t.Log("the first value")
	s.vars["prefect_api_key"] = first
	s.keepsNothing(first)
	s.unchanged()
	s.unread()
	s.has(first)

	t.Log("a value without a new number stays where it is")
	s.vars["prefect_api_key"] = second
	s.unchanged()
	s.has(first)
	s.calls()

	t.Log("the second value, and nothing else")
	s.vars["number"] = "2"
	if out := s.keepsNothing(second); !strings.Contains(out, "Plan: 1 to add, 0 to change, 1 to destroy") {
		t.Errorf("want the value alone to be replaced, got:\n%s", out)
	}
	s.unchanged()
	s.unread()
	s.has(second)
	s.calls()
	s.destroy()
	s.unread()
}

// keepsNothing applies by a plan file and checks that a value stands nowhere.
// It returns the plan as Terraform prints it.
func (s *stack) keepsNothing(value string) string {
	s.t.Helper()
	plan := s.must(s.terraform("plan", "-input=false", "-out=tfplan"))
	shown := s.must(s.terraform("show", "-json", "tfplan"))
	applied := s.must(s.terraform("apply", "-input=false", "tfplan"))
	state := s.must(s.terraform("state", "pull"))
	raw, err := os.ReadFile(filepath.Join(s.dir, "tfplan"))
	if err != nil {
		s.t.Fatal(err)
	}
	unzipped := s.must(s.exec(s.dir, nil, tools.Python, "-c", `import sys, zipfile
z = zipfile.ZipFile("tfplan")
for name in z.namelist(): sys.stdout.write(z.read(name).decode("utf-8", "replace"))`))
	for what, text := range map[string]string{"plan": plan, "plan in JSON": shown, "apply": applied, "state": state, "plan file": string(raw), "plan file unzipped": unzipped} {
		if strings.Contains(text, value) {
			s.t.Errorf("the %s has the value", what)
		}
	}
	return plan
}

// unread checks that Terraform has not read the value since the last calls.
func (s *stack) unread() {
	s.t.Helper()
	called := map[string]bool{}
	for _, c := range s.calls() {
		called[c.Operation] = true
	}
	if called["GetSecretValue"] || !called["ListSecretVersionIds"] {
		s.t.Errorf("want the secret's versions listed and no value read, got the calls %v", slices.Sorted(maps.Keys(called)))
	}
}

// has checks the secret's current value, as a task would read it.
func (s *stack) has(want string) {
	s.t.Helper()
	got := strings.TrimSpace(s.must(s.exec(s.dir, nil, tools.Python, "-c",
		`import boto3; print(boto3.client("secretsmanager").get_secret_value(SecretId="prefect-ecs-prefect-api")["SecretString"])`)))
	if got != want {
		s.t.Errorf("got the value %q, want %q", got, want)
	}
}

// restarted is an environment whose two workers start new tasks for a new value.
const restarted = `preset: readme
partition: ""
worker: {desiredCount: 0}
secret:
  create: true
  valueManagedBy: outside
  recoveryWindowInDays: 0
secretChanges: {}
additionalWorkers:
  - name: ml
    workPool: ml-pool
terraform:
  backend:
    s3: null
    local: {path: terraform.restarted.tfstate}
  variables: {create_secret: "", prefect_api_key: "", prefect_secret_arn: ""}
  outputs: [prefect_secret_arn]
`

// TestSecretChanges: the rule matches a new value of this secret and nothing else;
// constructs/secretchanges.py, run by hand as Lambda would with what the function
// has in its environment, restarts both services, and one where the other is gone.
func TestSecretChanges(t *testing.T) {
	p := newProject(t, map[string]string{"restarted.yaml": restarted}, emulator.RecordCalls)
	s := p.stack("restarted", nil)
	s.putSecretValue("pnu_first0000000000")
	s.apply()
	s.unchanged()

	const function = "prefect-ecs-secret-changes"
	secret := s.output("prefect_secret_arn")
	got := s.must(s.exec(s.dir, nil, tools.Python, filepath.Join(root, "e2e", "testdata", "secret_events.py"), function, secret, p.secret("another", "x")))
	if want := "a new value\n"; got != want {
		t.Errorf("these events restart the workers:\n%s\nwant:\n%s", got, want)
	}

	const services = "arn:aws:ecs:us-east-1:123456789012:service/prefect-cluster/"
	s.calls()
	out, err := s.restart(function)
	if want := "secret-changes | INFO    | " + services + "dev-worker starts new tasks\nsecret-changes | INFO    | " + services + "ml starts new tasks\n"; err != nil || out != want {
		t.Errorf("got %v and\n%s\nwant\n%s", err, out, want)
	}
	updated := 0
	for _, c := range s.calls() {
		if c.Operation == "UpdateService" && c.Params["forceNewDeployment"] == true && len(c.Params) == 3 {
			updated++
		}
	}
	if updated != 2 {
		t.Errorf("%d services got a new deployment and nothing else, want 2", updated)
	}

	t.Log("one of them is gone")
	out, err = s.restart(function, `SERVICES=["`+services+`gone", "`+services+`ml"]`)
	if err == nil || !strings.Contains(out, services+"ml starts new tasks") || !strings.Contains(out, services+"gone keeps the secret's old value: ") {
		t.Errorf("got %v and\n%s\nwant the other restarted, and an error", err, out)
	}
}

// restart runs secretchanges.py with the environment of the stack's function, over
// which env goes.
func (s *stack) restart(function string, env ...string) (string, error) {
	s.t.Helper()
	return s.exec(s.dir, env, tools.Python, "-c", `import boto3, os, runpy, sys
configuration = boto3.client("lambda").get_function_configuration(FunctionName=sys.argv[1])
os.environ.update({**configuration["Environment"]["Variables"], **os.environ})
runpy.run_path(sys.argv[2], run_name="__main__")`, function, filepath.Join(root, "constructs", "secretchanges.py"))
}
