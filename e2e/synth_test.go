//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/problem"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synth"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
)

// synthesizerVariable has this program be a synthesizer instead of tests.
const synthesizerVariable = "E2E_SYNTHESIZER"

// order is a project to synthesize: a folder with environments and a stack, "" for all.
type order struct{ Dir, Stack string }

// serveSynthesizer reads orders from standard input, and answers each with what the
// app would print as errors, "" for none.
func serveSynthesizer(*testing.M) (code int, err error) {
	k, err := kernel.Start()
	if err != nil {
		return 1, err
	}
	defer k.Close()
	orders, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var o order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return 0, nil
		} else if err != nil {
			return 1, err
		}
		var said strings.Builder
		if err := o.synthesize(); err != nil {
			problem.Print(&said, err)
		}
		if err := answers.Encode(said.String()); err != nil {
			return 1, err
		}
	}
}

// synthesize does what the app does in a folder: TestReadme and the unit tests run
// the app itself.
func (o order) synthesize() error {
	if err := os.Chdir(o.Dir); err != nil {
		return err
	}
	p, err := synth.Load("environments", o.Stack)
	if err != nil {
		return err
	}
	return p.Write(false)
}

// synthesizer synthesizes for all tests in one process, and one jsii kernel: to start
// that takes most of the time of a synthesis.
type synthesizer struct {
	mu      sync.Mutex
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	orders  *json.Encoder
	answers *json.Decoder
}

func startSynthesizer() (*synthesizer, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &synthesizer{cmd: exec.Command(program)}
	s.cmd.Env, s.cmd.Stderr = append(os.Environ(), synthesizerVariable+"=1"), os.Stderr
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.orders, s.answers = json.NewEncoder(s.stdin), json.NewDecoder(stdout)
	return s, s.cmd.Start()
}

// synthesize writes the cdktf.out of a folder with environments, of one stack or, with
// "", of all.
func (s *synthesizer) synthesize(ctx context.Context, dir, stack string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := s.orders.Encode(order{dir, stack}); err != nil {
		return err
	}
	var answer string
	if err := s.answers.Decode(&answer); err != nil {
		return err
	}
	if answer != "" {
		return errors.New(answer)
	}
	return nil
}

func (s *synthesizer) stop() error {
	err := errors.Join(s.stdin.Close(), s.cmd.Wait())
	if interrupted.Err() != nil { // the interrupt has ended it, too
		return nil
	}
	return err
}
