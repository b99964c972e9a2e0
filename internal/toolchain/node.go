package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// oldestNode is the oldest Node release that is tested.
const oldestNode = 20

// cdktf returns the cdktf command line of the checkout, installed exactly as
// package-lock.json says. It is installed again only when that file changed.
func (p *preparer) cdktf(ctx context.Context) (string, error) {
	if err := checkNode(ctx); err != nil {
		return "", err
	}
	lock, err := os.ReadFile(filepath.Join(p.root, "package-lock.json"))
	if err != nil {
		return "", err
	}
	manifest, err := os.ReadFile(filepath.Join(p.root, "package.json"))
	if err != nil {
		return "", err
	}
	unlock, err := p.lock(ctx, "npm-"+Key(p.root))
	if err != nil {
		return "", err
	}
	defer unlock()
	// npm ci empties node_modules first, so the stamp is gone until it is whole again.
	stamp := filepath.Join(p.root, "node_modules", ".installed")
	want := Key(string(lock), string(manifest), platform())
	bin := filepath.Join(p.root, "node_modules", ".bin", "cdktf")
	if got, err := os.ReadFile(stamp); err == nil && string(got) == want {
		return bin, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", &MissingError{"npm: not on PATH", "install Node with npm (https://nodejs.org)"}
	}
	step := p.log.Start("installing cdktf-cli from npm (about 1 minute, once)")
	// No script is needed: the one native module comes with its binaries (see overrides in package.json).
	err = Run(ctx, Command{Path: npm, Args: []string{"ci", "--ignore-scripts", "--no-audit", "--no-fund"}, Dir: p.root,
		Unset: []string{"NODE_ENV", "NODE_OPTIONS"}})
	step.Done(err)
	if err != nil {
		return "", fmt.Errorf("install cdktf-cli: %w", err)
	}
	return bin, os.WriteFile(stamp, []byte(want), 0o644)
}

func checkNode(ctx context.Context) error {
	fix := fmt.Sprintf("install Node %d or newer (https://nodejs.org)", oldestNode)
	node, err := exec.LookPath("node")
	if err != nil {
		return &MissingError{"node: not on PATH", fix}
	}
	out, err := Output(ctx, Command{Path: node, Args: []string{"--version"}})
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
