// Command cost prints what the synthesized stacks cost a month, and compares the
// committed prices with AWS's price list.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

func main() {
	program.Main(func(ctx context.Context, args []string) error {
		same, err := run(ctx, args)
		if err == nil && !same {
			err = program.Said(errors.New("prices differ"))
		}
		return cmp.Or(err, ctx.Err())
	}, func(error) string { return "interrupted; nothing was changed" })
}

// run says whether the prices are AWS's, where it compares them.
func run(ctx context.Context, args []string) (same bool, err error) {
	root, err := toolchain.Root()
	if err != nil {
		return false, err
	}
	flags := flag.NewFlagSet("cost", flag.ContinueOnError)
	environments := flags.String("environments", filepath.Join(root, "environments"), "folder with one YAML file for each stack")
	only := flags.String("stack", "", "the one stack to estimate")
	assume := flags.String("assume", "", `changed assumptions, such as "nat-gb=500 log-gb=20"`)
	prices := flags.Bool("prices", false, "compare the committed prices with AWS's price list")
	update := flags.Bool("update", false, "with -prices: write what differs")
	region := flags.String("region", "", "with -prices: the one region to compare")
	page := flags.Bool("page", false, "write the tables of "+cost.Page)
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if *page {
		text, err := cost.WritePage(root)
		if err != nil {
			return false, err
		}
		return true, renameio.WriteFile(filepath.Join(root, cost.Page), text, 0o644)
	}
	if *prices {
		return comparePrices(ctx, os.Stdout, os.Stderr, filepath.Join(root, "internal", "cost", "prices.yaml"), *region, *update)
	}
	return true, estimate(ctx, root, *environments, *only, *assume)
}

// estimate synthesizes the stacks and prints what each costs.
func estimate(ctx context.Context, root, environments, only, assume string) error {
	assumptions, err := cost.ParseAssumptions(assume)
	if err != nil {
		return fmt.Errorf("ASSUME: %w", err)
	}
	c, err := config.LoadStack(environments, only)
	if err != nil {
		return err
	}
	dir, clean, err := synthesized.Synthesize(ctx, root, environments, only)
	if err != nil {
		return err
	}
	defer clean()
	for n, name := range c.Stacks() {
		stack, err := synthesized.Read(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := stack.TakeVariables(root); err != nil {
			return err
		}
		if n > 0 {
			fmt.Println()
		}
		assumptions.Of(stack).Write(os.Stdout, name)
	}
	return nil
}
