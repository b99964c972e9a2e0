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

	"github.com/prefect-ecs/prefect-ecs-worker/internal/problem"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synth"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		problem.Print(os.Stderr, err)
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
	return synthesize(*environments, *stack)
}

// synthesize writes cdktf.out. The CDKTF CLI prints annotations, and what the app prints
// as errors.
func synthesize(environments, stack string) error {
	p, err := synth.Load(environments, stack)
	if err != nil {
		return err
	}
	cli := os.Getenv("CDKTF_CONTINUE_SYNTH_ON_ERROR_ANNOTATIONS") != "" // it sets it
	if !cli {
		for _, w := range p.Warnings {
			fmt.Fprintln(os.Stderr, "warning:", w.Text)
		}
	}
	k, err := kernel.Start()
	if err != nil {
		return err
	}
	defer k.Close()
	kernel.OnInterrupt(func() {
		fmt.Fprintf(os.Stderr, "interrupted: %s has either all previous stacks or all new ones; run again: make synth\n", kernel.Outdir())
	})
	if err := p.Write(cli); err != nil || cli {
		return err
	}
	for _, name := range p.Stacks() {
		fmt.Println("wrote", filepath.Join(kernel.Outdir(), "stacks", name, "cdk.tf.json"))
	}
	if stack == "" {
		stack = "<one of them>"
	}
	next := "next, with AWS credentials: make plan STACK=" + stack
	if filepath.Clean(environments) != "environments" {
		next += " ENVIRONMENTS=" + environments
	}
	fmt.Println(next)
	return nil
}
