//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// TestInterrupt: Ctrl-C ends the tests, those to come too, and leaves neither
// an emulator nor a program behind.
func TestInterrupt(t *testing.T) {
	if os.Getenv("E2E_INTERRUPTED") != "" {
		for _, name := range []string{"first", "second"} {
			t.Run(name, func(t *testing.T) {
				p := newProject(t, nil)
				p.must(p.exec(p.dir, nil, "sh", "-c", "sleep 1000 & sleep 1000; wait"))
			})
		}
		return
	}
	parallel(t)
	ctx, cancel := during(t)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestInterrupt$", "-test.parallel=1")
	cmd.Env = append(os.Environ(), "E2E_INTERRUPTED=1")
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	var started []process.Process
	defer func() {
		for _, p := range started {
			if p.Alive() {
				_ = syscall.Kill(p.PID, syscall.SIGKILL)
			}
		}
	}()
	running := func(text string) int {
		n := 0
		for _, p := range started {
			if strings.Contains(process.CommandLine(p.PID), text) {
				n++
			}
		}
		return n
	}
	// The emulator and what it was forked from.
	for running("local_aws") != 2 || running("sleep 1000") < 2 {
		select {
		case err := <-ended:
			t.Fatalf("ended before it was interrupted: %v\n%s", err, &out)
		case <-time.After(50 * time.Millisecond):
			started = process.Descendants(cmd.Process.Pid)
		}
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := <-ended; !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("got %v, want exit status 130\n%s", err, &out)
	}
	for slices.ContainsFunc(started, process.Process.Alive) { // the server ends when it notices
		if ctx.Err() != nil {
			t.Fatal("a program still runs")
		}
		time.Sleep(50 * time.Millisecond)
	}
}
