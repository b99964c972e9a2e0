package toolchain

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// lockPlatforms are those whose checksums a lock file has: of people's machines
// and of CI's.
var lockPlatforms = []string{"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64"}

// Locker writes dependency lock files.
type Locker struct {
	preparer  *preparer
	terraform Terraform
	provider  Provider // set where the registry cannot be used: what was built
}

// NewLocker finds Terraform, and asks its registry. Where that does not answer,
// the lock files have the provider that is built from source, with a checksum
// that no other build of it need have: Closed says so.
func NewLocker(ctx context.Context, root string, log io.Writer) (*Locker, error) {
	p, err := newPreparer(root, log)
	if err != nil {
		return nil, err
	}
	l := &Locker{preparer: p}
	if l.terraform, err = p.terraform(ctx); err != nil {
		return nil, err
	}
	choice, err := choose(providerFrom, "registry")
	if err != nil {
		return nil, err
	}
	if choice != "registry" {
		if choice == "auto" {
			err = registryAnswers(ctx, "https://"+l.terraform.registry())
		}
		if choice == "build" || err != nil && ctx.Err() == nil {
			l.provider, err = p.provider(ctx, l.terraform, ProviderVersion)
		}
	}
	return l, err
}

// Closed is true where the registry cannot be used.
func (l *Locker) Closed() bool { return l.provider.CLIConfig != "" }

// Write returns a lock file with the newest AWS provider that a version
// constraint allows.
func (l *Locker) Write(ctx context.Context, constraint string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "prefect-ecs-lock-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := writeProbe(dir, constraint); err != nil {
		return nil, err
	}
	command := process.Command{Path: l.terraform.Path, Dir: dir, Env: []string{"CHECKPOINT_DISABLE=1"}}
	if l.Closed() {
		command.Args = []string{"init", "-input=false", "-no-color"}
		command.Env = append(command.Env, "TF_CLI_CONFIG_FILE="+l.provider.CLIConfig)
		command.Unset = terraformSettings
	} else {
		command.Args = []string{"providers", "lock", "-no-color"}
		for _, platform := range lockPlatforms {
			command.Args = append(command.Args, "-platform="+platform)
		}
		command.Unset = slices.DeleteFunc(slices.Clone(terraformSettings), func(name string) bool { return name == "TF_CLI_CONFIG_FILE" }) // the user's credentials
	}
	step := l.preparer.log.Start(progress.Task{What: fmt.Sprintf("asking for the AWS provider %s and its checksums (terraform %s)", constraint, command.Args[0]),
		Key: "checksums by " + command.Args[0]})
	err = step.Done(process.Run(ctx, command))
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, ".terraform.lock.hcl"))
}
