package toolchain

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// oldestNode is the oldest Node release that is tested.
const oldestNode = 20

// cdktf returns the cdktf command line of the checkout, installed exactly as
// package-lock.json says. It is installed again only when that file changed.
func (p *preparer) cdktf(ctx context.Context) (string, error) {
	if err := checkNode(ctx); err != nil {
		return "", err
	}
	unlock, err := p.lock(ctx, "npm-"+Key(p.root))
	if err != nil {
		return "", err
	}
	defer unlock()
	bin := filepath.Join(p.root, "node_modules", ".bin", "cdktf")
	if ok, err := installed(p.root); ok || err != nil {
		return bin, err
	}
	// No script is needed: the one native module comes with its binaries (see overrides in package.json).
	return bin, p.npmCI(ctx, "npm packages", p.root)
}

// npmCI installs what the package-lock.json in dir says, and runs no script.
func (p *preparer) npmCI(ctx context.Context, what, dir string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return &MissingError{"npm: not on PATH", "install Node with npm (https://nodejs.org)"}
	}
	step := p.log.Start(progress.Task{What: "installing " + what, About: "1 minute, once"})
	err = step.Done(process.Run(ctx, process.Command{Path: npm, Args: []string{"ci", "--ignore-scripts", "--no-audit", "--no-fund"}, Dir: dir,
		Unset: []string{"NODE_ENV", "NODE_OPTIONS"}}))
	if err != nil {
		return fmt.Errorf("install %s: %w", what, withNext(err, "try again where npm reaches its registry: npm ping"))
	}
	return nil
}

// installed says whether node_modules has what package-lock.json says, whoever
// ran npm ci. What npm installed it writes down last, in the same form; packages
// that are for other platforms are not among them.
// https://docs.npmjs.com/cli/configuring-npm/package-lock-json#hidden-lockfiles
func installed(root string) (bool, error) {
	type lockfile struct {
		Packages map[string]struct {
			Version, Integrity string
			Optional           bool
		}
	}
	read := func(name string) (l lockfile, err error) {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return l, err
		}
		return l, json.Unmarshal(data, &l)
	}
	want, err := read("package-lock.json")
	if err != nil {
		return false, fmt.Errorf("package-lock.json: %w", err)
	}
	delete(want.Packages, "") // the project itself
	got, err := read(filepath.Join("node_modules", ".package-lock.json"))
	if err != nil {
		return false, nil // npm ci has not run to its end
	}
	for path, p := range want.Packages {
		if had, ok := got.Packages[path]; ok && had != p || !ok && !p.Optional {
			return false, nil
		}
		delete(got.Packages, path)
	}
	return len(got.Packages) == 0, nil
}

func checkNode(ctx context.Context) error {
	fix := fmt.Sprintf("install Node %d or newer (https://nodejs.org)", oldestNode)
	node, err := exec.LookPath("node")
	if err != nil {
		return &MissingError{"node: not on PATH", fix}
	}
	out, err := process.Output(ctx, process.Command{Path: node, Args: []string{"--version"}})
	if err != nil {
		return err
	}
	version := strings.TrimSpace(string(out))
	major, _ := strconv.Atoi(strings.Split(strings.TrimPrefix(version, "v"), ".")[0])
	if major < oldestNode {
		return &MissingError{fmt.Sprintf("node: got %s at %s", version, node), fix}
	}
	return nil
}
