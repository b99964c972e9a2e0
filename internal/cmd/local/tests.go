package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// The go commands of make test. No two packages of the unit tests run at once,
// for each of them boots a jsii kernel. The end-to-end tests mostly wait, for
// AWS as the provider believes, so that more of them than cores run side by side.
var (
	vet     = []string{"vet", "-tags", "e2e", "./..."} // all of it, so that go test need not
	unit    = []string{"test", "-vet=off", "-p", "1", "./..."}
	e2eArgs = []string{"test", "-vet=off", "-tags", "e2e", "-count=1", "-timeout", "60m", "-parallel", "12", "./e2e/..."}
)

// test runs everything that can be tested: what waits beside what computes.
func test(ctx context.Context, root string) error {
	if err := trimPaths(ctx); err != nil {
		return err
	}
	if err := runGo(ctx, root, vet...); err != nil {
		return err
	}
	units := make(chan error, 1)
	go func() { units <- runGo(ctx, root, unit...) }()
	skipped, err := e2e(ctx, root)
	err = errors.Join(<-units, err)
	fmt.Fprint(os.Stderr, skipped) // last, where it is seen
	return err
}

// e2e prepares the tools and runs the end-to-end tests. Where the tools cannot
// be had the tests are left out, of which notice tells, and which CI takes as a
// failure.
func e2e(ctx context.Context, root string) (notice string, err error) {
	if err := tools(ctx, root); err != nil {
		if ctx.Err() != nil || inCI() {
			return "", fmt.Errorf("the end-to-end tests cannot run: %w", err)
		}
		return skipped(err), nil
	}
	return "", runGo(ctx, root, e2eArgs...)
}

func runGo(ctx context.Context, root string, args ...string) error {
	gocmd, err := exec.LookPath("go")
	if err != nil {
		return err
	}
	return process.Run(ctx, process.Command{Path: gocmd, Args: args, Dir: root, Stdout: os.Stdout, Stderr: os.Stderr})
}

// trimPaths has every go command of the tests compile such that Go's cache serves
// all copies of the checkout: without -trimpath what is compiled has the folder's
// name in it, and is compiled again for each copy that a test makes.
func trimPaths(ctx context.Context) error {
	gocmd, err := exec.LookPath("go")
	if err != nil {
		return err
	}
	flags, err := process.Output(ctx, process.Command{Path: gocmd, Args: []string{"env", "GOFLAGS"}}) // go env -w sets some too
	if err != nil {
		return err
	}
	return os.Setenv("GOFLAGS", strings.TrimSpace(strings.TrimSpace(string(flags))+" -trimpath"))
}

// inCI follows the habit of CI services: CI=true.
func inCI() bool {
	switch strings.ToLower(os.Getenv("CI")) {
	case "", "0", "false":
		return false
	}
	return true
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
