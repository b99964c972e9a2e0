package toolchain

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// The AWS provider the project is tested with. The stacks ask for
// ">= 5.82.0, < 6.0.0"; the emulator's runs always use this one, wherever it
// comes from, so that a run does not depend on the day it is made.
const ProviderVersion = "5.82.2"

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
func (p *preparer) provider(ctx context.Context, tf Terraform) (Provider, error) {
	choice, err := choose(providerFrom, "registry")
	if err != nil {
		return Provider{}, err
	}
	built, err := entryOf(ctx, "provider-aws-"+ProviderVersion+"-built-", p.providerSource)
	if err != nil {
		return Provider{}, err
	}
	registry := fmt.Sprintf("provider-aws-%s-%s-%s", ProviderVersion, tf.registry(), platform())
	fromRegistry := func() (Provider, error) {
		dir, err := p.entry(ctx, registry, func(ctx context.Context, tmp, final string) error {
			return p.downloadProvider(ctx, tf, tmp, final)
		})
		return providerIn(dir, "registry"), err
	}
	fromSource := func() (Provider, error) {
		dir, err := p.entry(ctx, built, func(ctx context.Context, tmp, final string) error {
			return p.buildProvider(ctx, tf, tmp, final)
		})
		return providerIn(dir, "built"), err
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

func providerIn(dir, origin string) Provider {
	return Provider{Version: ProviderVersion, Origin: origin, Mirror: filepath.Join(dir, "mirror"), CLIConfig: filepath.Join(dir, "cli.tfrc")}
}

// buildProvider builds the trimmed provider into a mirror in tmp.
func (p *preparer) buildProvider(ctx context.Context, tf Terraform, tmp, final string) error {
	step := p.log.Start(fmt.Sprintf("building the AWS provider %s from its Go module (about 7 minutes on 2 cores, once; may be interrupted and started again)", ProviderVersion))
	binary, err := p.providerSource.Build(ctx, tmp, step.Detail)
	step.Done(err)
	if err != nil {
		return fmt.Errorf("build the AWS provider %s: %w", ProviderVersion, err)
	}
	if err := addToMirror(filepath.Join(tmp, "mirror"), binary); err != nil {
		return err
	}
	if err := os.Remove(binary); err != nil {
		return err
	}
	return finishMirror(ctx, tf, tmp, final)
}
