// Command plan plans one stack and says in plain English what would change. It only reads:
// `make plan`.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cachedir"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/plan"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synth"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func main() {
	program.Main(func(ctx context.Context, args []string) error {
		err := run(ctx, args)
		var failed *plan.Failed
		if ctx.Err() == nil && errors.As(err, &failed) {
			fmt.Fprintln(os.Stderr, failed) // in Terraform's words
			err = program.Said(err)
		}
		return cmp.Or(err, ctx.Err())
	}, func(error) string { return interrupted })
}

const interrupted = "interrupted; nothing was changed, in AWS or in the state"

// options are what the user asks for.
type options struct {
	environments, stack string
	varFiles            files
	keep                string
	args                []string
}

// files is a flag that may be given several times.
type files []string

func (f *files) String() string { return strings.Join(*f, ", ") }

func (f *files) Set(name string) error {
	name, err := filepath.Abs(name)
	*f = append(*f, name)
	return err
}

func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("plan", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: plan -stack NAME [options] [-- options of terraform plan, such as -target=aws_ecs_cluster.prefect]")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.environments, "environments", "environments", "folder with one YAML file for each stack")
	flags.StringVar(&o.stack, "stack", "", "the stack to plan")
	flags.Var(&o.varFiles, "var-file", "file with values of variables; may be given several times")
	flags.StringVar(&o.keep, "out", "", "where to write the plan, for terraform apply; it holds secrets in plain text")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.args = flags.Args()
	for _, name := range o.varFiles {
		if _, err := os.Stat(name); err != nil {
			if errors.Is(err, os.ErrNotExist) {
				return o, fmt.Errorf("VAR_FILE: no such file: %s", program.Shown(name))
			}
			return o, fmt.Errorf("VAR_FILE: %w", err)
		}
	}
	if o.stack == "" {
		return o, errors.New("STACK: got none, want the stack to plan: make plan STACK=dev")
	}
	return o, nil
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	project, err := synth.Load(o.environments, "")
	if err != nil {
		return err
	}
	maker := project.StateBackendOf(o.stack)
	if err := project.Only(o.stack); err != nil {
		return err
	}
	if err := cachedir.Stopped(); err != nil {
		return err
	}
	terraform, err := toolchain.OnPath()
	if err != nil {
		return err
	}
	log := progress.New(os.Stderr)
	step := log.Start(progress.Task{What: "planning " + o.stack, Key: "plan " + o.stack})
	s := &plan.Stack{
		Name: o.stack, Dir: filepath.Join(kernel.Outdir(), "stacks", o.stack), Terraform: terraform,
		VarFiles: o.varFiles, Args: o.args, Keep: o.keep, Detail: step.Detail,
		Where: whereIn(project), Setting: project.Exposed, Beside: filepath.Join(o.environments, o.stack), Maker: maker, UnreadValues: unread(o.varFiles),
	}
	r, err := planOne(ctx, s, project, o, log)
	if err = step.Done(err); err != nil {
		return err
	}
	fmt.Printf("%s, against the state %s\n", o.stack, s.State())
	if err := review.Text(os.Stdout, r, review.To(os.Stdout, 140)); err != nil {
		return err
	}
	if o.keep == "" && len(o.args) == 0 && len(r.Lines) > 0 {
		fmt.Printf("\nNext, which plans again:\n  %s\nOr keep a plan to apply exactly that one: make plan with OUT=%s.tfplan\n", program.Deploy(o.environments, o.stack, o.varFiles...), o.stack)
	}
	if o.keep != "" {
		fmt.Printf("\nTo apply exactly this plan: %s -chdir=%s apply %s\n", filepath.Base(terraform), s.Dir, absolute(o.keep))
		fmt.Printf("Then delete %s: it holds values, secrets among them, in plain text.\n", o.keep)
	}
	return nil
}

// planOne reviews a stack's plan. What takes time is done at once: the provider starts
// while the stack is synthesized, and what each changed setting does is found out
// while Terraform plans.
func planOne(ctx context.Context, s *plan.Stack, project *synth.Project, o options, log *progress.Log) (*review.Review, error) {
	served := sync.OnceValue(func() *plan.Served {
		served, err := s.Serve(ctx)
		if err != nil {
			return nil // Terraform starts its own
		}
		return served
	})
	go served()
	defer func() { served().Close() }()
	earlier := sync.OnceValue(func() version { return committed(ctx, o.environments, o.stack) })
	go earlier()

	var terraform sync.Mutex // held while it runs: an interrupt waits until it has given its lock back
	kernel.OnInterrupt(func() {
		terraform.Lock()
		served().Close()
		earlier()
		log.Printf("%s", interrupted)
	})
	s.Detail("synthesizing")
	k, err := kernel.Start()
	if err != nil {
		return nil, err
	}
	defer k.Close()
	if err := project.Write(false); err != nil {
		return nil, err
	}
	why := make(chan *causes, 1)
	go func() { why <- explain(s, earlier(), o.environments) }()
	terraform.Lock()
	planned, err := s.Plan(ctx, served())
	terraform.Unlock()
	c := <-why // also after an error: nothing else may use the kernel meanwhile, or close it
	if ctx.Err() != nil {
		select {} // the kernel ends the program
	}
	if err != nil {
		return nil, err
	}
	s.Detail("looking for the causes")
	in := c.input(planned.Plan)
	in.Notes = append(in.Notes, notes(s, planned, project)...)
	r := review.Of(in)
	if c.used != nil {
		c.used.Complete(r)
	}
	return r, nil
}

// notes are what the user is told, too.
func notes(s *plan.Stack, planned *plan.Planned, project *synth.Project) []string {
	var all []string
	for _, w := range planned.Warnings {
		all = append(all, s.Text(w))
	}
	for _, w := range project.Warnings {
		all = append(all, "Warning: "+strings.TrimSuffix(w.Text, ".")+".")
	}
	if s.UnreadValues != "" {
		all = append(all, fmt.Sprintf("%s was not read, which the CDKTF CLI does by itself: VAR_FILE=%s", s.UnreadValues, s.UnreadValues))
	}
	return all
}

func unread(named []string) string {
	if _, err := os.Stat(program.ValuesFile); err != nil || len(named) > 0 {
		return ""
	}
	return program.ValuesFile
}

// whereIn says of a resource which setting makes it, and where that stands.
func whereIn(p *synth.Project) func(address string) string {
	module := p.Modules()[0]
	return func(address string) string {
		address, _, _ = strings.Cut(address, "[")
		for _, made := range settings.Made[module.Kind] {
			for _, known := range slices.Concat(made.Addresses, made.PerWorker) {
				renamed := known
				if name := module.ResourceNames[known]; name != "" {
					renamed = strings.Split(known, ".")[0] + "." + name
				}
				if address == renamed {
					return module.Where(made.Section)
				}
			}
		}
		return ""
	}
}

func absolute(name string) string {
	if full, err := filepath.Abs(name); err == nil {
		return full
	}
	return name
}
