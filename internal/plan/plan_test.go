package plan

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/reattach"
)

// fake creates a Terraform that answers from files: what init prints, and the lines and
// the error code of plan. Each call is a line of the file calls.
func fake(t *testing.T, script string) *Stack {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "stacks", "dev")
	write(t, filepath.Join(dir, "cdk.tf.json"), `{
  "terraform": {"backend": {"s3": {"bucket": "b"}}}, "provider": {"aws": [{"region": "us-east-1"}]},
  "variable": {"prefect_api_key": {"sensitive": true}, "region": {}},
  "resource": {"aws_vpc": {"prefect": {}}}
}`)
	program := filepath.Join(t.TempDir(), "terraform")
	write(t, program, "#!/bin/sh\necho \"$@\" >>calls\nsay() { printf '%s\\n' \"$1\"; }\n"+script)
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	return &Stack{Name: "dev", Dir: dir, Terraform: program, Detail: func(string, ...any) {}}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// calls are the commands that were run, without their options.
func calls(t *testing.T, s *Stack) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		all = append(all, strings.Fields(line)[0])
	}
	return strings.Join(all, " ")
}

const works = `case $1 in
init) mkdir -p .terraform; echo "lock $LOCK" >.terraform.lock.hcl;;
plan) say '{"type":"refresh_complete"}'; for a; do case $a in -out=*) echo secret >"${a#-out=}";; esac; done; exit 2;;
show) echo '{"format_version":"1.2","terraform_version":"1.11.4"}';;
esac`

// TestInitWhenNeeded: once, and again when what it acts by is another.
func TestInitWhenNeeded(t *testing.T) {
	s := fake(t, works)
	s.Keep = filepath.Join(t.TempDir(), "kept")
	plan := func(want string) {
		t.Helper()
		s.initialized = false
		if err := os.RemoveAll(filepath.Join(s.Dir, "calls")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Plan(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if got := calls(t, s); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	plan("init plan show")
	plan("plan show")
	if info, err := os.Stat(s.Keep); err != nil || info.Mode() != 0o600 {
		t.Errorf("the plan that is kept: got %v, %v, want it for its owner alone", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.Keep), "*")); len(left) != 1 {
		t.Errorf("got %v, want the plan alone", left)
	}
	file := filepath.Join(s.Dir, "cdk.tf.json")
	stack, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, strings.Replace(string(stack), "us-east-1", "eu-west-1", 1))
	plan("plan show")
	for _, change := range [][2]string{{`"bucket": "b"`, `"bucket": "c"`}, {"aws_vpc", "random_id"}, {`{"prefect": {}}`, `{"prefect": {"provider": "tls"}}`}, {`"aws": [`, `"null": [{}], "aws": [`}} {
		write(t, file, strings.Replace(string(stack), change[0], change[1], 1))
		plan("init plan show")
	}
	write(t, filepath.Join(s.Dir, "beside", "more.tf"), "terraform {}\n")
	plan("init plan show")
	write(t, filepath.Join(s.Dir, config.LockFileName), "another")
	plan("init plan show")
	if err := os.RemoveAll(filepath.Join(s.Dir, ".terraform")); err != nil {
		t.Fatal(err)
	}
	plan("init plan show")
}

// TestInitWhenTerraformAsksForIt: what was initialized is gone.
func TestInitWhenTerraformAsksForIt(t *testing.T) {
	s := fake(t, strings.Replace(works, "plan)", `plan) test -e .terraform/providers || { say '{"type":"diagnostic","diagnostic":{"severity":"error","summary":"Required plugins are not installed","detail":"run: terraform init"}}'; exit 1; };`, 1))
	digest, err := s.initDigest()
	if err != nil {
		t.Fatal(err)
	}
	write(t, s.notesFile(), `{"Initialized":"`+digest+`"}`)
	if _, err := s.Plan(t.Context(), nil); err == nil || calls(t, s) != "plan init plan" || !strings.Contains(err.Error(), "-chdir="+s.Dir+" init") {
		t.Errorf("got %v after %s, want it to name the command once init has not helped", err, calls(t, s))
	}
}

// TestErrors: Terraform's words, where what they are about comes from, and a next step.
func TestErrors(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "")
	t.Setenv("TF_VAR_prefect_api_key", "s3cret")
	values := filepath.Join(t.TempDir(), "dev.tfvars")
	write(t, values, "prefect_api_key = \"s3cret2\"\n")
	for _, tt := range []struct {
		name, diagnostic string
		want             string // DIR is the stack's folder
	}{
		{"no credentials", `"summary":"No valid credential sources found","detail":"Please see https://…\nError: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, request canceled"`,
			`Error: No valid credential sources found
  There are no AWS credentials: neither the environment, nor a profile, nor a role of this machine has any.
  next: aws sso login, or export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for the local AWS: eval "$(make -s emulator)"`},
		{"no credentials, twice", `"summary":"No valid credential sources found","detail":"no EC2 IMDS role found"}}
{"@level":"error","type":"diagnostic","diagnostic":{"severity":"error","summary":"Retrieving AWS account details","detail":"get credentials: there are no providers","address":"provider.aws"`,
			`Error: No valid credential sources found
  There are no AWS credentials: neither the environment, nor a profile, nor a role of this machine has any.
  next: aws sso login, or export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for the local AWS: eval "$(make -s emulator)"`},
		{"no bucket, twice", `"summary":"Failed to get existing workspaces: S3 bucket \"acme\" does not exist.","detail":""}}
{"@level":"error","type":"diagnostic","diagnostic":{"severity":"error","summary":"operation error S3: ListObjectsV2, NoSuchBucket:","detail":""`,
			`Error: Failed to get existing workspaces: S3 bucket "acme" does not exist.
  next: create the bucket: npx cdktf deploy state-backend`},
		{"old credentials", `"summary":"reading ECS Cluster","detail":"ExpiredTokenException: The security token included in the request is expired","address":"aws_ecs_cluster.prefect","range":{"filename":"cdk.tf.json","start":{"line":7}}`,
			`Error: reading ECS Cluster
  ExpiredTokenException: The security token included in the request is expired
  at: aws_ecs_cluster.prefect, environments/dev.yaml:3: cluster
  next: renew the credentials the way you got them (aws sso login), or name others (AWS_PROFILE); make doctor STACK=dev shows whose they are`},
		{"lock", `"summary":"Error acquiring the state lock","detail":"Error message: operation error DynamoDB: PutItem, ConditionalCheckFailedException\nLock Info:\n  ID:        1b2c\n  Path:      b/k\n  Operation: OperationTypeApply\n  Who:       ann@host\n  Version:   1.11.4\n  Created:   2026-11-28 10:00:00 UTC\n  Info:      \n"`,
			`Error: Error acquiring the state lock
  ann@host holds it since 2026-11-28 10:00:00 UTC (OperationTypeApply).
  next: wait until that has ended; if it no longer runs: terraform -chdir=DIR force-unlock 1b2c`},
		{"lock table", `"summary":"Error acquiring the state lock","detail":"operation error DynamoDB: PutItem, ResourceNotFoundException: Requested resource not found"`,
			`Error: Error acquiring the state lock
  operation error DynamoDB: PutItem, ResourceNotFoundException: Requested resource not found
  next: create the lock table: npx cdktf deploy state-backend`},
		{"variable", `"summary":"No value for required variable","detail":"The root module input variable \"prefect_api_url\" is not set, and has no default value.","range":{"filename":"cdk.tf.json","start":{"line":7}}`,
			`Error: No value for required variable
  The root module input variable "prefect_api_url" is not set, and has no default value.
  at: DIR/cdk.tf.json:7
  next: set prefect.apiUrl in environments/dev.yaml; or make plan STACK=dev VAR_FILE=terraform.tfvars with prefect_api_url in that file, or export TF_VAR_prefect_api_url`},
		{"sensitive", `"summary":"Invalid value for variable","detail":"var.prefect_api_key is \"s3cret\", not s3cret2"`,
			`Error: Invalid value for variable
  var.prefect_api_key is "(sensitive value)", not (sensitive value)
  next: correct the value, in the file that VAR_FILE names or in TF_VAR_…; make plan STACK=dev`},
		{"value", `"summary":"Invalid value for variable","detail":"prefect_api_url: got \"\", want https://…\n\nThis was checked by the validation rule at cdk.tf.json:9,1-2."`,
			`Error: Invalid value for variable
  prefect_api_url: got "", want https://…
  This was checked by the validation rule at cdk.tf.json:9,1-2.
  next: set prefect.apiUrl in environments/dev.yaml, or correct prefect_api_url in the file that VAR_FILE names or in TF_VAR_prefect_api_url; make plan STACK=dev`},
		{"beside", `"summary":"Unsupported argument","detail":"An argument named \"nmae\" is not expected here.\u001b[1m","range":{"filename":"alarm.tf","start":{"line":2}}`,
			`Error: Unsupported argument
  An argument named "nmae" is not expected here.\u001b[1m
  at: BESIDE/alarm.tf:2
  next: make doctor STACK=dev looks at what a plan needs`},
		{"right", `"summary":"reading IAM Role","detail":"operation error IAM: GetRole, https response error StatusCode: 403, AccessDenied: User: arn:aws:iam::1:user/x is not authorized to perform: iam:GetRole"`,
			`Error: reading IAM Role
  operation error IAM: GetRole, https response error StatusCode: 403, AccessDenied: User: arn:aws:iam::1:user/x is not authorized to perform: iam:GetRole
  next: allow the identity in the message that action, or use other credentials; make doctor STACK=dev shows whose they are`},
		{"network", `"summary":"reading EC2 VPC","detail":"dial tcp: lookup ec2.us-east-1.amazonaws.com: no such host"`,
			`Error: reading EC2 VPC
  dial tcp: lookup ec2.us-east-1.amazonaws.com: no such host
  next: see whether this machine is online and whether a proxy is set; make doctor STACK=dev looks at what a plan needs`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := fake(t, strings.Replace(works, "plan)", "plan) say '{\"type\":\"diagnostic\",\"diagnostic\":{\"severity\":\"error\","+strings.ReplaceAll(tt.diagnostic, "'", "")+"}}'; exit 1;", 1))
			s.Maker, s.Beside, s.VarFiles = "state-backend", filepath.Join(t.TempDir(), "dev"), []string{values}
			write(t, filepath.Join(s.Beside, "alarm.tf"), "")
			s.Where = func(address string) string {
				return map[string]string{"aws_ecs_cluster.prefect": "environments/dev.yaml:3: cluster"}[address]
			}
			s.Setting = func(name string) string {
				return map[string]string{"prefect_api_url": "prefect.apiUrl in environments/dev.yaml"}[name]
			}
			_, err := s.Plan(t.Context(), nil)
			var failed *Failed
			if want := strings.NewReplacer("DIR", s.Dir, "BESIDE", s.Beside).Replace(tt.want); !errors.As(err, &failed) || err.Error() != want {
				t.Errorf("got:\n%v\nwant:\n%s", err, want)
			}
		})
	}
}

func TestErrorsOfInit(t *testing.T) {
	for _, tt := range []struct{ name, printed, want string }{
		{"backend", "\nInitializing the backend...\n\nError: Backend configuration changed\n\nA change in the backend configuration has been detected, which may require\nmigrating existing state.\n", `Error: Backend configuration changed
  The state was kept elsewhere when this folder was initialized.
  next: terraform -chdir=DIR init -reconfigure, which leaves the state where it was; or, to move it, terraform -chdir=DIR init -migrate-state; then make plan STACK=dev`},
		{"bucket", "Error: Failed to get existing workspaces: S3 bucket \"b\" does not exist.\n", `Error: Failed to get existing workspaces: S3 bucket "b" does not exist.
  next: create the bucket, or correct terraform.backend.s3.bucket in the environment file`},
		{"registry", "Error: Failed to query available provider packages\n\nCould not retrieve the list of available versions for provider hashicorp/aws\n", `Error: Failed to query available provider packages
  Could not retrieve the list of available versions for provider hashicorp/aws
  next: docs/closed-network.md says where a provider comes from without the registry; make doctor STACK=dev`},
		{"anything", "no such thing\n", "Terraform failed: no such thing\n  next: make doctor STACK=dev looks at what a plan needs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := fake(t, "cat <<'EOF'\n"+tt.printed+"EOF\nexit 1\n")
			_, err := s.Plan(t.Context(), nil)
			if want := strings.ReplaceAll(tt.want, "DIR", s.Dir); err == nil || err.Error() != want {
				t.Errorf("got:\n%v\nwant:\n%s", err, want)
			}
		})
	}
}

// TestInterrupt: Terraform is told, and gives its lock back before Plan returns.
func TestInterrupt(t *testing.T) {
	s := fake(t, strings.Replace(works, "plan)", `plan) trap 'rm lock; exit 1' INT; touch lock; n=0; while [ $n -lt 400 ]; do sleep 0.05; n=$((n+1)); done;;
unused)`, 1))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for range 400 {
			if isFile(filepath.Join(s.Dir, "lock")) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	if _, err := s.Plan(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the interrupt", err)
	}
	if isFile(filepath.Join(s.Dir, "lock")) {
		t.Error("the lock is still held")
	}
}

// TestServable: a provider is shared by all of a plan where it is configured once.
func TestServable(t *testing.T) {
	for _, name := range []string{reattach.Variable, "TF_LOG"} {
		t.Setenv(name, "")
	}
	t.Setenv("TF_CLI_CONFIG_FILE", "")
	t.Setenv("HOME", t.TempDir())
	for _, tt := range []struct {
		name string
		with func(t *testing.T, s *Stack)
		want bool
	}{
		{"one provider", func(*testing.T, *Stack) {}, true},
		{"files beside the stack", func(t *testing.T, s *Stack) {
			write(t, filepath.Join(s.Dir, "more.tf"), "resource \"aws_eip\" \"x\" { tags = { a = path.module } }\n")
		}, true},
		{"a second provider", func(t *testing.T, s *Stack) {
			write(t, filepath.Join(s.Dir, "more.tf"), "provider \"aws\" {\n  alias = \"west\"\n}\n")
		}, false},
		{"a second provider, as JSON", func(t *testing.T, s *Stack) {
			write(t, filepath.Join(s.Dir, "more.tf.json"), `{"provider": {"aws": [{"alias": "west"}]}}`)
		}, false},
		{"a module", func(t *testing.T, s *Stack) {
			write(t, filepath.Join(s.Dir, "more.tf"), "module \"m\" {\n  source = \"./m\"\n}\n")
		}, false},
		{"not Terraform", func(t *testing.T, s *Stack) { write(t, filepath.Join(s.Dir, "more.tf"), "resource {") }, false},
		{"an alias", func(t *testing.T, s *Stack) {
			write(t, filepath.Join(s.Dir, "cdk.tf.json"), `{"provider": {"aws": [{}, {"alias": "west"}]}}`)
		}, false},
		{"a plan made elsewhere", func(t *testing.T, s *Stack) {
			write(t, filepath.Join(s.Dir, "cdk.tf.json"), `{"terraform": {"cloud": {"organization": "acme"}}, "provider": {"aws": [{}]}}`)
		}, false},
		{"the user's own", func(t *testing.T, s *Stack) { t.Setenv(reattach.Variable, "{}") }, false},
		{"a log", func(t *testing.T, s *Stack) { t.Setenv("TF_LOG_PROVIDER", "debug") }, false},
		{"a provider that is being developed", func(t *testing.T, s *Stack) {
			file := filepath.Join(t.TempDir(), "rc")
			write(t, file, "provider_installation { dev_overrides {} }")
			t.Setenv("TF_CLI_CONFIG_FILE", file)
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := fake(t, works)
			tt.with(t, s)
			if got := servable(s); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestOnlyWhatIsLockedIsServed: a provider whose hash the lock file does not have is
// not started.
func TestOnlyWhatIsLockedIsServed(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	s := fake(t, works)
	if _, err := s.Plan(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(s.dataDir(), "providers", "registry.terraform.io", "hashicorp", "aws", "6.34.0", platform)
	program := filepath.Join(dir, "terraform-provider-aws_v6.34.0")
	write(t, program, "#!/bin/sh\ntouch started\necho \"TF_REATTACH_PROVIDERS='{\\\"registry.terraform.io/hashicorp/aws\\\":{\\\"Pid\\\":1}}'\"\nexec sleep 60\n")
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	lock := func(hash string) {
		t.Helper()
		write(t, filepath.Join(s.Dir, config.LockFileName), "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"6.34.0\"\n  constraints = \">= 5.0\"\n  hashes = [\""+hash+"\"]\n}\n")
		n := s.notes()
		var err error
		if n.Initialized, err = s.initDigest(); err != nil {
			t.Fatal(err)
		}
		s.note(n)
	}
	lock("h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
	if served, err := s.Serve(t.Context()); err == nil || isFile(filepath.Join(s.Dir, "started")) {
		served.Close()
		t.Fatalf("got %v, want a provider of another hash not started", err)
	}
	hash, err := s.hashOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	lock(hash)
	served, err := s.Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	want := `TF_REATTACH_PROVIDERS={"registry.terraform.io/hashicorp/aws":{"Pid":1}}`
	if env := served.env(s); len(env) != 1 || env[0] != want {
		t.Errorf("got %v, want %s", env, want)
	}
	write(t, filepath.Join(s.Dir, "more.tf"), "terraform {}\n")
	if env := served.env(s); env != nil {
		t.Errorf("got %v for another stack than that for which it was started", env)
	}
}

// TestHashIsOfWhatIsThere: one that is remembered is that of the very files.
func TestHashIsOfWhatIsThere(t *testing.T) {
	s := fake(t, works)
	dir := filepath.Join(s.dataDir(), "package")
	file := filepath.Join(dir, "program")
	write(t, file, "one")
	hash := func() string {
		t.Helper()
		h, err := s.hashOf(dir)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	first := hash()
	if s.notes().Provider.Files != "" {
		t.Error("files that have changed just now are remembered")
	}
	time.Sleep(settled)
	if again := hash(); again != first || s.notes().Provider.Hash != first || s.notes().Provider.Files == "" {
		t.Errorf("got %s and %v, want it remembered", again, s.notes())
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, "two")
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if second := hash(); second == first {
		t.Error("got the hash of a file that is another now, with its old time and size")
	}
}
