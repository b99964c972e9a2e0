// Command cost prints what the synthesized stacks cost a month, and compares the
// committed prices with AWS's price list.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost/pricelist"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/problem"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	same, err := run(ctx, os.Args[1:])
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "interrupted; nothing was changed")
		os.Exit(130)
	case err != nil:
		problem.Print(os.Stderr, err)
		os.Exit(1)
	case !same:
		os.Exit(1)
	}
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
		return true, pricelist.WriteFile(filepath.Join(root, cost.Page), text)
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
	c, err := config.Load(environments)
	if err != nil {
		return err
	}
	if only != "" {
		if err := c.Only(only); err != nil {
			return err
		}
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
