package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/diagram"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/pages"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// TestMain lets the test binary stand in for the program, so that a test runs
// the real main in its own process.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_MAIN") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

// runIn runs the program in a folder.
func runIn(t *testing.T, dir string, args ...string) (stderr string, exitCode int) {
	t.Helper()
	return runWith(t, dir, nil, append([]string{executable(t)}, args...)...)
}

// runWith runs a command line with more in its environment. One that does not
// end is killed, and fails the test by its exit code.
func runWith(t *testing.T, dir string, env []string, args ...string) (stderr string, exitCode int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "RUN_MAIN=1"), env...)
	cmd.WaitDelay = time.Second // Node may outlive the program
	var errors bytes.Buffer
	cmd.Stderr = &errors
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return errors.String(), cmd.ProcessState.ExitCode()
}

// executable is this test binary, which stands in for the program.
func executable(t *testing.T) string {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestBadInputLeavesTheOutputAlone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"wrong CIDR, host bits", map[string]string{"dev.yaml": "preset: readme\nnetwork:\n  cidrBlock: 10.0.0.1/16\n"},
			"environments/dev.yaml:3: network.cidrBlock: got 10.0.0.1/16, which has host bits set, want 10.0.0.0/16\n"},
		{"unknown key", map[string]string{"dev.yaml": "preset: readme\nregoin: us-east-1\n"},
			"environments/dev.yaml:2: regoin: unknown setting, did you mean \"region\"?\n"},
		{"empty file", map[string]string{"dev.yaml": ""}, "environments/dev.yaml: the file is empty, want settings, at least \"preset: readme\"\n"},
		{"no file", map[string]string{}, "error: environments: got no *.yaml file, want one for each stack, such as dev.yaml with \"preset: readme\"\n"},
		{"no folder", nil, "error: environments: no such folder, want one with an environment file such as dev.yaml\n"},
		{"two environments with one stack name", map[string]string{"a.yaml": "preset: readme\nstack: dev\n", "dev.yaml": "preset: design\n"},
			"environments/dev.yaml: stack: got stack name \"dev\", which environments/a.yaml has already; give each its own\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			before := filepath.Join(dir, "cdktf.out", "stacks", "dev", "cdk.tf.json")
			write(t, before, "as it was")
			for name, text := range tt.files {
				write(t, filepath.Join(dir, "environments", name), text)
			}
			if tt.files != nil {
				_ = os.MkdirAll(filepath.Join(dir, "environments"), 0o755)
			}
			stderr, code := runIn(t, dir)
			if code != 1 || stderr != tt.want {
				t.Errorf("got exit code %d and:\n%s\nwant 1 and:\n%s", code, stderr, tt.want)
			}
			if data, err := os.ReadFile(before); err != nil || string(data) != "as it was" {
				t.Errorf("cdktf.out was touched: %q %v", data, err)
			}
		})
	}
}

func TestSynthWritesEveryEnvironment(t *testing.T) {
	dir := t.TempDir()
	environments, err := filepath.Abs("environments")
	if err != nil {
		t.Fatal(err)
	}
	stderr, code := runIn(t, dir, "-environments", environments)
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	for _, line := range strings.Split(strings.TrimSpace(stderr), "\n") {
		if !strings.HasPrefix(line, "warning: ") {
			t.Errorf("got %q on stderr, want warnings alone", line)
		}
	}
	files, _ := filepath.Glob("environments/*.yaml")
	for _, file := range files {
		stack := strings.TrimSuffix(filepath.Base(file), ".yaml")
		s, err := synthesized.Read(filepath.Join(dir, "cdktf.out", "stacks", stack))
		if err != nil {
			t.Error(err)
			continue
		}
		checkPictures(t, diagram.Of(stack, s))
	}
}

// checkPictures wants the committed pictures of a stack to show what it is now.
func checkPictures(t *testing.T, p *diagram.Picture) {
	t.Helper()
	for name, want := range map[string]string{p.Title + ".svg": diagram.Digest(p), p.Title + ".md": diagram.Markdown(p)} {
		data, err := os.ReadFile(filepath.Join("docs", "diagrams", name))
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("docs/diagrams/%s is stale; run make diagram and look at it (%v)", name, err)
		}
	}
}

// TestTerraformBesideAnEnvironment synthesizes the documents' HCL with the stacks
// that it lies beside, by hand and by the CDKTF CLI; an error in it leaves all that
// was synthesized before as it was.
func TestTerraformBesideAnEnvironment(t *testing.T) {
	documented, err := pages.Environments(".")
	if err != nil {
		t.Fatal(err)
	}
	files, err := pages.Terraform(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"extended.yaml", "taken-over.yaml"} {
		write(t, filepath.Join(dir, "environments", name), documented[name].Text)
	}
	for name, b := range files {
		write(t, filepath.Join(dir, "environments", name), b.Text)
	}
	for _, env := range [][]string{nil, {"CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS=true", "CDKTF_OUTDIR=of-the-cli"}} {
		if stderr, code := runWith(t, dir, env, executable(t)); code != 0 {
			t.Fatalf("exit code %d:\n%s", code, stderr)
		}
		out := "cdktf.out"
		if env != nil {
			out = "of-the-cli"
		}
		for name, b := range files {
			if got, err := os.ReadFile(filepath.Join(dir, out, "stacks", name)); err != nil || string(got) != b.Text {
				t.Errorf("%s in %s: got %q, %v", name, out, got, err)
			}
		}
	}
	made := filepath.Join(dir, "cdktf.out", "stacks", "extended", "cdk.tf.json")
	write(t, made, "as it was")
	for _, wrong := range []struct{ file, text, instead string }{
		{"network-acl.tf", "= aws_vpc.prefect.id", "= aws_vpc.prefct.id"},
		{"flow-logs.tf", `"aws_flow_log" "s3"`, `"aws_vpc" "prefect"`},
		{"tags_override.tf", `"prefect"`, `"perfect"`},
	} {
		text := files["extended/"+wrong.file].Text
		if strings.Count(text, wrong.text) != 1 {
			t.Fatalf("%s: want one %s in:\n%s", wrong.file, wrong.text, text)
		}
		write(t, filepath.Join(dir, "environments", "extended", wrong.file), strings.Replace(text, wrong.text, wrong.instead, 1))
	}
	write(t, filepath.Join(dir, "environments", "taken-over", "wrong.tf"), "resource \"aws_eip\" {}\n")
	page, err := os.ReadFile("docs/terraform.md")
	if err != nil {
		t.Fatal(err)
	}
	stderr, code := runIn(t, dir)
	var got []string
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "environments/extended/") && !strings.Contains(string(page), "\n"+line) {
			t.Errorf("docs/terraform.md does not show %s", line)
		}
		if !strings.HasPrefix(line, "warning: ") {
			got = append(got, line)
		}
	}
	const want = "environments/taken-over/wrong.tf:1: not Terraform: Missing name for resource: All resource blocks must have 2 labels (type, name).\n"
	if code != 1 || len(got) != 4 || got[3] != want {
		t.Errorf("got exit code %d and:\n%s\nwant 1, three lines of extended and %s", code, stderr, want)
	}
	if text, _ := os.ReadFile(made); string(text) != "as it was" {
		t.Errorf("cdk.tf.json was changed to %s", text)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "cdktf.out", "stacks", "extended", "network-acl.tf")); string(got) != files["extended/network-acl.tf"].Text {
		t.Errorf("network-acl.tf was changed to %s", got)
	}
	if stderr, code := runIn(t, dir, "-stack", "taken-over"); code != 1 || strings.Contains(stderr, "environments/extended/") {
		t.Errorf("got exit code %d, want 1 and the errors of one stack:\n%s", code, stderr)
	}
}

// TestOneStack: the others are checked, and left as they were.
func TestOneStack(t *testing.T) {
	dir := t.TempDir()
	environments, err := filepath.Abs("environments")
	if err != nil {
		t.Fatal(err)
	}
	stderr, code := runIn(t, dir, "-environments", environments, "-stack", "prod")
	if code != 0 || strings.Contains(stderr, "dev.yaml") || !strings.Contains(stderr, "prod.yaml") {
		t.Errorf("exit code %d, want 0 and prod's warnings alone:\n%s", code, stderr)
	}
	if made, _ := filepath.Glob(filepath.Join(dir, "cdktf.out", "stacks", "*")); len(made) != 1 || filepath.Base(made[0]) != "prod" {
		t.Errorf("made %v, want prod alone", made)
	}
	stderr, code = runIn(t, dir, "-environments", environments, "-stack", "nope")
	if want := `error: stack: got "nope", want one of: design, dev, prod, state-backend` + "\n"; code != 1 || stderr != want {
		t.Errorf("got exit code %d and %q, want 1 and %q", code, stderr, want)
	}
}

// TestWarningsAreAnnotations: the CDKTF CLI shows what an app prints as errors.
func TestWarningsAreAnnotations(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "environments", "dev.yaml"), "preset: readme\n")
	t.Setenv("CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS", "true")
	if stderr, code := runIn(t, dir); code != 0 || stderr != "" {
		t.Fatalf("exit code %d, want 0 and nothing printed:\n%s", code, stderr)
	}
	var manifest struct {
		Stacks map[string]struct {
			Annotations []struct{ Level, Message string }
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "cdktf.out", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	notes := manifest.Stacks["dev"].Annotations
	if len(notes) != 4 || notes[0].Level != "@cdktf/warn" || !strings.HasPrefix(notes[0].Message, "environments/dev.yaml: securityGroup.ingress") {
		t.Errorf("got %v, want dev's four warnings", notes)
	}
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
