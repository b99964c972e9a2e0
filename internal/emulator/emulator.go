// Package emulator runs the local AWS emulator (moto server) on a free
// loopback port: one that belongs to a checkout and outlives the program that
// started it (Ensure, Running, Stop), or a private one that ends with its
// program (Start), as tests want it.
//
// It is strict: before moto, which takes nearly everything, sees a request, the
// request is checked as AWS does. Checked are types, missing and unknown members,
// enums, lengths, ranges and patterns of the service's model, and the rules of
// local_aws/rules. A refusal has AWS's code and format. Not checked are
// whether the caller may do what it asks, quotas of an account, whether an image
// or a secret is there, a bucket policy's or an S3 object's content, and what has
// no model here: that is let through, with a line "unchecked" in the log.
package emulator

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// program is the emulator: Python's start to moto, with what moto lacks.
//
//go:embed local_aws/*.py local_aws/rules/*.py
var program embed.FS

const programDir = "local_aws"

// startTimeout is generous: moto takes 2 seconds, on a busy machine 10.
const startTimeout = time.Minute

// Emulator is one running server.
type Emulator struct {
	Dir  string // holds its state, log, and AWS configuration files
	PID  int
	Port int

	stdin    io.Closer     // of a private emulator: closing it ends the server
	template *Template     // of a forked one: ends the server
	ended    chan struct{} // of a started emulator: closed when it, or its template, is collected
}

// Start starts a private emulator with an empty account. dir is made and holds
// its log. It ends with Stop, or with this process in whatever way that ends.
func Start(ctx context.Context, python, dir string, options ...Option) (*Emulator, error) {
	return start(ctx, python, dir, true, options)
}

// Ensure returns the emulator of dir, and starts it when it does not run. It
// outlives this process. started says whether it is a new, empty one.
func Ensure(ctx context.Context, python, dir string, options ...Option) (e *Emulator, started bool, err error) {
	unlock, err := lock(ctx, dir)
	if err != nil {
		return nil, false, err
	}
	defer unlock()
	if e := Running(ctx, dir); e != nil {
		return e, false, nil
	}
	e, err = start(ctx, python, dir, false, options)
	return e, err == nil, err
}

// lock lets one program at a time start or stop the emulator of dir. The lock
// lies beside dir, which comes and goes.
func lock(ctx context.Context, dir string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	l := flock.New(dir + ".lock")
	if _, err := l.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return nil, fmt.Errorf("lock %s: %w", l.Path(), err)
	}
	return func() { _ = l.Unlock() }, nil
}

// Running returns the emulator of dir if its process is alive and answers.
func Running(ctx context.Context, dir string) *Emulator {
	e, err := load(dir)
	if err != nil || !e.ours() || e.answers(ctx) != nil {
		return nil
	}
	return e
}

// Stop ends the emulator of dir and removes dir. It reports whether one ran.
func Stop(ctx context.Context, dir string) (bool, error) {
	unlock, err := lock(ctx, dir)
	if err != nil {
		return false, err
	}
	defer unlock()
	e, err := load(dir)
	if err != nil {
		return false, os.RemoveAll(dir)
	}
	ran := e.ours()
	return ran, e.Stop()
}

// Stop ends the server and its tasks, and removes its folder.
func (e *Emulator) Stop() error {
	tasks := process.Descendants(e.PID)
	if err := e.end(); err != nil {
		return err
	}
	if err := awaitTasks(tasks); err != nil {
		return err
	}
	return os.RemoveAll(e.Dir)
}

// Endpoint is the address of every AWS service of the emulator.
func (e *Emulator) Endpoint() string { return fmt.Sprintf("http://127.0.0.1:%d", e.Port) }

// LogFile is where the server writes.
func (e *Emulator) LogFile() string { return logFile(e.Dir) }

func logFile(dir string) string { return filepath.Join(dir, "moto.log") }

// Call is a call of AWS's API.
type Call struct {
	Service   string         // as the SDK names it
	Operation string         // such as CreateCluster
	Region    string         // that it was signed for
	Params    map[string]any // as the API's model names them
}

// Calls reads what was recorded since the last time, with RecordCalls.
func (e *Emulator) Calls() ([]Call, error) {
	file := filepath.Join(e.Dir, "calls.jsonl")
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Call
	for line := range strings.Lines(string(text)) {
		var c Call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, c)
	}
	return all, os.Remove(file)
}

// Reset empties the account, as after a start.
func (e *Emulator) Reset(ctx context.Context) error {
	return e.request(ctx, http.MethodPost, "/moto-api/reset")
}

func start(ctx context.Context, python, dir string, private bool, options []Option) (*Emulator, error) {
	dir, err := prepareDir(dir)
	if err != nil {
		return nil, err
	}
	args := []string{stateFile(dir)}
	if private {
		args = append(args, "--attached")
	}
	for _, o := range options {
		args = append(args, string(o))
	}
	cmd, log, err := command(python, dir, args...)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd.Stdout = log
	e := &Emulator{Dir: dir}
	if private {
		if e.stdin, err = cmd.StdinPipe(); err != nil {
			return nil, err
		}
	}
	if e.ended, err = process.Detach(cmd); err != nil {
		return nil, fmt.Errorf("start the emulator: %w", err)
	}
	e.PID = cmd.Process.Pid
	if err := e.await(ctx); err != nil {
		_ = e.end()
		return nil, err
	}
	return e, nil
}

// command is the emulator's program, unpacked into dir, and its log, to which it
// writes its errors.
func command(python, dir string, args ...string) (*exec.Cmd, *os.File, error) {
	to := filepath.Join(dir, programDir)
	if err := os.RemoveAll(to); err != nil { // of another version
		return nil, nil, err
	}
	if err := os.CopyFS(dir, program); err != nil {
		return nil, nil, err
	}
	log, err := os.Create(logFile(dir))
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(python, append([]string{to}, args...)...)
	cmd.Dir = dir
	cmd.Env = process.MergeEnv(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true", "PYTHONPATH=", "PYTHONHOME=", "PYTHONUNBUFFERED=1")
	cmd.Stderr = log
	return cmd, log, nil
}

// prepareDir creates the folder of an emulator, writes what its clients read, and
// forgets a server that ran here before. It returns the absolute path.
func prepareDir(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if err := os.Remove(stateFile(dir)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return dir, writeAWSFiles(dir)
}

// await returns once the server answers.
func (e *Emulator) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	last := errors.New("it does not listen yet")
	for {
		if s, err := load(e.Dir); err == nil {
			e.PID, e.Port = s.PID, s.Port
			err := e.answers(ctx)
			if err == nil {
				return nil
			}
			if ctx.Err() == nil { // what is wrong, not that we gave up
				last = err
			}
		}
		select {
		case <-e.ended:
			log := e.LogFile()
			if e.template != nil {
				log = logFile(e.template.dir)
			}
			return fmt.Errorf("the emulator ended while starting; its log (%s) ends with:\n%s\nnext: make tools installs again what has changed; then try again", log, logTail(log))
		case <-ctx.Done():
			return fmt.Errorf("start the emulator: %w: %w; its log (%s) ends with:\n%s", ctx.Err(), last, e.LogFile(), logTail(e.LogFile()))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// end ends the process by its number, once that is known to be ours.
func (e *Emulator) end() error {
	if e.template != nil {
		return e.template.end(e.PID)
	}
	if e.stdin != nil {
		_ = e.stdin.Close()
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if !e.ours() {
			return nil
		}
		if err := syscall.Kill(e.PID, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("end the emulator, process %d: %w", e.PID, err)
		}
		for range 50 {
			if !e.ours() {
				return nil
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	return fmt.Errorf("the emulator, process %d, does not end; end it yourself: kill -9 %d", e.PID, e.PID)
}

// ours reports whether the process runs and is this emulator: its command
// line names the state file, whose path no other program has.
func (e *Emulator) ours() bool {
	return strings.Contains(process.CommandLine(e.PID), stateFile(e.Dir))
}

func (e *Emulator) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return e.request(ctx, http.MethodGet, "/moto-api/config")
}

// direct ignores proxies: the server is on the loopback.
var direct = &http.Client{Transport: &http.Transport{Proxy: nil}}

func (e *Emulator) request(ctx context.Context, method, path string) error {
	req, err := http.NewRequestWithContext(ctx, method, e.Endpoint()+path, nil)
	if err != nil {
		return err
	}
	resp, err := direct.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: got status %s, want 2xx", method, req.URL, resp.Status)
	}
	return nil
}

func stateFile(dir string) string { return filepath.Join(dir, "state.json") }

func load(dir string) (*Emulator, error) {
	text, err := os.ReadFile(stateFile(dir))
	if err != nil {
		return nil, err
	}
	e := &Emulator{Dir: dir}
	if err := json.Unmarshal(text, e); err != nil {
		return nil, fmt.Errorf("%s: %w", stateFile(dir), err)
	}
	if e.PID < 2 || e.Port < 1 {
		return nil, fmt.Errorf("%s: got pid %d and port %d, which are not valid", stateFile(dir), e.PID, e.Port)
	}
	return e, nil
}

func logTail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
