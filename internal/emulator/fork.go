package emulator

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// Template is a process that has loaded the emulator and forks private ones
// from itself: each takes milliseconds, where Start takes seconds. All of them
// end with Close, or with this process in whatever way that ends.
type Template struct {
	dir   string
	ended chan struct{} // closed when the process is collected

	orders  sync.Mutex // one order and its answer at a time
	stdin   io.WriteCloser
	stdout  io.Closer
	answers *bufio.Reader // of stdout
}

// NewTemplate starts the process. dir is made and holds its files and log.
func NewTemplate(python, dir string) (*Template, error) {
	dir, err := prepareDir(dir)
	if err != nil {
		return nil, err
	}
	cmd, log, err := command(python, dir, dir, "--template")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	t := &Template{dir: dir}
	if t.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	// Not StdoutPipe, which Wait closes.
	answers, stdout, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = stdout
	t.stdout, t.answers = answers, bufio.NewReader(answers)
	t.ended, err = process.Detach(cmd)
	stdout.Close()
	if err != nil {
		answers.Close()
		return nil, fmt.Errorf("start the emulator: %w", err)
	}
	return t, nil
}

// Start forks a private emulator with an empty account. dir is made and holds
// its log. It ends with its Stop, or with the template.
func (t *Template) Start(ctx context.Context, dir string, options ...Option) (*Emulator, error) {
	dir, err := prepareDir(dir)
	if err != nil {
		return nil, err
	}
	order := stateFile(dir)
	for _, o := range options {
		order += "\t" + string(o)
	}
	t.orders.Lock()
	_, err = fmt.Fprintln(t.stdin, order)
	t.orders.Unlock()
	if err != nil {
		return nil, fmt.Errorf("start the emulator: %w; the log of its template (%s) ends with:\n%s", err, logFile(t.dir), logTail(logFile(t.dir)))
	}
	e := &Emulator{Dir: dir, template: t, ended: t.ended}
	if err := e.await(ctx); err != nil {
		if e.PID != 0 {
			_ = t.end(e.PID)
		}
		return nil, err
	}
	return e, nil
}

// end ends one emulator and returns when it is gone.
func (t *Template) end(pid int) error {
	t.orders.Lock()
	defer t.orders.Unlock()
	order := fmt.Sprintf("-%d\n", pid)
	if _, err := io.WriteString(t.stdin, order); err != nil {
		return nil // the template has ended, and its emulators with it
	}
	if answer, err := t.answers.ReadString('\n'); err == nil && answer != order {
		return fmt.Errorf("end the emulator, process %d: got %q from its template", pid, answer)
	}
	return nil
}

// Close ends the process and all of its emulators.
func (t *Template) Close() error {
	_ = t.stdin.Close() // it may have ended before
	<-t.ended
	_ = t.stdout.Close()
	return os.RemoveAll(t.dir)
}
