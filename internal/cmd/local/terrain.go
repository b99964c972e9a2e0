package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// terrainRun is the documented deployment by CDK Terrain, in a copy of the
// project, on its own emulator.
type terrainRun struct {
	cli       *toolchain.CDKTerrain
	workspace *workspace
	terraform string
	env       []string
}

// terrain lists, synthesizes, deploys and destroys dev with CDK Terrain, state
// in S3 as documented, and returns the line of README that says so.
func (c *compatibility) terrain(ctx context.Context, tools *toolchain.Toolchain, cli *toolchain.CDKTerrain) (line string, err error) {
	dir, err := os.MkdirTemp("", "prefect-ecs-compat-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	aws, err := emulator.Start(ctx, c.python, dir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, aws.Stop()) }()
	r := &terrainRun{cli: cli, terraform: tools.Terraform.Path}
	if r.workspace, err = newWorkspace(ctx, c.root); err != nil {
		return "", err
	}
	defer os.RemoveAll(r.workspace.dir)
	r.env = slices.Concat(tools.Env(), aws.Env(), []string{"CI=1",
		// It writes its cache and an identifier of the user there.
		"CDKTF_HOME=" + filepath.Join(dir, "home"),
		"TF_VAR_create_secret=true", "TF_VAR_prefect_api_key=not-a-key"})
	// The app starts the Node that is first on the PATH.
	r.env = append(r.env, "PATH="+filepath.Dir(cli.Node)+string(os.PathListSeparator)+pathOf(r.env))
	n, err := r.deployAndDestroy(ctx, c.workspace.stackDir(workerStack))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("CDK Terrain (cdktn %s, Node %s) with %s: %d resources of `%s` deployed and destroyed, with the state in S3. Run on %s by `make compat`.\n",
		cli.Version, cli.NodeVersion, nameOf(tools.Terraform), n, workerStack, time.Now().Format(time.DateOnly)), nil
}

// deployAndDestroy returns how many resources there were. The stack in want was
// synthesized without a command line.
func (r *terrainRun) deployAndDestroy(ctx context.Context, want string) (int, error) {
	listed, err := r.cdktn(ctx, "list")
	if err != nil {
		return 0, err
	}
	if !slices.Contains(strings.Fields(listed), workerStack) {
		return 0, fmt.Errorf("cdktn list: got %q, want %s in it", listed, workerStack)
	}
	if _, err := r.cdktn(ctx, "synth"); err != nil {
		return 0, err
	}
	if err := sameFile(filepath.Join(r.workspace.stackDir(workerStack), "cdk.tf.json"), filepath.Join(want, "cdk.tf.json")); err != nil {
		return 0, fmt.Errorf("cdktn synth: %w", err)
	}
	for _, stack := range documented {
		if _, err := r.cdktn(ctx, "deploy", stack, "--auto-approve", "--skip-provider-lock"); err != nil {
			return 0, err
		}
	}
	plan, err := toolchain.Plan(ctx, r.terraform, r.workspace.stackDir(workerStack), r.env)
	if err != nil {
		return 0, err
	}
	if changes := emulator.Changes(plan); len(changes) > 0 {
		return 0, fmt.Errorf("the second plan is not empty:\n  %s", strings.Join(changes, "\n  "))
	}
	n, err := r.count(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := r.cdktn(ctx, "destroy", workerStack, "--auto-approve", "--skip-provider-lock"); err != nil {
		return 0, err
	}
	left, err := r.count(ctx)
	if err == nil && left > 0 {
		err = fmt.Errorf("cdktn destroy: got %d resources left in the state, want none", left)
	}
	return n, err
}

func (r *terrainRun) cdktn(ctx context.Context, args ...string) (string, error) {
	say("cdktn %s", strings.Join(args, " "))
	out, err := process.Output(ctx, process.Command{Path: r.cli.Node, Args: append([]string{r.cli.Script}, args...), Dir: r.workspace.dir,
		Env: r.env, Unset: userSettings})
	return string(out), err
}

func (r *terrainRun) count(ctx context.Context) (int, error) {
	return countState(ctx, r.terraform, r.workspace.stackDir(workerStack), r.env)
}

// sameFile fails where two files differ.
func sameFile(got, want string) error {
	a, err := os.ReadFile(got)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(want)
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("%s is not what the app alone writes", filepath.Base(got))
	}
	return nil
}

// pathOf is the PATH of a process that is started with env.
func pathOf(env []string) string {
	path := os.Getenv("PATH")
	for _, pair := range env {
		if value, ok := strings.CutPrefix(pair, "PATH="); ok {
			path = value
		}
	}
	return path
}
