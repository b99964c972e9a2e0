package toolchain

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// oldestCDKTerrainNode is what CDK Terrain asks for in its package.json.
const oldestCDKTerrainNode = "v22.19.0"

// CDKTerrain is CDK Terrain's command line, and the Node that runs it.
type CDKTerrain struct {
	Version     string
	Node        string
	NodeVersion string
	Script      string // for Node
}

// PrepareCDKTerrain installs what tools/cdktn pins into the cache, so that the
// checkout keeps the command line that package.json names.
func PrepareCDKTerrain(ctx context.Context, root string, log io.Writer) (*CDKTerrain, error) {
	p, err := newPreparer(root, log)
	if err != nil {
		return nil, err
	}
	return p.cdkTerrain(ctx)
}

func (p *preparer) cdkTerrain(ctx context.Context) (*CDKTerrain, error) {
	files := map[string][]byte{"package.json": nil, "package-lock.json": nil}
	for name := range files {
		text, err := os.ReadFile(filepath.Join(p.root, "tools", "cdktn", name))
		if err != nil {
			return nil, err
		}
		files[name] = text
	}
	name := "cdktn-" + Key(string(files["package.json"]), string(files["package-lock.json"]), platform())
	dir, err := p.entry(ctx, name, func(ctx context.Context, tmp, _ string) error {
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(tmp, name), text, 0o644); err != nil {
				return err
			}
		}
		// Node comes as a program in a package of its platform, which needs no script.
		return p.npmCI(ctx, "CDK Terrain", tmp)
	})
	if err != nil {
		return nil, err
	}
	cli := filepath.Join(dir, "node_modules", "cdktn-cli")
	t := &CDKTerrain{Script: filepath.Join(cli, "bin", "cdktn")}
	text, err := os.ReadFile(filepath.Join(cli, "package.json"))
	if err != nil {
		return nil, err
	}
	var described struct{ Version string }
	if err := json.Unmarshal(text, &described); err != nil {
		return nil, fmt.Errorf("%s: %w", cli, err)
	}
	t.Version = described.Version
	return t, t.findNode(ctx, dir)
}

// findNode takes the pinned Node or, on a platform that npm has none for, the
// one on the PATH.
func (t *CDKTerrain) findNode(ctx context.Context, dir string) error {
	fix := "install Node " + strings.TrimPrefix(oldestCDKTerrainNode, "v") + " or newer (https://nodejs.org)"
	pinned, err := filepath.Glob(filepath.Join(dir, "node_modules", "node-*", "bin", "node"))
	if err != nil {
		return err
	}
	if len(pinned) > 0 {
		t.Node = pinned[0]
	} else if t.Node, err = exec.LookPath("node"); err != nil {
		return &MissingError{"node: not on PATH", fix}
	}
	out, err := process.Output(ctx, process.Command{Path: t.Node, Args: []string{"--version"}})
	if err != nil {
		return err
	}
	version := strings.TrimSpace(string(out))
	if semver.Compare(version, oldestCDKTerrainNode) < 0 {
		return &MissingError{fmt.Sprintf("node: got %s at %s, which CDK Terrain cannot use", version, t.Node), fix}
	}
	t.NodeVersion = strings.TrimPrefix(version, "v")
	return nil
}
