package toolchain

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// oldestTerraform is what the stacks' required_version asks for.
const oldestTerraform = "v1.2.0"

// Terraform is the Terraform, or OpenTofu, that runs the stacks.
type Terraform struct {
	Path    string
	Version string
	Tofu    bool
	BinDir  string // folder to put in front of PATH; set when it is in the cache
}

// registry returns the host that providers without one come from.
func (t Terraform) registry() string {
	if t.Tofu {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}

// terraformFrom chooses where Terraform comes from.
const terraformFrom = "PREFECT_ECS_TERRAFORM"

// terraform finds, in this order: what TERRAFORM_BINARY_NAME names (the CLI
// cdktf would use it too), terraform, tofu, what was downloaded or built
// earlier, a release, OpenTofu built from its Go module.
func (p *preparer) terraform(ctx context.Context) (Terraform, error) {
	choice, err := choose(terraformFrom, "download")
	if err != nil {
		return Terraform{}, err
	}
	if name := os.Getenv("TERRAFORM_BINARY_NAME"); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return Terraform{}, notAProgram(name)
		}
		return inspect(ctx, path)
	}
	switch choice {
	case "download":
		return p.release(ctx, terraformVersion)
	case "build":
		return p.opentofu(ctx)
	}
	for _, name := range []string{"terraform", "tofu"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		t, err := inspect(ctx, path)
		if err == nil {
			return t, nil
		}
		if ctx.Err() != nil {
			return Terraform{}, err
		}
		p.log.Printf("left out: %v", err)
	}
	return p.missingTerraform(ctx)
}

// OnPath is the Terraform, or OpenTofu, that the CDKTF CLI would run, too: what
// TERRAFORM_BINARY_NAME names, else terraform, else tofu. Nothing is downloaded.
func OnPath() (string, error) {
	if name := os.Getenv("TERRAFORM_BINARY_NAME"); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", notAProgram(name)
		}
		return filepath.Abs(path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", &MissingError{"neither terraform nor tofu is on the PATH",
		"install Terraform (https://developer.hashicorp.com/terraform/install) or OpenTofu (https://opentofu.org/docs/intro/install), or name one: TERRAFORM_BINARY_NAME=/path/to/terraform"}
}

// VarFiles are the files with values of variables that the CDKTF CLI reads in a
// checkout without being told to.
func VarFiles(root string) ([]string, error) {
	var all []string
	for _, pattern := range []string{"terraform.tfvars", "*.auto.tfvars"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	return all, nil
}

func notAProgram(name string) error {
	return &MissingError{fmt.Sprintf("TERRAFORM_BINARY_NAME: got %q, which is not a program", name), "unset it or name a program"}
}

// missingTerraform downloads Terraform or, where the releases cannot be
// reached, builds OpenTofu. A download that fails is an error, for what has
// failed may be its check.
func (p *preparer) missingTerraform(ctx context.Context) (Terraform, error) {
	built, err := p.opentofuEntry(ctx)
	if err != nil {
		return Terraform{}, err
	}
	switch {
	case isDir(filepath.Join(p.cache, releaseEntry(terraformVersion))):
		return p.release(ctx, terraformVersion)
	case isDir(filepath.Join(p.cache, built)):
		return p.opentofu(ctx)
	}
	if err := p.releases.answers(ctx, terraformVersion); err != nil {
		if ctx.Err() != nil {
			return Terraform{}, ctx.Err()
		}
		p.log.Printf("Terraform cannot be downloaded (%v), so OpenTofu is built from source", err)
		return p.opentofu(ctx)
	}
	return p.release(ctx, terraformVersion)
}

// terraformOf finds a version of Terraform, see PrepareTerraform.
func (p *preparer) terraformOf(ctx context.Context, version string) (Terraform, error) {
	choice, err := choose(terraformFrom, "download")
	if err != nil {
		return Terraform{}, err
	}
	if path, err := exec.LookPath("terraform"); err == nil {
		if t, err := inspect(ctx, path); err == nil && t.Version == version && !t.Tofu {
			return t, nil
		}
	}
	source, err := terraformSource(version)
	if err != nil {
		return Terraform{}, err
	}
	built, err := entryOf(ctx, "terraform-"+version+"-built-", source)
	if err != nil {
		return Terraform{}, err
	}
	if choice == "download" || choice == "auto" && isDir(filepath.Join(p.cache, releaseEntry(version))) {
		return p.release(ctx, version)
	}
	if choice == "auto" && !isDir(filepath.Join(p.cache, built)) {
		if err := p.releases.answers(ctx, version); err == nil {
			return p.release(ctx, version)
		} else if ctx.Err() != nil {
			return Terraform{}, ctx.Err()
		}
	}
	dir, err := p.entry(ctx, built, func(ctx context.Context, tmp, _ string) error {
		step := p.log.Start(progress.Task{What: fmt.Sprintf("building Terraform %s from its Go module", version), Key: "build Terraform", About: "5 minutes on 2 cores, once"})
		_, err := source.Build(ctx, tmp, step.Detail)
		return step.Done(err)
	})
	if err != nil {
		return Terraform{}, fmt.Errorf("build Terraform %s: %w", version, withNext(err, "docs/closed-network.md says what the build needs"))
	}
	return inBinDir(ctx, dir, "terraform")
}

// inspect asks a binary for its version.
func inspect(ctx context.Context, path string) (Terraform, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Terraform{}, err
	}
	out, err := process.Output(ctx, process.Command{Path: path, Args: []string{"version", "-json"}, Env: []string{"CHECKPOINT_DISABLE=1"},
		Unset: terraformSettings, Dir: os.TempDir()})
	if err != nil {
		return Terraform{}, err
	}
	var v struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(out, &v); err != nil || v.Version == "" {
		return Terraform{}, fmt.Errorf("%s version -json: no terraform_version in %q", path, out)
	}
	if semver.Compare("v"+v.Version, oldestTerraform) < 0 {
		return Terraform{}, fmt.Errorf("%s: got version %s, want %s or newer: https://developer.hashicorp.com/terraform/install", path, v.Version, oldestTerraform[1:])
	}
	help, err := process.Output(ctx, process.Command{Path: path, Args: []string{"version"}, Env: []string{"CHECKPOINT_DISABLE=1"},
		Unset: terraformSettings, Dir: os.TempDir()})
	if err != nil {
		return Terraform{}, err
	}
	return Terraform{Path: path, Version: v.Version, Tofu: strings.Contains(string(help), "OpenTofu")}, nil
}

// terraformSettings are the user's settings that would change what Terraform
// does with a folder of ours. TF_CLI_CONFIG_FILE may name a missing file.
var terraformSettings = []string{"TF_CLI_ARGS*", "TF_WORKSPACE", "TF_DATA_DIR", "TF_CLI_CONFIG_FILE", "TF_LOG*"}

// opentofu builds the OpenTofu that tools/opentofu/go.mod pins.
func (p *preparer) opentofu(ctx context.Context) (Terraform, error) {
	name, err := p.opentofuEntry(ctx)
	if err != nil {
		return Terraform{}, err
	}
	dir, err := p.entry(ctx, name, func(ctx context.Context, tmp, _ string) error {
		step := p.log.Start(progress.Task{What: "building OpenTofu from its Go module", About: "7 minutes on 2 cores, once"})
		_, err := p.tofuSource.Build(ctx, tmp, step.Detail)
		if err = step.Done(err); err != nil {
			return fmt.Errorf("build OpenTofu: %w", withNext(err, "docs/closed-network.md says what the build needs"))
		}
		// People and scripts type terraform.
		return os.Symlink("tofu", filepath.Join(tmp, "terraform"))
	})
	if err != nil {
		return Terraform{}, err
	}
	return inBinDir(ctx, dir, "tofu")
}

func (p *preparer) opentofuEntry(ctx context.Context) (string, error) {
	return entryOf(ctx, "opentofu-", p.tofuSource)
}

// inBinDir is a program of the cache, whose folder belongs on the PATH.
func inBinDir(ctx context.Context, dir, name string) (Terraform, error) {
	t, err := inspect(ctx, filepath.Join(dir, name))
	t.BinDir = dir
	return t, err
}

func platform() string { return runtime.GOOS + "_" + runtime.GOARCH }

// HasRemoved says whether it knows blocks removed with lifecycle.
// https://developer.hashicorp.com/terraform/language/block/removed
func (t Terraform) HasRemoved() bool {
	if t.Tofu {
		return semver.Compare("v"+t.Version, "v1.10.0") >= 0
	}
	return semver.Compare("v"+t.Version, "v1.7.0") >= 0
}
