package toolchain

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/sourcebuild"
)

// The AWS providers the project is tested with, of the ">= 5.82.0, < 7.0.0"
// that the stacks ask for. The emulator's runs always use ProviderVersion,
// wherever it comes from, so that a run does not depend on the day it is made.
const (
	ProviderVersion       = "6.34.0"
	OldestProviderVersion = "5.82.2" // make compat only
)

// Provider is the AWS provider in a filesystem mirror.
type Provider struct {
	Version   string
	Origin    string // "registry" or "built"
	Mirror    string
	CLIConfig string // for TF_CLI_CONFIG_FILE: installs the provider from Mirror, all others as usual
}

// providerFrom chooses where a missing provider comes from.
const providerFrom = "PREFECT_ECS_PROVIDER"

// provider returns the AWS provider: one made earlier, else from the registry
// when that answers, else built from source.
func (p *preparer) provider(ctx context.Context, tf Terraform, version string) (Provider, error) {
	choice, err := choose(providerFrom, "registry")
	if err != nil {
		return Provider{}, err
	}
	source, err := p.providerSource(version)
	if err != nil {
		return Provider{}, err
	}
	built, err := entryOf(ctx, "provider-aws-"+version+"-built-", source)
	if err != nil {
		return Provider{}, err
	}
	registry := fmt.Sprintf("provider-aws-%s-%s-%s", version, tf.registry(), platform())
	fromRegistry := func() (Provider, error) {
		dir, err := p.entry(ctx, registry, func(ctx context.Context, tmp, final string) error {
			return p.downloadProvider(ctx, tf, version, tmp, final)
		})
		return providerIn(dir, version, "registry"), err
	}
	fromSource := func() (Provider, error) {
		dir, err := p.entry(ctx, built, func(ctx context.Context, tmp, final string) error {
			return p.buildProvider(ctx, tf, version, source, tmp, final)
		})
		return providerIn(dir, version, "built"), err
	}
	switch {
	case choice == "registry":
		return fromRegistry()
	case choice == "build" || isDir(filepath.Join(p.cache, built)):
		return fromSource()
	case isDir(filepath.Join(p.cache, registry)):
		return fromRegistry()
	}
	if err := registryAnswers(ctx, "https://"+tf.registry()); err != nil {
		if ctx.Err() != nil {
			return Provider{}, ctx.Err()
		}
		p.log.Printf("the Terraform registry cannot be used (%v), so the AWS provider is built from source", err)
		return fromSource()
	}
	return fromRegistry()
}

func providerIn(dir, version, origin string) Provider {
	return Provider{Version: version, Origin: origin, Mirror: filepath.Join(dir, "mirror"), CLIConfig: filepath.Join(dir, "cli.tfrc")}
}

// buildProvider builds the trimmed provider into a mirror in tmp.
func (p *preparer) buildProvider(ctx context.Context, tf Terraform, version string, source source, tmp, final string) error {
	step := p.log.Start(progress.Task{What: fmt.Sprintf("building the AWS provider %s from its Go module", version), Key: "build the AWS provider", About: "7 minutes on 2 cores, once"})
	binary, err := source.Build(ctx, tmp, step.Detail)
	if err = step.Done(err); err != nil {
		return fmt.Errorf("build the AWS provider %s: %w", version, withNext(err, "docs/closed-network.md says what the build needs"))
	}
	if err := addToMirror(filepath.Join(tmp, "mirror"), version, binary); err != nil {
		return err
	}
	if err := os.Remove(binary); err != nil {
		return err
	}
	return finishMirror(ctx, tf, version, tmp, final)
}

// Source is where the AWS provider's source lies.
type Source struct{ Version, Module, Dir string }

// ProviderSource downloads the source of the newest pinned release.
func ProviderSource(ctx context.Context) (Source, error) {
	release := sourcebuild.AWSProviders[len(sourcebuild.AWSProviders)-1]
	dir, module, err := release.Source(ctx)
	return Source{release.Version, module, dir}, err
}
