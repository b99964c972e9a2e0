// Command prefect-ecs-worker synthesizes Prefect workers on AWS ECS Fargate
// into Terraform JSON: one stack for each file in environments/. The CDKTF CLI
// runs it; run by hand it writes cdktf.out too.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
	"github.com/prefect-ecs/prefect-ecs-worker/stacks"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("prefect-ecs-worker", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error, once
	environments := flags.String("environments", "environments", "folder with one YAML file for each stack")
	stack := flags.String("stack", "", "the one stack to synthesize; all files are checked")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(os.Stderr)
		flags.PrintDefaults()
		return err
	} else if err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("got the argument %q, want none: -environments names a folder", flags.Arg(0))
	}
	return synth(*environments, *stack)
}

// synth checks every setting before the first construct exists, so that bad
// input leaves what was synthesized before as it was.
func synth(environments, stack string) error {
	c, err := config.Load(environments)
	if err != nil {
		return err
	}
	locks, err := c.Locks(environments)
	if err != nil {
		return err
	}
	warnings := c.Warnings()
	if stack != "" {
		if err := c.Only(stack); err != nil {
			return err
		}
		locks = slices.DeleteFunc(locks, func(l config.Lock) bool { return l.Stack != stack })
		warnings = slices.DeleteFunc(warnings, func(w config.Warning) bool { return w.Stack != stack })
	}
	if os.Getenv("CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS") != "" { // the CLI sets it, and prints annotations
		if err := kernel.Synth(func(app cdktf.App) { stacks.Add(app, c); stacks.Warn(app, warnings) }); err != nil {
			return err
		}
		return writeLocks(locks)
	}
	for _, w := range warnings {
		fmt.Fprintln(os.Stderr, "warning:", w.Text)
	}
	if err := kernel.Synth(func(app cdktf.App) { stacks.Add(app, c) }); err != nil {
		return err
	}
	if err := writeLocks(locks); err != nil {
		return err
	}
	for _, name := range c.Stacks() {
		fmt.Println("wrote", filepath.Join(kernel.Outdir(), "stacks", name, "cdk.tf.json"))
	}
	return nil
}

// writeLocks puts each lock file where init looks for it: into the stack's
// folder, over what an earlier init wrote there.
func writeLocks(locks []config.Lock) error {
	for _, l := range locks {
		if err := os.WriteFile(filepath.Join(kernel.Outdir(), "stacks", l.Stack, config.LockFileName), l.Text, 0o644); err != nil {
			return fmt.Errorf("lock file of %s: %w", l.Stack, err)
		}
	}
	return nil
}
