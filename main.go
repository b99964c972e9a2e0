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

	"github.com/prefect-ecs/prefect-ecs-worker/beside"
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
	files, err := beside.Read(c, environments)
	if err != nil {
		return err
	}
	warnings := c.Warnings()
	if stack != "" {
		if err := c.Only(stack); err != nil {
			return err
		}
		files.Only(stack)
		warnings = slices.DeleteFunc(warnings, func(w config.Warning) bool { return w.Stack != stack })
	}
	out := kernel.Outdir()
	add := func(app cdktf.App) { stacks.Add(app, c) }
	cli := os.Getenv("CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS") != "" // it sets it, and prints annotations
	if cli {
		add = func(app cdktf.App) { stacks.Add(app, c); stacks.Warn(app, warnings) }
	} else {
		for _, w := range warnings {
			fmt.Fprintln(os.Stderr, "warning:", w.Text)
		}
	}
	err = kernel.Synth(add, func(dir string) error {
		if err := files.Check(dir, out); err != nil {
			return err
		}
		return files.Put(dir, out)
	})
	if err != nil {
		return err
	}
	if err := files.Clean(out); err != nil || cli {
		return err
	}
	for _, name := range c.Stacks() {
		fmt.Println("wrote", filepath.Join(out, "stacks", name, "cdk.tf.json"))
	}
	return nil
}
