package sourcebuild

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

// sourceModule is the Go module with the provider's source. HashiCorp's own
// module path has no version that can be fetched; this fork adds one file
// (xpprovider).
const sourceModule = "github.com/upbound/terraform-provider-aws"

// AWSProvider is a release of hashicorp/aws with the services that the stacks
// use.
type AWSProvider struct {
	Version string // of the release
	source  string // sourceModule's version: the fork's commit of that release
	sum     string // sourceModule's checksum at that version, as in go.sum
	sdk     *sdkPatch
}

// AWSProviders are the releases whose source is pinned.
var AWSProviders = []AWSProvider{
	{
		Version: "5.82.2",
		source:  "v0.0.0-20250210124112-ca3a4c5ba291",
		sum:     "h1:Q8atmog81+eoPwwU+0ZI6MDaXDuBpWS+wvXvUtNdthA=",
		sdk:     &sdkRetriesReads,
	},
	{
		Version: "6.34.0",
		source:  "v0.0.0-20260305123303-f7691456b787",
		sum:     "h1:dJlp2eNgY/iVKTPINdguYlHbHc9CtXBZKmQmqYq0REs=",
	},
}

// providerServices are the services the stacks use. What they import is added
// by the build.
var providerServices = []string{
	"appautoscaling", "backup", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs",
	"events", "iam", "kms", "lambda", "logs", "meta", "s3", "secretsmanager",
	"servicediscovery", "sns", "sqs", "ssm", "sts", "xray",
}

// Inputs are all that the program depends on.
func (p AWSProvider) Inputs(ctx context.Context) ([]string, error) {
	goVersion, err := goVersion(ctx)
	inputs := []string{p.source, p.sum, strings.Join(providerServices, " "), goVersion}
	if p.sdk != nil {
		inputs = append(inputs, p.sdk.to)
	}
	return inputs, err
}

// Build builds terraform-provider-aws in dir.
func (p AWSProvider) Build(ctx context.Context, dir string, detail Detail) (string, error) {
	detail("downloading the source")
	source, err := download(ctx, sourceModule, p.source, p.sum)
	if err != nil {
		return "", err
	}
	detail("copying the source")
	work := filepath.Join(dir, "source")
	if err := copyTree(source, work); err != nil {
		return "", err
	}
	if _, err := trimProvider(work, providerServices); err != nil {
		return "", err
	}
	if p.sdk != nil {
		if err := p.sdk.apply(work); err != nil {
			return "", err
		}
	}
	binary := filepath.Join(dir, "terraform-provider-aws")
	ldflags := "-s -w -X " + providerModule + "/version.ProviderVersion=" + p.Version
	if err := goBuild(ctx, detail, work, binary, ".", ldflags); err != nil {
		return "", err
	}
	return binary, os.RemoveAll(work)
}

// download fetches a module and checks the files on disk against its pinned
// sum, which stands in for the checksum database: not every copy of that knows
// these versions.
func download(ctx context.Context, module, version, want string) (string, error) {
	path, err := goCommand()
	if err != nil {
		return "", err
	}
	at := module + "@" + version
	out, runErr := process.Output(ctx, process.Command{Path: path, Args: []string{"mod", "download", "-json", at}, Dir: os.TempDir(),
		Env: append(goEnv(), "GONOSUMDB="+strings.Trim(os.Getenv("GONOSUMDB")+","+module, ","))})
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
		if got != want {
			return "", fmt.Errorf("checksum of %s: got %s, want %s; the copy in the module cache or at the proxy is not the pinned source: empty it (go clean -modcache) or use another GOPROXY", at, got, want)
		}
	}
	return m.Dir, nil
}

// Source downloads the release's source and gives its folder, and what module it is.
func (p AWSProvider) Source(ctx context.Context) (dir, module string, err error) {
	dir, err = download(ctx, sourceModule, p.source, p.sum)
	return dir, sourceModule + "@" + p.source, err
}
