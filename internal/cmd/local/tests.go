package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// The go commands of make test. No two packages of the unit tests run at once,
// for each of them boots a jsii kernel. The end-to-end tests mostly wait, for
// AWS as the provider believes, so that more of them than cores run side by side:
// how many, and which go before which, is theirs to say, see parallel in e2e.
var (
	vet     = []string{"vet", "-tags", "e2e", "./..."} // all of it, so that go test need not
	unit    = []string{"test", "-vet=off", "-p", "1", "./..."}
	e2eArgs = []string{"test", "-vet=off", "-tags", "e2e", "-count=1", "-timeout", "60m", "-parallel", "100", "./e2e/..."}
)

// test runs everything that can be tested: what waits beside what computes.
func test(ctx context.Context, root string, args []string) error {
	if err := parse(flag.NewFlagSet("test", flag.ContinueOnError), args); err != nil {
		return err
	}
	if err := trimPaths(ctx); err != nil {
		return err
	}
	log := progress.New(os.Stderr)
	stage := func(what string, args []string) error {
		return log.Start(progress.Task{What: "go " + what, Speaks: true}).Done(runGo(ctx, root, args...))
	}
	if err := stage("vet", vet); err != nil {
		return err
	}
	units := make(chan error, 1)
	go func() { units <- stage("test: unit tests and goldens", unit) }()
	skipped, err := e2e(ctx, root, func() error { return stage("test: ./e2e, on the emulator", e2eArgs) })
	err = errors.Join(<-units, err)
	fmt.Fprint(os.Stderr, skipped) // last, where it is seen
	if err == nil && skipped == "" {
		fmt.Fprintln(os.Stderr, "all tests passed; next: make lint")
	}
	return err
}

// e2e prepares the tools and runs the end-to-end tests. Where the tools cannot
// be had the tests are left out, of which notice tells, and which CI takes as a
// failure.
func e2e(ctx context.Context, root string, run func() error) (notice string, err error) {
	if err := prepareAll(ctx, root); err != nil {
		if ctx.Err() != nil || progress.InCI() {
			return "", fmt.Errorf("the end-to-end tests cannot run: %w", err)
		}
		return skipped(err), nil
	}
	return "", run()
}

func runGo(ctx context.Context, root string, args ...string) error {
	gocmd, err := goCommand()
	if err != nil {
		return err
	}
	return quietly(process.Run(ctx, process.Command{Path: gocmd, Args: args, Dir: root, Stdout: os.Stdout, Stderr: os.Stderr}))
}

// trimPaths has every go command of the tests compile such that Go's cache serves
// all copies of the checkout: without -trimpath what is compiled has the folder's
// name in it, and is compiled again for each copy that a test makes. Without
// what debuggers want, linking takes a quarter less.
func trimPaths(ctx context.Context) error {
	gocmd, err := goCommand()
	if err != nil {
		return err
	}
	flags, err := process.Output(ctx, process.Command{Path: gocmd, Args: []string{"env", "GOFLAGS"}}) // go env -w sets some too
	if err != nil {
		return err
	}
	return os.Setenv("GOFLAGS", strings.TrimSpace("-trimpath -ldflags=-w "+string(flags))) // the last one of a name counts: the user's
}

// goCommand finds Go.
func goCommand() (string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", &toolchain.MissingError{What: "go: not on PATH", Fix: "install Go (https://go.dev/dl)"}
	}
	return path, nil
}

// quietly marks the failure of a program that has said itself what is wrong.
func quietly(err error) error {
	if errors.As(err, new(*exec.ExitError)) {
		return program.Said(err)
	}
	return err
}

// known rejects a name that no stack has, and lists the stacks.
func known(environments, stack string) error {
	c, err := config.Load(environments)
	if err != nil {
		return err
	}
	return c.Only(stack)
}

// synthesize writes a stack's JSON by the app, which says what is wrong.
func synthesize(ctx context.Context, root, environments, stack string) error {
	gocmd, err := goCommand()
	if err != nil {
		return err
	}
	app := filepath.Join(root, ".bin", "prefect-ecs-worker")
	if err := process.Run(ctx, process.Command{Path: gocmd, Args: []string{"build", "-o", app, "."}, Dir: root}); err != nil {
		return fmt.Errorf("build the app: %w", err)
	}
	// What it says of its next step is not the next one here.
	return quietly(process.Run(ctx, process.Command{Path: app, Args: []string{"-environments", program.ShownIn(root, environments), "-stack", stack}, Dir: root, Stdout: io.Discard, Stderr: os.Stderr}))
}

// skipped is the summary of what did not run and why.
func skipped(why error) string {
	line := strings.Repeat("*", 78)
	return fmt.Sprintf(`
%s
NOT RUN: the end-to-end tests (./e2e): nothing was applied, neither the stacks
nor the adoption of existing state.

WHY: %v

Fix that and run make test again. With CI=true this is a failure.
%s
`, line, why, line)
}
