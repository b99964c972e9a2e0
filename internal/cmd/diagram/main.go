// Command diagram draws the synthesized stacks. It is its own program because
// of D2, which takes long to compile.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/diagram"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

func main() {
	program.Main(run, func(error) string {
		return "interrupted: each picture is complete, either the new or the previous one; run again: make diagram"
	})
}

// run synthesizes the stacks and draws each.
func run(ctx context.Context, args []string) error {
	root, err := toolchain.Root()
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet("diagram", flag.ContinueOnError)
	environments := flags.String("environments", filepath.Join(root, "environments"), "folder with one YAML file for each stack")
	only := flags.String("stack", "", "the one stack to draw")
	output := flags.String("output", filepath.Join(root, "docs", "diagrams"), "folder for the pictures")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("got the argument %q, want none: make diagram STACK=%[1]s", flags.Arg(0))
	}
	c, err := config.LoadStack(*environments, *only)
	if err != nil {
		return err
	}
	if _, err := toolchain.Prepare(ctx, root, os.Stderr, toolchain.NodeTools); err != nil { // npm ci installs the icons too
		return err
	}
	dir, clean, err := synthesized.Synthesize(ctx, root, *environments, *only)
	if err != nil {
		return err
	}
	defer clean()
	if err := os.MkdirAll(*output, 0o755); err != nil {
		return err
	}
	for _, stack := range c.Stacks() {
		if err := draw(ctx, stack, filepath.Join(dir, stack), *output, filepath.Join(root, diagram.Icons)); err != nil {
			return fmt.Errorf("draw %s: %w", stack, err)
		}
	}
	fmt.Println("next: look at them, and commit them with the change that they show")
	return nil
}

// draw writes a stack's pictures, each at once.
func draw(ctx context.Context, stack, dir, output, icons string) error {
	s, err := synthesized.Read(dir)
	if err != nil {
		return err
	}
	picture := diagram.Of(stack, s)
	svg, err := diagram.SVG(ctx, picture, icons)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{stack + ".svg", svg}, {stack + ".md", []byte(diagram.Markdown(picture))}} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		file := filepath.Join(output, f.name)
		if err := renameio.WriteFile(file, f.text, 0o644); err != nil {
			return err
		}
		fmt.Println("wrote", program.Shown(file))
	}
	return nil
}
