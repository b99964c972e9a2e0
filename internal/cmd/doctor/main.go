// Command doctor looks at all that a deployment needs, and changes nothing. It is
// its own program because AWS's SDK takes long to compile.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/cachedir"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/doctor"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

func main() {
	program.Main(func(ctx context.Context, args []string) error {
		healthy, err := run(ctx, args)
		if err == nil && !healthy {
			err = program.Said(errors.New("a deployment would fail"))
		}
		return cmp.Or(err, ctx.Err()) // what was looked at after an interrupt says nothing
	}, func(error) string { return "interrupted: nothing was changed; run again: make doctor" })
}

// timeout is how long all checks may take together.
const timeout = time.Minute

func run(ctx context.Context, args []string) (healthy bool, err error) {
	root, err := toolchain.Root()
	if err != nil {
		return false, err
	}
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	environments := flags.String("environments", filepath.Join(root, "environments"), "folder with one YAML file for each stack")
	name := flags.String("stack", "", "the stack that is to be deployed; none: the machine and the files alone")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if flags.NArg() > 0 {
		return false, fmt.Errorf("got the argument %q, want none: make doctor STACK=%[1]s", flags.Arg(0))
	}
	if err := cachedir.Stopped(); err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c, loadErr := config.Load(*environments)
	var stacks []string
	terraform, maker := ">= 1.2.0", ""
	if loadErr == nil {
		stacks = c.Stacks()
		if *name != "" {
			maker = c.StateBackendOf(*name)
			if err := c.Only(*name); err != nil {
				return false, err
			}
			terraform = c.Modules()[0].Terraform.RequiredVersion
		}
	}
	checks := machine(root, terraform)
	checks = append(checks, doctor.Files(*environments, stacks, loadErr))
	if *name == "" || loadErr != nil {
		account, err := doctor.NewAccount(ctx, nil, doctor.State{})
		if err != nil {
			return false, err
		}
		checks = append(checks, account.Checks()...)
		return end(doctor.Run(ctx, os.Stdout, checks...), *name, *environments, false), nil
	}
	dirs, clean, err := synthesized.Synthesize(ctx, root, *environments, *name)
	if err != nil {
		return false, err
	}
	defer clean()
	dir := filepath.Join(dirs, *name)
	stack, err := synthesized.Read(dir)
	if err != nil {
		return false, err
	}
	if err := stack.TakeVariables(root); err != nil {
		return false, err
	}
	state, places := doctor.Place(ctx, dir, *name, maker)
	account, err := doctor.NewAccount(ctx, stack, state)
	if err != nil {
		return false, err
	}
	account.Named = program.Named(*environments, *name)
	checks = append(checks, func(context.Context) []doctor.Finding { return places })
	checks = append(checks, account.Checks()...)
	checks = append(checks, doctor.Prefect(stack))
	return end(doctor.Run(ctx, os.Stdout, checks...), *name, *environments, state.Deployed()), nil
}

// end says what to do now.
func end(worst doctor.Level, stack, environments string, deployed bool) bool {
	switch {
	case worst == doctor.Problem:
		fmt.Println("\nA deployment would fail. Nothing was changed.")
	case stack == "":
		fmt.Println("\nNo problems found. A stack's own needs: make doctor STACK=dev")
	case worst == doctor.Todo:
		fmt.Println("\nNo problems found. Do the steps marked \"to do\" before you deploy.")
	case deployed:
		fmt.Printf("\nNo problems found. The stack is deployed; what would change now: %s\n", program.MakePlan(environments, stack))
	default:
		fmt.Printf("\nNo problems found. Next: %s\n", program.MakePlan(environments, stack))
	}
	return worst != doctor.Problem
}

// machine looks for the programs.
func machine(root, terraform string) []doctor.Check {
	return []doctor.Check{
		doctor.Program{Name: "Go", Paths: []string{"go"}, Args: []string{"version"}, Want: ">= 1.26", Install: "https://go.dev/dl", Missing: doctor.Problem}.Look,
		doctor.Program{Name: "Node", Paths: []string{"node"}, Args: []string{"--version"}, Want: ">= 20", Install: "https://nodejs.org", Missing: doctor.Problem}.Look,
		doctor.Program{Name: "npm", Paths: []string{"npm"}, Args: []string{"--version"}, Want: ">= 9", Install: "it comes with Node: https://nodejs.org", Missing: doctor.Problem}.Look,
		doctor.Program{Name: "Terraform", Paths: terraformPaths(), Args: []string{"version", "-json"}, Want: terraform,
			Install: "https://developer.hashicorp.com/terraform/install or https://opentofu.org/docs/intro/install", Missing: doctor.Problem}.Look,
		doctor.CLI(root),
	}
}

// terraformPaths are the programs that cdktf would run.
func terraformPaths() []string {
	if name := os.Getenv("TERRAFORM_BINARY_NAME"); name != "" {
		return []string{name}
	}
	return []string{"terraform", "tofu"}
}
