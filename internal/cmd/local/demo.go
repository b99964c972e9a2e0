package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// The demo's stacks, in order: dev stores its state in what state-backend makes.
const (
	backendStack = "state-backend"
	workerStack  = "dev"
)

// session is one run of the demo.
type session struct {
	tools     *toolchain.Toolchain
	emulator  *emulator.Emulator
	workspace *workspace
	env       []string
}

// demo deploys the stacks to an emulator through the cdktf command line, in a
// copy of the project, so that no state of the demo reaches the checkout.
func demo(ctx context.Context, root string) (err error) {
	began := time.Now()
	keep := os.Getenv("KEEP") != "" && os.Getenv("KEEP") != "0"
	dir, err := emulatorDir(root)
	if err != nil {
		return err
	}
	if e := emulator.Running(ctx, dir); keep && e != nil {
		return fmt.Errorf("KEEP=1 leaves its emulator to this checkout, and one runs already (%s, process %d); end it first: make emulator-stop", e.Endpoint(), e.PID)
	}
	t, err := toolchain.Prepare(ctx, root, os.Stderr)
	if err != nil {
		return err
	}
	s := &session{tools: t}
	defer func() {
		if keep && err == nil {
			s.explainKept()
			return
		}
		if cleanErr := s.cleanUp(); err == nil {
			err = cleanErr
		}
	}()
	if err := s.open(ctx, root, dir, keep); err != nil {
		return err
	}
	if err := s.deploy(ctx); err != nil {
		return err
	}
	say("demo passed in %s", time.Since(began).Round(time.Second))
	return nil
}

// open starts the emulator and makes the workspace. A kept emulator is the
// checkout's own, so that make emulator and make emulator-stop find it.
func (s *session) open(ctx context.Context, root, dir string, keep bool) (err error) {
	say("starting the local AWS emulator")
	if keep {
		s.emulator, _, err = emulator.Ensure(ctx, s.tools.Python, dir)
	} else {
		var private string
		if private, err = os.MkdirTemp("", "prefect-ecs-emulator-"); err == nil {
			if s.emulator, err = emulator.Start(ctx, s.tools.Python, private); err != nil {
				err = errors.Join(err, os.RemoveAll(private))
			}
		}
	}
	if err != nil {
		return err
	}
	fmt.Printf("emulator: %s, process %d\n", s.emulator.Endpoint(), s.emulator.PID)
	// jsii prints a box of 12 lines on a Node past its end of life; CI keeps cdktf
	// from drawing its status line anew for each line of output.
	s.env = append(append(s.tools.Env(), s.emulator.Env()...), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1", "CI=1")
	s.workspace, err = newWorkspace(ctx, root)
	return err
}

func (s *session) deploy(ctx context.Context) error {
	for _, stack := range []string{backendStack, workerStack} {
		say("cdktf deploy %s", stack)
		if err := s.cdktf(ctx, "deploy", stack, "--auto-approve", "--skip-provider-lock"); err != nil {
			return err
		}
		if err := s.count(ctx, stack); err != nil {
			return err
		}
	}
	say("cdktf output %s", workerStack)
	if err := s.cdktf(ctx, "output", workerStack, "--skip-provider-lock"); err != nil {
		return err
	}
	for _, stack := range []string{backendStack, workerStack} {
		say("a second plan of %s", stack)
		if err := s.planAgain(ctx, stack); err != nil {
			return err
		}
	}
	return nil
}

// count says how many resources the stack's state holds.
func (s *session) count(ctx context.Context, stack string) error {
	out, err := s.terraform(ctx, stack, "state", "list")
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "data.") {
			n++
		}
	}
	fmt.Printf("%s: %d resources\n", stack, n)
	return nil
}

// planAgain fails when a second plan wants anything.
func (s *session) planAgain(ctx context.Context, stack string) error {
	plan, err := toolchain.Plan(ctx, s.tools.Terraform.Path, s.workspace.stackDir(stack), s.env)
	if err != nil {
		return err
	}
	if changes := emulator.Changes(plan); len(changes) > 0 {
		return fmt.Errorf("%s: the second plan is not empty:\n  %s", stack, strings.Join(changes, "\n  "))
	}
	fmt.Printf("%s: no changes\n", stack)
	return nil
}

func (s *session) cdktf(ctx context.Context, args ...string) error {
	return process.Run(ctx, process.Command{Path: s.tools.CDKTF, Args: args, Dir: s.workspace.dir, Env: s.env,
		Unset: userSettings, Stdout: os.Stdout, Stderr: os.Stderr})
}

func (s *session) terraform(ctx context.Context, stack string, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	out, err := process.Output(ctx, process.Command{Path: s.tools.Terraform.Path, Args: args,
		Dir: s.workspace.stackDir(stack), Env: s.env, Unset: userSettings, Stderr: &stderr})
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, stderr.String())
	}
	return out, nil
}

// userSettings are settings for the user's real stacks; the demo shows the defaults.
var userSettings = []string{"TF_VAR_*", "TF_CLI_ARGS*", "TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG*", "CDKTF_*"}

// cleanUp ends the emulator and removes the workspace; both may not exist yet.
func (s *session) cleanUp() error {
	var errs []error
	if s.emulator != nil {
		errs = append(errs, s.emulator.Stop())
	}
	if s.workspace != nil {
		errs = append(errs, os.RemoveAll(s.workspace.dir))
	}
	return errors.Join(errs...)
}

func (s *session) explainKept() {
	say("KEEP=1: the emulator and the workspace stay")
	fmt.Printf(`  emulator    %s, process %d
  workspace   %s
  reach it    eval "$(make -s emulator)"
  look around terraform -chdir=%s plan
  end it      make emulator-stop && rm -r %s
`, s.emulator.Endpoint(), s.emulator.PID, s.workspace.dir, filepath.Join(s.workspace.dir, "cdktf.out/stacks", workerStack), s.workspace.dir)
}

func say(format string, args ...any) { fmt.Printf("\n==> "+format+"\n", args...) }
