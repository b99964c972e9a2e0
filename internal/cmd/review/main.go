// Command review says in plain English what a change does to the stacks: it compares what the
// checkout's environment files create with what those of a git revision make, or reads
// Terraform's plan.
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

	"github.com/google/renameio/v2"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func main() {
	program.Main(run, func(error) string { return unchanged })
}

const unchanged = "interrupted; nothing was changed"

// request is what is asked for.
type request struct {
	root         string // of the checkout
	environments string
	stack, base  string
	plan         string
	html         string
	markdown     string
	planText     string
	whole        string
	log          *progress.Log

	baseGiven bool
}

func run(ctx context.Context, args []string) error {
	root, err := toolchain.Root()
	if err != nil {
		return err
	}
	q := request{root: root, log: progress.New(os.Stderr)}
	flags := flag.NewFlagSet("review", flag.ContinueOnError)
	flags.StringVar(&q.environments, "environments", filepath.Join(root, "environments"), "folder with one YAML file for each stack")
	flags.StringVar(&q.stack, "stack", "", "the one stack to review; without it, all that differ")
	flags.StringVar(&q.base, "base", "", "git branch, tag or commit to compare with, otherwise main; for a stack that cdktf.out has initialized, what Terraform plans")
	flags.StringVar(&q.plan, "plan", "", "plan of the stack: a file of terraform plan -out, or of terraform show -json; - reads that from standard input")
	flags.StringVar(&q.html, "html", "", "file for the review as a page with pictures, of all stacks")
	flags.StringVar(&q.markdown, "markdown", "", "file for the review in Markdown, as in a pull request's comment")
	flags.StringVar(&q.planText, "plan-text", "", "file of terraform show -no-color, to be put at the end of the Markdown")
	flags.StringVar(&q.whole, "whole", "", "where the whole review is, for Markdown that is too short for it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("got the argument %q, want none: -stack names a stack", flags.Arg(0))
	}
	if q.baseGiven = q.base != ""; !q.baseGiven {
		q.base = "main"
	}
	if q.plan != "" && q.stack == "" {
		return errors.New("a plan is one stack's: name it, such as STACK=prod")
	}
	q.environments = program.Shown(q.environments)
	reviews, compared, err := q.reviews(ctx)
	if err != nil {
		return err
	}
	return q.write(ctx, reviews, compared)
}

// reviews are those of the stacks that differ, or of the one that is asked for.
// compared are all that were looked at.
func (q *request) reviews(ctx context.Context) (all []written, compared []string, err error) {
	plan, err := q.readPlan(ctx)
	if err != nil {
		return nil, nil, err
	}
	after, err := q.working()
	if err != nil {
		return nil, nil, err
	}
	before, err := q.earlier(ctx, after)
	if err != nil {
		return nil, nil, err
	}
	stacks := slices.Compact(slices.Sorted(slices.Values(slices.Concat(before.stacks(), after.stacks()))))
	if err := q.known(stacks); err != nil {
		return nil, nil, err
	}
	if q.stack != "" {
		stacks = []string{q.stack}
	}
	step := q.log.Start(progress.Task{What: "synthesizing and comparing " + strings.Join(stacks, ", "), Key: "review"})
	k, err := kernel.Start() // from here on an interrupt ends the program, and nothing is left to remove
	if err != nil {
		return nil, nil, step.Done(err)
	}
	defer k.Close()
	kernel.OnInterrupt(q.interrupted)
	err = func() error {
		for _, v := range []*version{before, after} {
			if err := v.synthesize(); err != nil {
				return err
			}
		}
		state, note := "the state", ""
		if plan == nil {
			plan, state, note = q.planHere(ctx, after)
		}
		for _, stack := range stacks {
			w, err := compare(stack, before, after, plan, q.stack != "")
			if err != nil {
				return err
			}
			if w == nil {
				continue
			}
			if plan != nil {
				w.review.Base = state
			}
			if note != "" {
				w.review.Notes = append(w.review.Notes, note)
			}
			all = append(all, *w)
		}
		return nil
	}()
	return all, stacks, step.Done(err)
}

// known refuses a stack that is not among those there are, in neither version.
func (q *request) known(stacks []string) error {
	stacks = slices.Compact(slices.Sorted(slices.Values(stacks)))
	if q.stack != "" && !slices.Contains(stacks, q.stack) {
		return fmt.Errorf("stack: %s", settings.NotOneOf(q.stack, stacks))
	}
	return nil
}

// interrupted says what an interrupt has left as it was.
func (q *request) interrupted() { q.log.Printf("%s", unchanged) }

// write prints the reviews, and writes the files that are asked for.
func (q *request) write(ctx context.Context, all []written, compared []string) error {
	if len(all) == 0 {
		fmt.Printf("No changes: %s.\n", strings.Join(compared, ", "))
	}
	o := review.To(os.Stdout, 120)
	for i, w := range all {
		if i > 0 {
			fmt.Println()
		}
		if err := review.Text(os.Stdout, w.review, o); err != nil {
			return err
		}
	}
	files, err := q.files(ctx, all)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := put(f.name, f.text); err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "wrote", f.name)
	}
	return nil
}

// put writes a file at once.
func put(name string, text []byte) error {
	if err := os.MkdirAll(cmp.Or(filepath.Dir(name), "."), 0o755); err != nil {
		return err
	}
	return renameio.WriteFile(name, text, 0o644)
}
