package toolchain

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/dirhash"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// The AWS provider the project is tested with. The stacks ask for
// ">= 5.82.0, < 6.0.0"; the emulator's runs always use this one, wherever it
// comes from, so that a run does not depend on the day it is made.
const ProviderVersion = "5.82.2"

// The Go module with the source of that version. HashiCorp's own module path
// has no fetchable version of it; this fork adds one file (xpprovider).
const (
	sourceModule  = "github.com/upbound/terraform-provider-aws"
	sourceVersion = "v0.0.0-20250210124112-ca3a4c5ba291"
	sourceSum     = "h1:Q8atmog81+eoPwwU+0ZI6MDaXDuBpWS+wvXvUtNdthA="
)

// providerServices are the services the stacks use, now or in the prod stack
// to come. What they import is added by the build.
var providerServices = []string{
	"appautoscaling", "backup", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs",
	"events", "iam", "kms", "logs", "meta", "s3", "secretsmanager",
	"servicediscovery", "sns", "sqs", "ssm", "sts", "xray",
}

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
	choice := os.Getenv(providerFrom)
	switch choice {
	case "", "auto", "registry", "build":
	default:
		return Provider{}, fmt.Errorf("%s: got %q, want one of [auto registry build]", providerFrom, choice)
	}
	goVersion, err := goVersion(ctx)
	if err != nil {
		return Provider{}, err
	}
	registry := fmt.Sprintf("provider-aws-%s-%s-%s", ProviderVersion, tf.registry(), platform())
	built := fmt.Sprintf("provider-aws-%s-built-%s-%s", ProviderVersion,
		Key(sourceVersion, sourceSum, sdkNew, strings.Join(providerServices, " "), goVersion), platform())
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
	err := buildTrimmed(ctx, step, tmp)
	step.Done(err)
	if err != nil {
		return fmt.Errorf("build the AWS provider %s: %w", ProviderVersion, err)
	}
	return finishMirror(ctx, tf, tmp, final)
}

func buildTrimmed(ctx context.Context, step *Step, tmp string) error {
	step.Detail("downloading the source")
	source, err := downloadSource(ctx)
	if err != nil {
		return err
	}
	step.Detail("copying the source")
	work := filepath.Join(tmp, "source")
	if err := copyTree(source, work); err != nil {
		return err
	}
	if _, err := trimProvider(work, providerServices); err != nil {
		return err
	}
	if err := patchSDK(work); err != nil {
		return err
	}
	binary := filepath.Join(tmp, "terraform-provider-aws")
	ldflags := "-s -w -X " + providerModule + "/version.ProviderVersion=" + ProviderVersion
	if err := goBuild(ctx, step, work, binary, ".", ldflags); err != nil {
		return err
	}
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	if err := addToMirror(filepath.Join(tmp, "mirror"), binary); err != nil {
		return err
	}
	return os.Remove(binary)
}

// downloadSource fetches the provider's module and checks the files on disk
// against the pinned sum, which stands in for the checksum database: not every
// copy of that knows this version.
func downloadSource(ctx context.Context) (string, error) {
	path, err := goCommand()
	if err != nil {
		return "", err
	}
	at := sourceModule + "@" + sourceVersion
	out, runErr := process.Output(ctx, process.Command{Path: path, Args: []string{"mod", "download", "-json", at}, Dir: os.TempDir(),
		Env: append(goEnv(), "GONOSUMDB="+strings.Trim(os.Getenv("GONOSUMDB")+","+sourceModule, ","))})
	var m struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(out, &m); err != nil && runErr == nil {
		runErr = err
	}
	if m.Error != "" {
		return "", fmt.Errorf("download %s: %s; check GOPROXY and the network, then try again", at, m.Error)
	}
	if runErr != nil {
		return "", fmt.Errorf("download %s: %w", at, runErr)
	}
	sum, err := dirhash.HashDir(m.Dir, at, dirhash.Hash1)
	if err != nil {
		return "", err
	}
	for _, got := range []string{m.Sum, sum} {
		if got != sourceSum {
			return "", fmt.Errorf("checksum of %s: got %s, want %s; the copy in the module cache or at the proxy is not the pinned source: empty it (go clean -modcache) or use another GOPROXY", at, got, sourceSum)
		}
	}
	return m.Dir, nil
}
