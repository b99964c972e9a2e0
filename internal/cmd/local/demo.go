package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/prefect"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

const (
	backendStack = "state-backend"
	workerStack  = "dev"
)

// documented are the documented deployment's stacks, in order: dev stores its
// state in what state-backend makes.
var documented = []string{backendStack, workerStack}

// session is one run of the demo.
type session struct {
	root      string
	stacks    []string // deployed in this order
	tools     *toolchain.Toolchain
	emulator  *emulator.Emulator
	workspace *workspace
	prefect   *prefect.Server // of the demo's own stack
	key       string          // what the server asks for
	env       []string
	log       *progress.Log
}

// flows reports whether the demo is of the stack that runs flows.
func (s *session) flows() bool { return s.stacks[0] == flowStack }

// last is the stack that the demo is about.
func (s *session) last() string { return s.stacks[len(s.stacks)-1] }

// demo deploys a stack to an emulator through the cdktf command line, in a
// copy of the project, so that no state of the demo reaches the checkout: its own,
// whose worker then runs a flow, or the documented one, dev.
func demo(ctx context.Context, root string, args []string) (err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	stack := flags.String("stack", flowStack, "what to show: "+flowStack+", or "+workerStack+", the documented deployment")
	if err := parse(flags, args); err != nil {
		return err
	}
	s := &session{root: root, log: progress.New(os.Stdout)}
	switch *stack {
	case flowStack:
		s.stacks = []string{flowStack}
	case workerStack:
		s.stacks = documented
	default:
		return fmt.Errorf("STACK: got %q, want %s, or %s, the documented deployment; another stack: make synth STACK=%[1]s", *stack, flowStack, workerStack)
	}
	if s.flows() && runtime.GOOS != "linux" {
		fmt.Printf("The local AWS runs tasks on Linux only, and this is %s: here is %s, without a flow run.\n", runtime.GOOS, workerStack)
		s.stacks = documented
	}
	began := time.Now()
	keep := os.Getenv("KEEP") != "" && os.Getenv("KEEP") != "0"
	dir, err := emulatorDir(root)
	if err != nil {
		return err
	}
	if e := emulator.Running(ctx, dir); keep && e != nil {
		return fmt.Errorf("KEEP=1 keeps its emulator for this checkout, and one is already running (%s, process %d); stop it first: make emulator-stop", e.Endpoint(), e.PID)
	}
	parts := []toolchain.Part{toolchain.NodeTools, toolchain.PythonTools, toolchain.TerraformTools}
	if s.flows() {
		parts = append(parts, toolchain.PrefectTools)
	}
	if s.tools, err = toolchain.Prepare(ctx, root, os.Stderr, parts...); err != nil {
		return err
	}
	defer func() {
		if keep && err == nil {
			s.explainKept()
			return
		}
		if cleanErr := s.cleanUp(); err == nil {
			err = cleanErr
		}
	}()
	if err := s.open(ctx, dir, keep); err != nil {
		return err
	}
	if err := s.deploy(ctx); err != nil {
		return err
	}
	next := "make new-env NAME=etl writes the file of your own stack, make doctor STACK=etl checks what it needs"
	say("demo passed in %s; %s", time.Since(began).Round(time.Second), next)
	return nil
}

// open starts the emulator and makes the workspace. A kept emulator is the
// checkout's own, so that make emulator and make emulator-stop find it.
func (s *session) open(ctx context.Context, dir string, keep bool) (err error) {
	step := s.log.Start(progress.Task{What: "starting the local AWS emulator"})
	var options []emulator.Option
	if s.flows() {
		options = append(options, emulator.RunTasks(s.tools.Prefect))
	}
	if keep {
		s.emulator, _, err = emulator.Ensure(ctx, s.tools.Python, dir, options...)
	} else {
		var private string
		if private, err = os.MkdirTemp("", "prefect-ecs-emulator-"); err == nil {
			if s.emulator, err = emulator.Start(ctx, s.tools.Python, private, options...); err != nil {
				err = errors.Join(err, os.RemoveAll(private))
			}
		}
	}
	if err := step.Done(err); err != nil {
		return err
	}
	fmt.Printf("emulator: %s, process %d\n", s.emulator.Endpoint(), s.emulator.PID)
	// jsii prints a box of 12 lines on a Node past its end of life; CI keeps cdktf
	// from drawing its status line again for each line of output.
	s.env = append(append(s.tools.Env(), s.emulator.Env()...), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1", "CI=1")
	step = s.log.Start(progress.Task{What: "building the app"})
	s.workspace, err = newWorkspace(ctx, s.root)
	if err := step.Done(err); err != nil || !s.flows() {
		return err
	}
	return s.startPrefect(ctx, keep)
}

func (s *session) deploy(ctx context.Context) error {
	if s.flows() {
		if err := s.storeKey(ctx); err != nil {
			return err
		}
	}
	for _, stack := range s.stacks {
		step := s.log.Start(progress.Task{What: "cdktf deploy " + stack, Speaks: true})
		if err := step.Done(s.cdktf(ctx, "deploy", stack, "--auto-approve", "--skip-provider-lock")); err != nil {
			return err
		}
		if err := s.count(ctx, stack); err != nil {
			return err
		}
	}
	if s.flows() {
		if err := s.runFlow(ctx); err != nil {
			return err
		}
	} else if err := s.showDocumented(ctx); err != nil {
		return err
	}
	for _, stack := range s.stacks {
		if err := s.planAgain(ctx, stack); err != nil {
			return err
		}
	}
	return nil
}

// showDocumented shows what dev is: its outputs, and what its role allows.
func (s *session) showDocumented(ctx context.Context) error {
	say("cdktf output %s", workerStack)
	if err := s.cdktf(ctx, "output", workerStack, "--skip-provider-lock"); err != nil {
		return err
	}
	say("what the documented role allows the worker and its flows")
	return s.aws(ctx, "role", "prefect-cluster", "dev-worker")
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
	fmt.Printf("%s: %s\n", stack, english.Plural(n, "resource", ""))
	return nil
}

// planAgain fails when a second plan wants anything.
func (s *session) planAgain(ctx context.Context, stack string) error {
	step := s.log.Start(progress.Task{What: "a second plan of " + stack})
	plan, err := toolchain.Plan(ctx, s.tools.Terraform.Path, s.workspace.stackDir(stack), s.env)
	if err := step.Done(err); err != nil {
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

// cleanUp ends what was started and removes the workspace; none of it may exist yet.
func (s *session) cleanUp() error {
	var errs []error
	if s.emulator != nil { // its tasks first: they talk to the server
		errs = append(errs, s.emulator.Stop())
	}
	if s.prefect != nil {
		errs = append(errs, s.prefect.Stop())
	}
	if s.workspace != nil {
		errs = append(errs, os.RemoveAll(s.workspace.dir))
	}
	return errors.Join(errs...)
}

func (s *session) explainKept() {
	say("KEEP=1: the emulator and the temporary folder stay")
	if s.prefect != nil {
		fmt.Printf("  Prefect     %s, log in with %s\n", s.prefect.UI(), s.key)
	}
	fmt.Printf(`  emulator    %s, process %d
  folder      %s
  look around eval "$(make -s emulator)" && terraform -chdir=%s plan
  stop it     make emulator-stop && rm -r %s
`, s.emulator.Endpoint(), s.emulator.PID, s.workspace.dir, filepath.Join(s.workspace.dir, "cdktf.out/stacks", s.last()), s.workspace.dir)
}

func say(format string, args ...any) { fmt.Printf("\n==> "+format+"\n", args...) }
