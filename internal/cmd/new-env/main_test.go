package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
)

const cloud = "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466"

// TestMain is the program itself where a test starts it on its own terminal.
func TestMain(m *testing.M) {
	if args := os.Getenv("NEW_ENV_ARGS"); args != "" {
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		main()
		return
	}
	os.Exit(m.Run())
}

func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../../environments")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// terminal is the program on a terminal, and what that shows.
type terminal struct {
	t      *testing.T
	pty    *os.File
	cmd    *exec.Cmd
	screen vt10x.Terminal
	done   chan error
}

func start(t *testing.T, args ...string) *terminal {
	t.Helper()
	s := &terminal{t: t, screen: vt10x.New(vt10x.WithSize(200, 60)), done: make(chan error, 1)}
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), "NEW_ENV_ARGS="+strings.Join(args, " "), "TERM=xterm", "CI=", "AWS_REGION=", "AWS_DEFAULT_REGION=", "PREFECT_API_URL=")
	var err error
	if s.pty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 60, Cols: 200}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); s.pty.Close() })
	go func() {
		part := make([]byte, 4096)
		for {
			n, err := s.pty.Read(part)
			_, _ = s.screen.Write(part[:n])
			if err != nil {
				s.done <- s.cmd.Wait()
				return
			}
		}
	}()
	return s
}

// last are the last lines of the screen that have something.
func (s *terminal) last() string {
	lines := strings.Split(s.screen.String(), "\n")
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines[max(0, len(lines)-3):], "\n")
}

// await waits until the last lines of the screen have a text.
func (s *terminal) await(want string) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(s.last(), want); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("no %q in the last lines of:\n%s", want, s.screen)
		}
	}
}

func (s *terminal) send(text string) {
	s.t.Helper()
	if _, err := s.pty.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

func (s *terminal) exit() int {
	s.t.Helper()
	select {
	case <-s.done:
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(20 * time.Second):
		s.t.Fatalf("does not end; shows:\n%s", s.screen)
		return -1
	}
}

// TestLongDefault: a long value of another file has a line of its own, and text that
// arrives key by key, as some terminals paste, is judged once it is whole.
func TestLongDefault(t *testing.T) {
	dir := folder(t)
	long := "http://" + strings.Repeat("prefect.", 15) + "internal:4200/api"
	if err := os.WriteFile(filepath.Join(dir, "first.yaml"), []byte("preset: production\nnameTag: first\ncluster: {name: first}\nnetwork: {cidrBlock: 10.1.0.0/16}\nprefect: {apiUrl: "+long+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "-name", "etl", "-environments", dir, "-set", "region=us-east-1", "-set", "nameTag=etl", "-set", "cluster.name=etl")
	s.await("network.cidrBlock [10.2.0.0/16]")
	s.send("10.1.0.0/16")
	s.await("! 10.1.0.0/16 overlaps with 10.1.0.0/16 of")
	s.send("\x15\r")
	s.await("  [" + long + "] ")
	s.send("x\r")
	s.await("want")
	s.send("\x15")
	for _, key := range cloud {
		s.send(string(key))
	}
	s.await("✓")
	s.send("\x03")
	s.await("nothing was written")
}

// TestTerminal: each answer is judged while it is typed, defaults are in brackets,
// one may go back, and the file is what was answered.
func TestTerminal(t *testing.T) {
	dir := folder(t)
	s := start(t, "-name", "etl", "-environments", dir)
	s.await("region [us-east-1]")
	s.send("eu-central")
	s.await(`got "eu-central", want an AWS region`) // before Enter
	s.send("\r-1")
	s.await("✓")
	s.send("\r")
	s.await("nameTag [etl]")
	s.send("\x1b[A") // up
	s.await("region [eu-central-1]")
	s.send("\r")
	s.await("nameTag [etl]")
	s.send("acme-etl\r")
	s.await("cluster.name [acme-etl]")
	s.send("\r")
	s.await("network.cidrBlock [10.1.0.0/16]")
	s.send("\r")
	s.await("prefect.apiUrl:")
	s.send("\r")
	s.await("got no value")
	s.send("\x1b[200~" + cloud + "\x1b[201~") // as a terminal pastes
	s.await("✓")
	s.send("\r")
	for _, setting := range []string{"prefect.workPool [ecs-etl]", "secret.arn:", "worker.image [prefecthq/prefect-aws:", "repository.name [etl-flows]"} {
		s.await(setting)
		s.send("\r")
	}
	s.await("monitoring.topic.emails:")
	s.send("oncall@example.com\r")
	s.await("terraform.backend.s3.bucket:")
	s.send("acme-state\r")
	s.await("terraform.backend.s3.region [eu-central-1]")
	s.send("\r")
	s.await("npx cdktf deploy etl")
	if code := s.exit(); code != 0 {
		t.Errorf("got exit status %d", code)
	}
	c, err := config.LoadFiles(filepath.Join(dir, "etl.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	e := c.Environments[0]
	if e.Region != "eu-central-1" || e.NameTag != "acme-etl" || *e.Prefect.APIURL != cloud || e.Terraform.Backend.S3.Bucket != "acme-state" || len(c.Warnings()) > 0 {
		t.Errorf("got %+v and %v", e.Environment, c.Warnings())
	}
}

// TestCtrlC writes nothing.
func TestCtrlC(t *testing.T) {
	dir := folder(t)
	s := start(t, "-name", "etl", "-environments", dir)
	s.await("region [us-east-1]")
	s.send("eu-central-1\r")
	s.await("nameTag [etl]")
	s.send("\x03")
	s.await("nothing was written")
	if code := s.exit(); code != 130 {
		t.Errorf("got exit status %d, want 130", code)
	}
	if found, err := filepath.Glob(filepath.Join(dir, "*etl*")); err != nil || len(found) > 0 {
		t.Errorf("got %v, %v", found, err)
	}
}

// TestWithoutTerminal: what is given is judged, and what is missing is marked.
func TestWithoutTerminal(t *testing.T) {
	dir := folder(t)
	t.Chdir("../../..")
	var out bytes.Buffer
	try := func(args ...string) error {
		out.Reset()
		return run(append([]string{"-environments", dir}, args...), false, &out)
	}
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"NAME: got none, want a name for the stack: make new-env NAME=etl", nil},
		{"nothing was written:\nregion: got \"eu\", want an AWS region", []string{"-name", "etl", "-set", "region=eu"}},
		{"nothing was written:\nworker.memry", []string{"-name", "etl", "-settings", "worker.memry=1024"}},
		{`SET: got "region", want setting=value`, []string{"-name", "etl", "-settings", "region"}},
		{"dev.yaml exists already", []string{"-name", "dev"}},
	} {
		if err := try(tt.args...); err == nil || !strings.HasPrefix(strings.ReplaceAll(err.Error(), dir+"/", ""), tt.want) {
			t.Errorf("%v: got %v, want %s", tt.args, err, tt.want)
		}
	}
	// README's own examples are right, and the advice is one of them.
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	advice := try("-name", "etl", "-settings", "region").Error()
	advised := false
	for n, example := range regexp.MustCompile(`SET="([^"]+)"`).FindAllStringSubmatch(string(readme), -1) {
		if err := try("-name", fmt.Sprint("readme-example-", n), "-settings", example[1]); err != nil {
			t.Errorf("%s: %v", example[0], err)
		}
		advised = advised || strings.Contains(advice, "such as "+example[0])
	}
	if !advised {
		t.Errorf("got %s, want an example of README", advice)
	}
	if err := try("-name", "etl"); err != nil || !strings.Contains(out.String(), "fill in prefect.apiUrl, monitoring.topic.emails, terraform.backend.s3.bucket in ") {
		t.Errorf("got %v and\n%s", err, &out)
	}
	if err := try("-name", "ml", "-settings", "prefect.apiUrl="+cloud+" monitoring.topic.emails=oncall@example.com terraform.backend.s3.bucket=acme-state prefect.workPool=ml"); err != nil || strings.Contains(out.String(), "fill in") {
		t.Errorf("got %v and\n%s", err, &out)
	}
	if _, err := config.LoadFiles(filepath.Join(dir, "ml.yaml")); err != nil {
		t.Error(err)
	}
}
