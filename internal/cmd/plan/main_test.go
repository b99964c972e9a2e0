package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary stand in for the program.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_MAIN") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

// shown is a plan that changes how long a log group keeps its lines.
const shown = `{"format_version":"1.2","terraform_version":"1.11.4","prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"resources":[
{"address":"aws_cloudwatch_log_group.prefect","mode":"managed","type":"aws_cloudwatch_log_group","name":"prefect","provider_name":"aws","schema_version":0,"values":{}}]}}},
"resource_changes":[{"address":"aws_cloudwatch_log_group.prefect","mode":"managed","type":"aws_cloudwatch_log_group","name":"prefect","provider_name":"aws",
"change":{"actions":["update"],"before":{"name":"/ecs/dev","retention_in_days":14},"after":{"name":"/ecs/dev","retention_in_days":30},"after_unknown":{},"before_sensitive":{},"after_sensitive":{}}}]}`

// running is this program in a folder with two stacks, and a Terraform that answers as the
// script says.
func running(t *testing.T, script string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("environments/dev.yaml", "preset: readme\nlogGroup:\n  retentionInDays: 30\n")
	write("environments/other.yaml", "preset: readme\nnameTag: other\n")
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("terraform.tfvars", "")
	terraform := write("bin/terraform", "#!/bin/sh\necho \"$@\" >>../../../calls\n"+script)
	write("shown.json", shown)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append([]string{"-stack", "dev"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "RUN_MAIN=1", "TERRAFORM_BINARY_NAME="+terraform, "TMPDIR="+filepath.Join(dir, "tmp"), "AWS_ENDPOINT_URL=", "AWS_ENDPOINT_URL_S3=", "TF_DATA_DIR=", "CDKTF_OUTDIR=")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	t.Cleanup(func() {
		if left, _ := filepath.Glob(filepath.Join(dir, "tmp", "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	return cmd, &out
}

const works = `case $1 in
init) mkdir -p .terraform; echo '{"backend":{"type":"s3","config":{"bucket":"acme","key":"dev.tfstate","region":"us-east-1","secret_key":"s3cret"}}}' >.terraform/terraform.tfstate;;
plan) for a; do case $a in -out=*) echo secret >"${a#-out=}";; esac; done; exit ${CHANGES:-2};;
show) cat ../../../shown.json;;
esac`

func TestPlan(t *testing.T) {
	cmd, out := running(t, works, "-out", "kept.tfplan", "--", "-target=aws_cloudwatch_log_group.prefect")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"dev, against the state s3://acme/dev.tfstate in us-east-1 dev: 1 changed",
		"retention_in_days 14 → 30. (logGroup.retentionInDays, environments/dev.yaml:3)",
		"Warning: ",
		"terraform.tfvars was not read, which the CDKTF CLI does by itself: VAR_FILE=terraform.tfvars",
		"To apply exactly this plan: terraform -chdir=cdktf.out/stacks/dev apply " + filepath.Join(cmd.Dir, "kept.tfplan") + " Then delete kept.tfplan: it holds values, secrets among them, in plain text.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if strings.Contains(got, "s3cret") {
		t.Errorf("got a secret of the backend's in:\n%s", out)
	}
	calls, _ := os.ReadFile(filepath.Join(cmd.Dir, "calls"))
	if !strings.Contains(string(calls), " -target=aws_cloudwatch_log_group.prefect\nshow -json ") {
		t.Errorf("Terraform was called with:\n%s", calls)
	}
	if made, _ := filepath.Glob(filepath.Join(cmd.Dir, "cdktf.out", "stacks", "*")); len(made) != 1 {
		t.Errorf("synthesized %v, want dev alone", made)
	}
}

// TestNewStack has a price, for everything of it is new.
func TestNewStack(t *testing.T) {
	cmd, out := running(t, works)
	created := `{"format_version":"1.2","terraform_version":"1.11.4","prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"resources":[
{"address":"data.aws_region.current","mode":"data","type":"aws_region","name":"current","provider_name":"aws","schema_version":0,"values":{}}]}}},
"resource_changes":[{"address":"aws_nat_gateway.nat","mode":"managed","type":"aws_nat_gateway","name":"nat","provider_name":"aws","change":{"actions":["create"],"before":null,"after":{},"after_unknown":{"id":true}}}],
"output_changes":{"vpc_id":{"actions":["create"],"before":null,"after_unknown":true,"before_sensitive":false,"after_sensitive":false}}}`
	if err := os.WriteFile(filepath.Join(cmd.Dir, "shown.json"), []byte(created), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "dev: 1 created") || !strings.Contains(out.String(), "; $0.00 → $") {
		t.Errorf("got %v and no price in:\n%s", err, out)
	}
	if want := "Next, which plans again:\n  npx cdktf deploy dev\nOr keep a plan to apply exactly that one: make plan with OUT=dev.tfplan\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got no %q at the end of:\n%s", want, out)
	}
}

func TestNothingChanges(t *testing.T) {
	cmd, out := running(t, works)
	cmd.Env = append(cmd.Env, "CHANGES=0")
	if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "dev: No changes.") || strings.Contains(out.String(), "Next") {
		t.Errorf("got %v and:\n%s", err, out)
	}
}

// TestWrongInput is refused before Terraform runs.
func TestWrongInput(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"no such stack", []string{"-stack", "nope"}, "error: stack: got \"nope\", want one of: dev, other\n"},
		{"no stack", []string{"-stack", ""}, "error: STACK: got none, want the stack to plan: make plan STACK=dev\n"},
		{"no such file", []string{"-var-file", "nope.tfvars"}, "error: VAR_FILE: no such file: nope.tfvars\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd, out := running(t, works, tt.args...)
			if err := cmd.Run(); cmd.ProcessState.ExitCode() != 1 || !strings.Contains(out.String(), tt.want) {
				t.Errorf("got %v and:\n%s\nwant 1 and %s", err, out, tt.want)
			}
			if calls, err := os.ReadFile(filepath.Join(cmd.Dir, "calls")); err == nil {
				t.Errorf("Terraform was called with:\n%s", calls)
			}
		})
	}
}

// TestInterrupt: Terraform gives its lock back before the program ends, and says so.
func TestInterrupt(t *testing.T) {
	cmd, out := running(t, strings.Replace(works, "plan)", `plan) trap 'sleep 0.5; rm ../../../lock; exit 1' INT; touch ../../../lock; n=0; while [ $n -lt 400 ]; do sleep 0.05; n=$((n+1)); done;;
unused)`, 1))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	lock := filepath.Join(cmd.Dir, "lock")
	for range 1000 {
		if _, err := os.Stat(lock); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() != 130 || strings.Count(out.String(), interrupted) != 1 {
		t.Errorf("got %v and:\n%s\nwant exit code 130 and, once, %s", err, out, interrupted)
	}
	if _, err := os.Stat(lock); err == nil {
		t.Error("the lock is still held")
	}
}
