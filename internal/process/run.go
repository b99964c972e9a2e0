package process

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// grace is how long a cancelled program may take to end by itself: Terraform
// needs it to write its state and to give its lock back.
const grace = 30 * time.Second

// leftoverWait is how long what a cancelled program left behind may take before
// it is asked to end.
const leftoverWait = 2 * time.Second

// Command is a program run to its end.
type Command struct {
	Path   string
	Args   []string
	Dir    string
	Env    []string          // KEY=VALUE over the environment of this process
	Unset  []string          // names, or prefixes ending in *, that are not passed on
	Stdout io.Writer         // default: kept, and shown in the error of a failure
	Stderr io.Writer         // default: as Stdout
	OnLine func(line string) // called for each line of kept output
}

// Run runs c. When ctx ends, c and everything it started get an interrupt, as
// from Ctrl-C, and what is left after a grace period is killed.
func Run(ctx context.Context, c Command) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	kept := &tail{onLine: c.OnLine}
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Dir = c.Dir
	cmd.Env = MergeEnv(unset(os.Environ(), c.Unset), c.Env...)
	cmd.Stdout, cmd.Stderr = c.Stdout, c.Stderr
	if cmd.Stdout == nil {
		cmd.Stdout = kept
	}
	if cmd.Stderr == nil {
		cmd.Stderr = kept
	}
	// its own group: Ctrl-C reaches this program alone, which then passes it on in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 2 * time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", c.Path, err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		endTree(cmd.Process.Pid, done)
		return context.Cause(ctx)
	}
	if err == nil {
		return nil
	}
	if text := kept.String(); text != "" {
		return fmt.Errorf("%s: %w; its last lines:\n%s", commandLine(c), err, text)
	}
	return fmt.Errorf("%s: %w", commandLine(c), err)
}

// Output runs c and returns its standard output.
func Output(ctx context.Context, c Command) ([]byte, error) {
	var out bytes.Buffer
	c.Stdout = &out
	err := Run(ctx, c)
	return out.Bytes(), err
}

// endTree ends the process group of pid, its descendants and waits for them.
func endTree(pid int, done <-chan error) {
	tree := Descendants(pid)
	_ = syscall.Kill(-pid, syscall.SIGINT)
	select {
	case <-done:
	case <-time.After(grace):
	}
	// What outlived its parent: programs in their own session (the pseudo
	// terminals of cdktf), their children (provider plugins), programs that
	// ignore interrupts (a shell's background jobs).
	for _, step := range []struct {
		wait   time.Duration
		signal syscall.Signal
	}{{leftoverWait, syscall.SIGTERM}, {grace, syscall.SIGKILL}} {
		deadline := time.Now().Add(step.wait)
		for time.Now().Before(deadline) && slices.ContainsFunc(tree, Process.Alive) {
			time.Sleep(100 * time.Millisecond)
		}
		for _, p := range tree {
			if p.Alive() {
				_ = syscall.Kill(p.PID, step.signal)
			}
		}
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}

func commandLine(c Command) string {
	return strings.Join(append([]string{c.Path}, c.Args...), " ")
}

// MergeEnv returns base with the given KEY=VALUE pairs in place of its own.
func MergeEnv(base []string, pairs ...string) []string {
	var names []string
	for _, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return append(unset(base, names), pairs...)
}

// unset returns env without the names; a name may end in *.
func unset(env, names []string) []string {
	out := make([]string, 0, len(env))
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		if !matches(name, names) {
			out = append(out, pair)
		}
	}
	return out
}

func matches(name string, patterns []string) bool {
	for _, p := range patterns {
		if prefix, ok := strings.CutSuffix(p, "*"); p == name || ok && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// tail keeps the last lines of an output.
type tail struct {
	onLine func(string)
	part   []byte
	lines  []string
}

const tailLines = 30

func (t *tail) Write(p []byte) (int, error) {
	t.part = append(t.part, p...)
	for {
		i := bytes.IndexByte(t.part, '\n')
		if i < 0 {
			return len(p), nil
		}
		t.add(string(bytes.TrimRight(t.part[:i], "\r")))
		t.part = t.part[i+1:]
	}
}

func (t *tail) add(line string) {
	if t.onLine != nil {
		t.onLine(line)
	}
	t.lines = append(t.lines, line)
	if len(t.lines) > tailLines {
		t.lines = t.lines[1:]
	}
}

func (t *tail) String() string {
	lines := t.lines
	if len(t.part) > 0 {
		lines = append(lines, string(t.part))
	}
	return strings.Join(lines, "\n")
}
