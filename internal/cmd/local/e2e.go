package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// e2eArgs runs the tests that apply for real. They mostly wait, for AWS as the
// provider believes, so that more of them than cores run side by side.
var e2eArgs = []string{"test", "-tags", "e2e", "-count=1", "-timeout", "60m", "-parallel", "8", "./e2e/..."}

// e2e prepares the tools and runs the end-to-end tests. Where the tools cannot
// be had the tests are left out, which CI takes as a failure.
func e2e(ctx context.Context, root string) error {
	if err := tools(ctx, root); err != nil {
		if ctx.Err() != nil || inCI() {
			return fmt.Errorf("the end-to-end tests cannot run: %w", err)
		}
		fmt.Fprint(os.Stderr, skipped(err))
		return nil
	}
	gocmd, err := exec.LookPath("go")
	if err != nil {
		return err
	}
	return process.Run(ctx, process.Command{Path: gocmd, Args: e2eArgs, Dir: root, Stdout: os.Stdout, Stderr: os.Stderr})
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
