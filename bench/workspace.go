package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
)

// workspace is a temporary folder with the built apps and the environments.
type workspace struct {
	root, dir     string
	binary, other string // the app, and that of examples/two-workers
}

func newWorkspace() (*workspace, error) {
	root, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(textsFile); err != nil {
		return nil, fmt.Errorf("run it from the project's folder, as `go run ./bench`: %w", err)
	}
	dir, err := os.MkdirTemp("", "prefect-ecs-bench-")
	if err != nil {
		return nil, err
	}
	w := &workspace{root: root, dir: dir, binary: filepath.Join(dir, "prefect-ecs-worker"), other: filepath.Join(dir, "two-workers")}
	progress("building the apps")
	if err := show(exec.Command("go", "build", "-o", w.binary, ".")); err != nil {
		return w, err
	}
	return w, show(exec.Command("go", "build", "-o", w.other, "./examples/two-workers"))
}

// install fetches the JavaScript libraries that bench/javascript pins.
func (w *workspace) install() error {
	dir := filepath.Join(w.root, "bench", "javascript")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@cdktf", "provider-aws", "package.json")); err == nil {
		return nil
	}
	progress("npm ci in bench/javascript")
	cmd := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = dir
	return show(cmd)
}

func show(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return nil
}

// command is one variant: it runs in dir and writes out.
type command struct {
	name     string
	dir, out string
	args     []string
	env      []string
}

// command creates a variant with its own folder.
func (w *workspace) command(name, folder string, env []string, args ...string) command {
	dir := filepath.Join(w.dir, folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		panic(err)
	}
	return command{name, dir, filepath.Join(dir, "cdktf.out"), args, env}
}

// synth is the app with n copies of the dev environment, the first being dev itself.
func (w *workspace) synth(n int) command {
	c := w.command(fmt.Sprintf("synth of %d stacks", n), fmt.Sprintf("synth-%d", n), nil, w.binary, "-environments", "environments")
	if n == 1 {
		c.name = "synth"
	}
	w.environments(c.dir, n)
	return c
}

func (w *workspace) environments(dir string, n int) {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	dev, err := os.ReadFile(filepath.Join(w.root, "environments", "dev.yaml"))
	must(err)
	must(os.MkdirAll(filepath.Join(dir, "environments"), 0o755))
	for i := range n {
		name := "dev"
		if i > 0 {
			name = fmt.Sprintf("dev-%03d", i)
		}
		must(os.WriteFile(filepath.Join(dir, "environments", name+".yaml"), dev, 0o644))
	}
}

var stockJsii = []string{"PREFECT_ECS_STOCK_JSII=1"}

func (w *workspace) stock() command {
	c := w.command("stock", "stock", stockJsii, w.binary, "-environments", "environments")
	w.environments(c.dir, 1)
	return c
}

func (w *workspace) example() command { return w.command("example", "example", nil, w.other) }

func (w *workspace) stockExample() command {
	return w.command("stock example", "stock-example", stockJsii, w.other)
}

func (w *workspace) javascript() command {
	return w.command("javascript", "javascript", nil, "node", filepath.Join(w.root, "bench", "javascript", "main.js"), "dev")
}

// cli is `cdktf synth` of the project as it is, and the steps inside it.
func (w *workspace) cli() ([]command, bool) {
	cdktf := filepath.Join(w.root, "node_modules", ".bin", "cdktf")
	if _, err := os.Stat(cdktf); err != nil {
		progress("without `cdktf synth`: run `npm ci` in the project's folder to have it measured")
		return nil, false
	}
	out := filepath.Join(w.dir, "cli")
	env := []string{"CDKTF_OUTDIR=" + out, "CHECKPOINT_DISABLE=1", "CI=1"}
	step := func(name string, args ...string) command {
		return command{name: name, dir: w.root, out: out, args: args, env: env}
	}
	return []command{
		step("the built app", w.binary),
		step("`go run .`", "go", "run", "."),
		step("`cdktf synth` of the built app", cdktf, "synth", "--output", out, "--app", program.InShell(w.binary)),
		step("`cdktf synth`", cdktf, "synth", "--output", out),
	}, true
}
