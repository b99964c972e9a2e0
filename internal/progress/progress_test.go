package progress

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// longAgo makes a step's duration worth saying.
func longAgo(s *Step) { s.began = s.began.Add(-time.Minute) }

func TestPlainLines(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	task := Task{What: "building 2.0", Key: "build", About: "7 minutes"}
	var out bytes.Buffer
	l := New(&out)
	s := l.Start(task)
	longAgo(s)
	if err := s.Done(nil); err != nil {
		t.Fatal(err)
	}
	task.What = "building 3.0"
	failed := errors.New("broken")
	if err := New(&out).Start(task).Done(failed); err != failed {
		t.Errorf("got %v, want %v as it was", err, failed)
	}
	_ = New(&out).Start(Task{What: "waiting", Key: "build", Waits: true}).Done(nil)
	want := regexp.MustCompile(`^==> building 2.0 \(about 7 minutes\)
    done in 1m0s
==> building 3.0 \(last time 1m0s\)
    stopped after 0.\ds
==> waiting
    done in 0.\ds
$`)
	if !want.Match(out.Bytes()) {
		t.Errorf("got:\n%s", out.String())
	}
}

// TestLiveLine: a terminal shows one line, which is written again, and keeps what
// the step took; in CI there are no control characters on it either.
func TestLiveLine(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("TERM", "xterm")
	for _, tt := range []struct {
		ci   string
		live bool
	}{{"", true}, {"true", false}} {
		t.Setenv("CI", tt.ci)
		terminal, tty, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		var read bytes.Buffer
		done := make(chan struct{})
		go func() { _, _ = io.Copy(&read, terminal); close(done) }()
		l := New(tty)
		first := l.Start(Task{What: "building"})
		first.Detail("%d of 2", 1)
		time.Sleep(2 * redraw)
		l.Printf("a line between")
		second := l.Start(Task{What: "another at the same time"})
		_ = second.Done(nil)
		_ = first.Done(nil)
		tty.Close()
		<-done
		terminal.Close()
		out := read.String()
		if got := strings.Contains(out, "\x1b"); got != tt.live {
			t.Errorf("CI=%q: control characters: got %v, want %v in %q", tt.ci, got, tt.live, out)
		}
		if tt.live != regexp.MustCompile(`building: 0\.\ds, 1 of 2`).MatchString(out) {
			t.Errorf("CI=%q: got %q", tt.ci, out)
		}
		for _, want := range []string{"a line between\r\n", "==> another at the same time\r\n", "done in 0."} {
			if !strings.Contains(out, want) {
				t.Errorf("CI=%q: no %q in %q", tt.ci, want, out)
			}
		}
	}
}

func TestInterruptNamesTheStep(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	err := New(io.Discard).Start(Task{What: "installing npm"}).Done(context.Canceled)
	var at *Interrupted
	if !errors.As(err, &at) || at.What != "installing npm" || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestMemory: what was remembered is forgotten when it is old, and an invalid file is written
// again.
func TestMemory(t *testing.T) {
	m := memory{t.TempDir()}
	for _, text := range []string{"", "{", "null", `{"a": 1}`, `{"old": {"Seconds": 5, "On": "2020-01-01T00:00:00Z"}}`} {
		if err := os.WriteFile(m.file(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		m.keep("a", 3*time.Second)
		if got := m.last("a"); got != 3*time.Second {
			t.Errorf("after %q: got %s", text, got)
		}
		if got := m.last("old"); got != 0 {
			t.Errorf("what is old: got %s", got)
		}
	}
	if left, err := filepath.Glob(filepath.Join(m.dir, "*")); err != nil || len(left) != 1 {
		t.Errorf("got %v, %v, want one file", left, err)
	}
	memory{}.keep("a", time.Second)
	memory{filepath.Join(m.dir, "missing")}.keep("a", time.Second)
}
