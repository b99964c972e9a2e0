// Command local is the program behind the Makefile's local targets: it prepares
// the tools, runs the local AWS emulator and shows the stacks on it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cachedir"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

const usage = `usage: go run ./internal/cmd/local COMMAND

  tools          prepare what the emulator, the demo and the e2e tests need
  lint-tools     install the linters and print the folder that has them
  emulator       start the local AWS emulator and print its export lines
  emulator-stop  end it
  test           run all tests, the end-to-end tests (./e2e) among them
  demo           deploy a worker to a private emulator and run a flow on it;
                 -stack dev shows the documented deployment
  compat         deploy the stacks with each supported Terraform and AWS provider,
                 and dev with CDK Terrain; -update writes the results into README.md
  lock           write the lock files of the stacks' providers, or of -stack NAME,
                 beside the files in -environments DIR
  adopt          -state FILE or s3://bucket/key [-name NAME] [-region REGION]
                 writes the environment file of a deployment from its state
  put-secret-value  -stack NAME makes the stack's secret if it is missing, asks
                 for its value and puts it in
  restore-drill  lose and restore a state on a private emulator; -stack NAME
                 looks at a stack's state on AWS
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if ctx.Err() != nil {
			fmt.Fprintln(os.Stderr, "interrupted; run it again to carry on")
			os.Exit(130)
		}
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || len(args) > 1 && !slices.Contains([]string{"demo", "adopt", "compat", "lock", "put-secret-value", "restore-drill"}, args[0]) {
		fmt.Fprint(os.Stderr, usage)
		return fmt.Errorf("command: got %d arguments, want one", len(args))
	}
	root, err := toolchain.Root()
	if err != nil {
		return err
	}
	switch args[0] {
	case "tools":
		return tools(ctx, root)
	case "lint-tools":
		return lintTools(ctx, root)
	case "emulator":
		return startEmulator(ctx, root)
	case "emulator-stop":
		return stopEmulator(ctx, root)
	case "test":
		return test(ctx, root)
	case "demo":
		return demo(ctx, root, args[1:])
	case "compat":
		return compat(ctx, root, args[1:])
	case "lock":
		return lock(ctx, root, args[1:])
	case "adopt":
		return adoptState(ctx, root, args[1:])
	case "put-secret-value":
		return putSecretValue(ctx, root, args[1:])
	case "restore-drill":
		return restoreDrill(ctx, root, args[1:])
	}
	return fmt.Errorf("command: got %q, want one of [tools lint-tools emulator emulator-stop test demo compat adopt lock put-secret-value restore-drill]", args[0])
}

func tools(ctx context.Context, root string) error {
	t, err := toolchain.Prepare(ctx, root, os.Stderr, toolchain.Everything...)
	if err != nil {
		return err
	}
	name := "Terraform"
	if t.Terraform.Tofu {
		name = "OpenTofu"
	}
	fmt.Fprintf(os.Stderr, "ready: %s %s (%s), AWS provider %s (%s), emulator, cdktf\n",
		name, t.Terraform.Version, t.Terraform.Path, t.Provider.Version, t.Provider.Origin)
	return nil
}

func lintTools(ctx context.Context, root string) error {
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
