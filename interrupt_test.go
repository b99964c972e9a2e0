package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// moments are states of a run that can be seen from outside, in their order.
var moments = []struct {
	name    string
	reached func(r *interruptible) bool
}{
	{"at the start", func(*interruptible) bool { return true }},
	{"after the warnings", func(r *interruptible) bool { return r.printed("warning: ") }},
	{"with a temporary folder", func(r *interruptible) bool { return r.made("tmp", "*") }},
	{"while jsii unpacks itself", func(r *interruptible) bool { return r.made("tmp", "*", "jsii-runtime.*", "lib") }},
	{"when Node starts", func(r *interruptible) bool { return len(r.nodes()) > 0 }},
	{"when the kernel starts", func(r *interruptible) bool { return r.made("tmp", "*", "jsii-kernel-*") }},
	{"while a stack is built", func(r *interruptible) bool { return r.made("cdktf.out", ".synth-*") }},
	{"while stacks are written", func(r *interruptible) bool { return r.made("cdktf.out", ".synth-*", "stacks", "*") }},
	{"when the output is in place", func(r *interruptible) bool { return r.made("cdktf.out", "manifest.json") }},
}

// TestInterrupt ends the program at every moment, as kill does and as Ctrl-C
// does, which reaches Node too.
func TestInterrupt(t *testing.T) {
	interrupted, said := 0, 0
	for _, how := range []struct {
		name   string
		signal syscall.Signal
		group  bool
	}{
		{"Ctrl-C", syscall.SIGINT, true},
		{"SIGTERM", syscall.SIGTERM, false},
		{"the terminal's end", syscall.SIGHUP, true},
	} {
		for _, moment := range moments {
			t.Run(how.name+" "+moment.name, func(t *testing.T) {
				r := newInterruptible(t)
				if r.interrupt(t, how.signal, how.group, moment.reached) {
					interrupted++
				}
				if r.printed("interrupted: cdktf.out has either all previous stacks or all new ones; run again: make synth\n") {
					said++
				}
			})
		}
	}
	if said == 0 {
		t.Error("no run said what the interrupt had left as it was")
	}
	if interrupted < len(moments) {
		t.Errorf("%d runs were interrupted, want at least %d; the others had ended", interrupted, len(moments))
	}
}

// TestInterruptTheFirstRun: the packages are being unpacked to an empty cache.
func TestInterruptTheFirstRun(t *testing.T) {
	r := newInterruptible(t)
	r.env = append(r.env, "HOME="+r.dir, "XDG_CACHE_HOME="+filepath.Join(r.dir, "cache"))
	r.interrupt(t, syscall.SIGINT, true, func(r *interruptible) bool {
		return r.made(".cache", "aws", "jsii", "package-cache", "@cdktf", "provider-aws", "*", "*", "package.json") ||
			r.made("Library", "Caches", "com.amazonaws.jsii", "package-cache", "@cdktf", "provider-aws", "*", "*", "package.json")
	})
}

// interruptible is a run of the program in its own folder.
type interruptible struct {
	dir    string
	env    []string
	stderr lockedBuffer
}

func newInterruptible(t *testing.T) *interruptible {
	r := &interruptible{dir: t.TempDir()}
	for i := range 10 { // so many that a moment lasts
		write(t, filepath.Join(r.dir, "environments", fmt.Sprintf("dev-%d.yaml", i)), "preset: readme\n")
	}
	if err := os.Mkdir(filepath.Join(r.dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	r.env = []string{"RUN_MAIN=1", "TMPDIR=" + filepath.Join(r.dir, "tmp")}
	return r
}

// interrupt runs the program until the moment and checks how it ends. It
// reports whether the program was still there to be interrupted.
func (r *interruptible) interrupt(t *testing.T, sig syscall.Signal, group bool, reached func(*interruptible) bool) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, executable(t))
	cmd.Dir, cmd.Env, cmd.Stderr = r.dir, append(os.Environ(), r.env...), &r.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for len(ended) == 0 && !reached(r) {
		time.Sleep(time.Millisecond)
	}
	pid := cmd.Process.Pid
	if group {
		pid = -pid
	}
	_ = syscall.Kill(pid, sig)
	<-ended
	if ctx.Err() != nil {
		t.Fatal("still runs after a minute")
	}

	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case status.ExitStatus() == 0: // it had ended
	case status.ExitStatus() == 130 || status.Signal() == sig: // before there was anything to clean up
	default:
		t.Errorf("got %s, want exit status 130", cmd.ProcessState)
	}
	r.checkClean(t)
	return status.ExitStatus() != 0
}

func (r *interruptible) checkClean(t *testing.T) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(r.stderr.String()) {
		if !strings.HasPrefix(line, "warning: ") && !strings.HasPrefix(line, "First run: ") {
			lines = append(lines, line)
		}
	}
	if text := strings.Join(lines, ""); len(lines) > 1 || len(text) > 200 {
		t.Errorf("got %d bytes on stderr, want one line at most: %.500s", len(text), text)
	}
	for _, pattern := range []string{"tmp/*", "cdktf.out/.synth-*"} {
		if left, _ := filepath.Glob(filepath.Join(r.dir, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); len(r.nodes()) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still runs: %v", r.nodes())
		}
	}
}

func (r *interruptible) printed(text string) bool { return strings.Contains(r.stderr.String(), text) }

// made reports whether files match the pattern.
func (r *interruptible) made(pattern ...string) bool {
	found, _ := filepath.Glob(filepath.Join(append([]string{r.dir}, pattern...)...))
	return len(found) > 0
}

// nodes are the command lines of the run's Node processes, which name a file
// in its temporary folder.
func (r *interruptible) nodes() (nodes []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		text, _ := os.ReadFile(file) // a process may have ended meanwhile
		if line := strings.ReplaceAll(string(text), "\x00", " "); strings.Contains(line, filepath.Join(r.dir, "tmp")) {
			nodes = append(nodes, line)
		}
	}
	if len(files) == 0 { // no /proc
		out, _ := exec.Command("ps", "-A", "-o", "command=").Output()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, filepath.Join(r.dir, "tmp")) {
				nodes = append(nodes, line)
			}
		}
	}
	return nodes
}

// lockedBuffer may be read while a program writes to it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
