package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// lock writes the dependency lock file of each stack, or of one, beside its
// environment file, to be committed. Synthesis puts it where init looks for it.
func lock(ctx context.Context, root string, args []string) error {
	flags := flag.NewFlagSet("lock", flag.ContinueOnError)
	environments := flags.String("environments", filepath.Join(root, "environments"), "folder with one YAML file for each stack")
	stack := flags.String("stack", "", "the one stack to lock")
	if err := parse(flags, args); err != nil {
		return err
	}
	c, err := config.LoadStack(*environments, *stack)
	if err != nil {
		return err
	}
	for _, m := range c.Modules() {
		file := config.LockFile(*environments, m.Stack)
		if others, err := config.OtherProviders(file); err != nil {
			return err
		} else if len(others) > 0 {
			return fmt.Errorf("%s: has %s, which would be lost: make lock knows only the AWS provider. Write it with \"terraform providers lock\" in cdktf.out/stacks/%s and copy it, "+
				"or remove it first", file, strings.Join(others, ", "), m.Stack)
		}
	}
	locker, err := toolchain.NewLocker(ctx, root, os.Stderr)
	if err != nil {
		return err
	}
	texts := map[string][]byte{} // by constraint: stacks have few
	for _, m := range c.Modules() {
		name, constraint := m.Stack, m.Terraform.AWSProviderVersion
		if texts[constraint] == nil {
			if texts[constraint], err = locker.Write(ctx, constraint); err != nil {
				return fmt.Errorf("lock %s: %w", name, err)
			}
		}
		file := config.LockFile(*environments, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := renameio.WriteFile(file, texts[constraint], 0o644, renameio.IgnoreUmask()); err != nil {
			return err
		}
		fmt.Println("wrote", program.ShownIn(root, file))
	}
	if locker.Closed() {
		fmt.Fprintln(os.Stderr, "warning: the registry does not answer, so the checksum is that of this machine's own build of the provider. "+
			"Do not commit it unless everybody, CI included, uses that build")
		return nil
	}
	fmt.Println("next: commit them; make synth puts each beside its stack")
	return nil
}
