package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// TestErrors: what is wrong, in one line, and what to type or to do. None of these
// takes long or needs the emulator.
func TestErrors(t *testing.T) {
	const (
		stacks = "want one of: design, dev, prod, state-backend"
		signIn = "AWS credentials: none were found: neither the environment, nor a profile, nor a role of this machine has any; sign in, for example: aws sso login"
	)
	// No credentials, neither of the environment, nor of a profile, nor of this machine,
	// whose metadata service is switched off or does not answer.
	nobody := func(more ...string) []string {
		return append([]string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_SESSION_TOKEN=", "AWS_PROFILE=", "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
			"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=", "AWS_CONTAINER_CREDENTIALS_FULL_URI=", "AWS_WEB_IDENTITY_TOKEN_FILE=", "AWS_EC2_METADATA_DISABLED=true"}, more...)
	}
	for _, tt := range []struct {
		args string
		env  []string
		want string
	}{
		{"", nil, "command: got none, want one of [tools "},
		{"emulate", nil, `command: got "emulate", want one of [tools lint-tools emulator emulator-stop test demo compat lock adopt put-secret-value restore-drill]`},
		{"tools all", nil, `tools: got the argument "all", want none; make help lists`},
		{"test -race", nil, "test: flag provided but not defined: -race; make help lists what make test takes"},
		{"demo -stack nope", nil, `STACK: got "nope", want demo, or dev, the documented deployment; another stack: make synth STACK=nope`},
		{"compat -only cdktf", nil, `ONLY: got "cdktf", want some of 1.2.9 1.5.7 1.9.8 1.11.4 1.16.3 tofu cdktn, between commas: make compat ONLY=1.2.9,tofu`},
		{"compat -update -only tofu", nil, "UPDATE with ONLY would write a table that lacks rows; leave one of them out: make compat UPDATE=1"},
		{"lock -stack nope", nil, `stack: got "nope", ` + stacks},
		{"lock -environments /nope", nil, "/nope: no such folder, want one with an environment file such as dev.yaml"},
		{"restore-drill -stack nope", nil, `stack: got "nope", ` + stacks},
		{"restore-drill -version abc", nil, "STACK: got none with VERSION or CONFIRM, want the stack to restore, such as: make restore-drill STACK=dev"},
		{"restore-drill -confirm dev", nil, "STACK: got none with VERSION or CONFIRM, want the stack to restore, such as: make restore-drill STACK=dev"},
		{"put-secret-value", nil, "STACK: got none, want the stack whose secret it is, such as: make put-secret-value STACK=prod"},
		{"put-secret-value -stack nope", nil, `stack: got "nope", ` + stacks},
		{"put-secret-value -stack prod", nobody(), signIn},
		{"put-secret-value -stack prod", nobody("AWS_EC2_METADATA_DISABLED=", "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1", "AWS_MAX_ATTEMPTS=1"), signIn},
		{"put-secret-value -stack prod", nobody("AWS_PROFILE=nobody"), "AWS_PROFILE: got nobody, which ~/.aws/config does not have; list the profiles with: aws configure list-profiles"},
		{"adopt", nil, "STATE: got none, want a Terraform state: make adopt STATE=../deployment/terraform.tfstate"},
		{"adopt -state s3://acme/dev -region us-east-1", nobody(), "STATE: s3://acme/dev in us-east-1: " + signIn},
		{"adopt -state s3://acme/dev", nobody("AWS_REGION=", "AWS_DEFAULT_REGION="), "STATE: got s3://acme/dev without a region; give the bucket's: REGION=us-east-1"},
		{"restore-drill -stack dev", []string{"PATH=/nope"}, "go: not on PATH; install Go (https://go.dev/dl)"},
		{"tools", []string{"PATH=/nope"}, "node: not on PATH; install Node 20 or newer (https://nodejs.org)"},
		{"emulator", []string{"PATH=/nope"}, "python3: not on PATH; install Python 3.11 or newer with its venv module"},
		{"lint-tools", []string{"XDG_CACHE_HOME=/dev/null"}, "cache folder: mkdir /dev/null: not a directory; set XDG_CACHE_HOME to a folder that can be written to"},
	} {
		t.Run(fmt.Sprint(tt.args, " ", len(tt.env)), func(t *testing.T) {
			for _, pair := range tt.env {
				name, value, _ := strings.Cut(pair, "=")
				t.Setenv(name, value)
			}
			err := run(t.Context(), strings.Fields(tt.args))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line: %s", err, tt.want)
			}
		})
	}
}

// TestInterruption: each command says what an interrupt has left as it was, and what
// to type; the step it was at is named.
func TestInterruption(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for _, c := range commands {
		target := c.name
		if target == "lint-tools" {
			target = "lint"
		}
		got := interruption([]string{c.name}, context.Canceled)
		if !strings.HasPrefix(got, "interrupted: ") || !strings.Contains(got, "make "+target) {
			t.Errorf("%s: got %q, want what to type", c.name, got)
		}
	}
	step := progress.New(&strings.Builder{}).Start(progress.Task{What: "installing npm packages"})
	err := left{fmt.Errorf("install: %w", step.Done(context.Canceled)), "no value was stored"}
	if got := interruption([]string{"put-secret-value"}, err); got != "interrupted while installing npm packages: no value was stored" {
		t.Errorf("got %q", got)
	}
}

// TestMain is the program itself where a test starts it.
func TestMain(m *testing.M) {
	if args := os.Getenv("LOCAL_ARGS"); args != "" {
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		main()
		return
	}
	os.Exit(m.Run())
}

// TestCtrlC: a long step that is interrupted is named, with what is left and what to
// type, and nothing of it stays.
func TestCtrlC(t *testing.T) {
	cache, bin := t.TempDir(), t.TempDir()
	// A Python whose virtual environments take forever, and an npm that does.
	python := "#!/bin/sh\nif [ \"$1\" = -c ]; then echo 3.13.0 here; else exec sleep 1000; fi\n"
	for name, text := range map[string]string{"python3": python, "npm": "#!/bin/sh\nexec sleep 1000\n"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LOCAL_ARGS=lint-tools", "XDG_CACHE_HOME="+cache, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	lines := bufio.NewScanner(stderr)
	var out strings.Builder
	for lines.Scan() {
		fmt.Fprintln(&out, lines.Text())
		if strings.HasPrefix(lines.Text(), "==> installing ") {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = cmd.Wait()
	const want = "\ninterrupted while installing " // npm's packages, where they have changed, or the linters
	if text := out.String(); cmd.ProcessState.ExitCode() != 130 || !strings.Contains(text, want) || !strings.Contains(text, "nothing is half-finished; go on with: make lint\n") || strings.Contains(text, "\x1b") {
		t.Errorf("got %v and\n%s", err, text)
	}
	left, err := filepath.Glob(filepath.Join(cache, "prefect-ecs-worker", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range left {
		if filepath.Ext(name) != ".lock" {
			t.Errorf("left %s", name)
		}
	}
}
