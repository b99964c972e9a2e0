// Command local is the program behind the Makefile's local targets: it prepares
// the tools, runs the local AWS emulator and shows the stacks on it.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cachedir"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// command is what the program can do.
type command struct {
	name string
	does string // for the usage
	run  func(ctx context.Context, root string, args []string) error

	// interrupted says what Ctrl-C has left as it was, and what to type to go on.
	interrupted string
}

const kept = "what was downloaded, built or installed so far is kept, nothing is half-finished"

var commands = []command{
	{"tools", "prepare what the emulator, the demo and the e2e tests need", tools, kept + "; go on with: make tools"},
	{"lint-tools", "install the linters and print the folder that has them", lintTools, kept + "; go on with: make lint"},
	{"emulator", "start the local AWS emulator and print its export lines", startEmulator, kept + "; make emulator goes on, make emulator-stop stops an emulator that runs already"},
	{"emulator-stop", "stop it", stopEmulator, "the emulator may still run; run again: make emulator-stop"},
	{"test", "run all tests, including the end-to-end tests (./e2e)", test, "what the tests had started was stopped, no file of the checkout was changed; run again: make test"},
	{"demo", "deploy a worker to a private emulator and run a flow on it; -stack dev shows the documented deployment", demo,
		"what the demo had started was stopped and removed, the checkout is as it was; run again: make demo"},
	{"compat", "deploy the stacks with each supported Terraform and AWS provider, and dev with CDK Terrain; -update writes the results into README.md", compat,
		"what was deployed and started is gone, README has no partial table; " + kept + "; run again: make compat, or some of it: make compat ONLY=1.5.7,tofu"},
	{"lock", "write the lock files of the stacks' providers, or of -stack NAME, beside the files in -environments DIR", lock,
		"each lock file is complete, either the new or the previous one; run again: make lock"},
	{"adopt", "write the environment file of a deployment from its state: -state FILE or s3://bucket/key [-name NAME] [-region REGION]", adoptState,
		"the state was only read, nothing was written; run again: make adopt STATE=…"},
	{"put-secret-value", "create the stack's secret if it is missing (-stack NAME), ask for its value and store it", putSecretValue,
		"no value was stored; run again: make put-secret-value STACK=…"},
	{"restore-drill", "lose and restore a state on a private emulator; -stack NAME looks at a stack's state on AWS", restoreDrill,
		"what the drill had started was stopped and removed, no state of yours was changed; run again: make restore-drill"},
}

func main() {
	program.Main(run, func(err error) string { return interruption(os.Args[1:], err) })
}

// left is an error, and what the command says of an interrupt at that point.
type left struct {
	error
	text string
}

func (l left) Unwrap() error { return l.error }

// interruption says what an interrupt has left as it was, and what to type to go on.
func interruption(args []string, err error) string {
	at := "interrupted"
	var step *progress.Interrupted
	if errors.As(err, &step) {
		at = step.Error()
	}
	var here left
	errors.As(err, &here)
	for _, c := range commands {
		if len(args) > 0 && c.name == args[0] {
			return at + ": " + cmp.Or(here.text, c.interrupted)
		}
	}
	return at
}

func run(ctx context.Context, args []string) error {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	if len(args) == 0 {
		printUsage()
		return fmt.Errorf("command: got none, want one of %v", names)
	}
	i := slices.Index(names, args[0])
	if i < 0 {
		return fmt.Errorf("command: got %q, want one of %v", args[0], names)
	}
	root, err := toolchain.Root()
	if err != nil {
		return err
	}
	return commands[i].run(ctx, root, args[1:])
}

func printUsage() {
	fmt.Fprint(os.Stderr, "usage: go run ./internal/cmd/local COMMAND, which make help lists as make targets\n\n")
	for _, c := range commands {
		fmt.Fprintf(os.Stderr, "  %-16s %s\n", c.name, c.does)
	}
	fmt.Fprintln(os.Stderr)
}

// parse reads the flags of a command that takes nothing else.
func parse(flags *flag.FlagSet, args []string) error {
	flags.SetOutput(io.Discard) // main prints the error, once
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(os.Stderr)
		flags.PrintDefaults()
		return err
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("got the argument %q, want none", flags.Arg(0))
	}
	if err != nil {
		return fmt.Errorf("%s: %w; make help lists what make %[1]s takes", flags.Name(), err)
	}
	return nil
}

func tools(ctx context.Context, root string, args []string) error {
	if err := parse(flag.NewFlagSet("tools", flag.ContinueOnError), args); err != nil {
		return err
	}
	if err := prepareAll(ctx, root); err != nil {
		return err
	}
	return toolchain.Prune(root, os.Stderr)
}

// prepareAll prepares everything that the end-to-end tests need.
func prepareAll(ctx context.Context, root string) error {
	t, err := toolchain.Prepare(ctx, root, os.Stderr, toolchain.Everything...)
	if err != nil {
		return err
	}
	name := "Terraform"
	if t.Terraform.Tofu {
		name = "OpenTofu"
	}
	fmt.Fprintf(os.Stderr, "ready: %s %s (%s), AWS provider %s (%s), emulator, cdktf; next: make demo, or make test\n",
		name, t.Terraform.Version, t.Terraform.Path, t.Provider.Version, t.Provider.Origin)
	return nil
}

func lintTools(ctx context.Context, root string, args []string) error {
	if err := parse(flag.NewFlagSet("lint-tools", flag.ContinueOnError), args); err != nil {
		return err
	}
	t, err := toolchain.Prepare(ctx, root, os.Stderr, toolchain.LintTools)
	if err == nil {
		fmt.Println(t.Lint)
	}
	return err
}

// emulatorDir is the home of the checkout's own emulator.
func emulatorDir(root string) (string, error) {
	cache, err := cachedir.Path()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "emulators", toolchain.Key(root)), nil
}
