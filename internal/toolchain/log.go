package toolchain

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
)

// Log tells the user what runs and for how long: one live line on a terminal,
// a line every 15 seconds elsewhere. Quick steps print one line only.
type Log struct {
	w    io.Writer
	live bool
}

// NewLog writes to w.
func NewLog(w io.Writer) *Log {
	f, ok := w.(*os.File)
	return &Log{w: w, live: ok && isatty.IsTerminal(f.Fd())}
}

// Printf prints one line.
func (l *Log) Printf(format string, args ...any) {
	fmt.Fprintf(l.w, format+"\n", args...)
}

// Step is one piece of work that is being shown.
type Step struct {
	log    *Log
	what   string
	began  time.Time
	mu     sync.Mutex
	detail string
	stop   chan struct{}
	ended  sync.WaitGroup
}

// Start shows a step until Done.
func (l *Log) Start(what string) *Step {
	s := &Step{log: l, what: what, began: time.Now(), stop: make(chan struct{})}
	l.Printf("==> %s", what)
	every := 15 * time.Second
	if l.live {
		every = time.Second
	}
	s.ended.Go(func() { s.show(every) })
	return s
}

// Detail is shown beside the elapsed time.
func (s *Step) Detail(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.detail = ", " + fmt.Sprintf(format, args...)
}

// Done ends the step. A failure is left to the caller to report.
func (s *Step) Done(err error) {
	close(s.stop)
	s.ended.Wait()
	state := "done"
	if err != nil {
		state = "stopped"
	}
	s.log.Printf("    %s after %s", state, s.elapsed())
}

func (s *Step) show(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			if s.log.live {
				fmt.Fprint(s.log.w, "\r\x1b[K")
			}
			return
		case <-tick.C:
			s.mu.Lock()
			line := fmt.Sprintf("    %s%s", s.elapsed(), s.detail)
			s.mu.Unlock()
			if s.log.live {
				fmt.Fprintf(s.log.w, "\r\x1b[K%s", line)
			} else {
				s.log.Printf("%s …", line)
			}
		}
	}
}

func (s *Step) elapsed() time.Duration {
	return time.Since(s.began).Round(time.Second)
}
