package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// startEmulator starts the checkout's emulator if it does not run and prints
// the export lines, and nothing else, on standard output.
func startEmulator(ctx context.Context, root string, args []string) error {
	if err := parse(flag.NewFlagSet("emulator", flag.ContinueOnError), args); err != nil {
		return err
	}
	parts := []toolchain.Part{toolchain.PythonTools}
	if runtime.GOOS == "linux" { // elsewhere no task would use it
		parts = append(parts, toolchain.PrefectTools)
	}
	python, err := toolchain.Prepare(ctx, root, os.Stderr, parts...)
	if err != nil {
		return err
	}
	dir, err := emulatorDir(root)
	if err != nil {
		return err
	}
	// First: the provider may take minutes, and the emulator can be used without.
	step := progress.New(os.Stderr).Start(progress.Task{What: "starting the local AWS emulator"})
	e, started, err := emulator.Ensure(ctx, python.Python, dir, emulator.RunTasks(python.Prefect))
	if err := step.Done(err); err != nil {
		return err
	}
	state := "runs already"
	if started {
		state = "started"
	}
	fmt.Fprintf(os.Stderr, "emulator %s: %s, process %d, log %s; stop it with: make emulator-stop\n", state, e.Endpoint(), e.PID, e.LogFile())
	t, err := toolchain.Prepare(ctx, root, os.Stderr, toolchain.NodeTools, toolchain.TerraformTools)
	if err != nil {
		return fmt.Errorf("%w\nthe emulator runs; stop it with: make emulator-stop", err)
	}
	return printExports(os.Stdout, append(t.Env(), e.Env()...))
}

func stopEmulator(ctx context.Context, root string, args []string) error {
	if err := parse(flag.NewFlagSet("emulator-stop", flag.ContinueOnError), args); err != nil {
		return err
	}
	dir, err := emulatorDir(root)
	if err != nil {
		return err
	}
	ran, err := emulator.Stop(ctx, dir)
	if err != nil {
		return err
	}
	if ran {
		fmt.Fprintln(os.Stderr, "emulator stopped; everything deployed to it is gone. Before you deploy to AWS, open a new shell and delete cdktf.out and the terraform.*.tfstate* files of the emulator's stacks; keep those of stacks on AWS.")
	} else {
		fmt.Fprintln(os.Stderr, "no emulator is running for this checkout; start one: eval \"$(make -s emulator)\"")
	}
	return nil
}

// printExports writes KEY=VALUE pairs as lines for a shell's eval.
func printExports(w io.Writer, env []string) error {
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		if _, err := fmt.Fprintf(w, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`)); err != nil {
			return err
		}
	}
	return nil
}
