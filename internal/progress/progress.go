// Package progress tells the user what runs, for how long, and how long it took
// the last time: one live line on a terminal, plain lines elsewhere and in CI.
// What an interrupt ends says so by its error.
package progress

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/briandowns/spinner"
	"github.com/mattn/go-isatty"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cachedir"
)

// Log writes lines about steps.
type Log struct {
	w      io.Writer
	live   *os.File // the terminal, or nil
	memory memory

	mu    sync.Mutex
	shown *spinner.Spinner // the one live line there is
}

// New writes to w, and remembers durations in the cache folder.
func New(w io.Writer) *Log {
	l := &Log{w: w}
	if dir, err := cachedir.Path(); err == nil { // without one nothing is remembered
		l.memory.dir = dir
	}
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) && !InCI() && os.Getenv("TERM") != "dumb" {
		l.live = f
	}
	return l
}

// InCI follows the habit of CI services: CI=true.
func InCI() bool {
	switch strings.ToLower(os.Getenv("CI")) {
	case "", "0", "false":
		return false
	}
	return true
}

// Printf prints one line, above the live one.
func (l *Log) Printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown != nil {
		l.shown.Lock()
		defer l.shown.Unlock()
		fmt.Fprint(l.w, "\r\x1b[K")
	}
	fmt.Fprintf(l.w, format+"\n", args...)
}

// show draws the live line of a step, unless another step has it.
func (l *Log) show(s *Step) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live == nil || l.shown != nil || s.Speaks {
		return false
	}
	// A hidden cursor would stay hidden after a kill.
	s.spinner = spinner.New(spinner.CharSets[14], redraw, spinner.WithWriterFile(l.live), spinner.WithHiddenCursor(false))
	s.spinner.PreUpdate = func(p *spinner.Spinner) { p.Suffix = " " + s.line() }
	s.spinner.Start()
	l.shown = s.spinner
	return true
}

func (l *Log) hide() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown.Stop()
	l.shown = nil
}

// Task describes a step.
type Task struct {
	What  string // such as "building the AWS provider 6.34.0"
	Key   string // its duration is remembered by it; "": by What
	About string // how long it takes, where no duration is remembered, such as "7 minutes on 2 cores"

	// Speaks is of a step that prints lines while it runs: it gets no live line,
	// which would be mixed up with them.
	Speaks bool
	// Waits is of a step that waits for others, however long: nothing is remembered.
	Waits bool
}

func (t Task) key() string { return cmp.Or(t.Key, t.What) }

// Step is a task that runs.
type Step struct {
	Task
	log     *Log
	began   time.Time
	usual   string
	spinner *spinner.Spinner
	stop    chan struct{}
	ended   sync.WaitGroup

	mu     sync.Mutex
	detail string
}

const (
	beat        = time.Minute            // between lines, where there is no live one
	redraw      = 250 * time.Millisecond // of the live line
	worthSaying = 2 * time.Second        // a step that takes less says nothing of the last time
)

// Start shows a step until Done.
func (l *Log) Start(t Task) *Step {
	s := &Step{Task: t, log: l, began: time.Now(), stop: make(chan struct{})}
	if last := l.memory.last(t.key()); last >= worthSaying && !t.Waits {
		s.usual = " (last time " + Rounded(last) + ")"
	} else if t.About != "" {
		s.usual = " (about " + t.About + ")"
	}
	if l.show(s) {
		return s
	}
	l.Printf("==> %s%s", t.What, s.usual)
	if !t.Speaks {
		s.ended.Go(s.beat)
	}
	return s
}

// Detail is shown beside the elapsed time.
func (s *Step) Detail(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.detail = ", " + fmt.Sprintf(format, args...)
}

// Done ends the step and returns its error, which is an [Interrupted] after an
// interrupt. A failure is left to the caller to report.
func (s *Step) Done(err error) error {
	close(s.stop)
	s.ended.Wait()
	took := time.Since(s.began)
	state := "done in "
	if err != nil {
		state = "stopped after "
	} else if !s.Waits {
		s.log.memory.keep(s.key(), took)
	}
	if s.spinner != nil {
		s.log.hide()
		s.log.Printf("==> %s: %s%s", s.What, state, Rounded(took))
	} else {
		s.log.Printf("    %s%s", state, Rounded(took))
	}
	if errors.Is(err, context.Canceled) {
		return &Interrupted{s.What, err}
	}
	return err
}

// Interrupted is the error of a step that an interrupt ended.
type Interrupted struct {
	What string // of the step
	Err  error
}

func (i *Interrupted) Error() string { return "interrupted while " + i.What }
func (i *Interrupted) Unwrap() error { return i.Err }

func (s *Step) line() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("%s: %s%s%s", s.What, Rounded(time.Since(s.began)), s.usual, s.detail)
}

// beat shows in a log that something goes on.
func (s *Step) beat() {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			s.mu.Lock()
			s.log.Printf("    %s%s", Rounded(time.Since(s.began)), s.detail)
			s.mu.Unlock()
		}
	}
}

// Rounded is a duration as people say it: 0.4s, 12s, 6m40s.
func Rounded(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}
