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

// ProviderVersion is the version that the pinned source is of.
const ProviderVersion = "5.82.2"

// The Go module with the source of that version. HashiCorp's own module path
// has no fetchable version of it; this fork adds one file (xpprovider).
const (
	sourceModule  = "github.com/upbound/terraform-provider-aws"
	sourceVersion = "v0.0.0-20250210124112-ca3a4c5ba291"
	sourceSum     = "h1:Q8atmog81+eoPwwU+0ZI6MDaXDuBpWS+wvXvUtNdthA="
)

// providerServices are the services the stacks use. What they import is added
// by the build.
var providerServices = []string{
	"appautoscaling", "backup", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs",
	"events", "iam", "kms", "logs", "meta", "s3", "secretsmanager",
	"servicediscovery", "sns", "sqs", "ssm", "sts", "xray",
}

// AWSProvider is hashicorp/aws with the services that the stacks use.
type AWSProvider struct{}

// Inputs are all that the program depends on.
func (AWSProvider) Inputs(ctx context.Context) ([]string, error) {
	goVersion, err := goVersion(ctx)
	return []string{sourceVersion, sourceSum, sdkNew, strings.Join(providerServices, " "), goVersion}, err
}

// Build builds terraform-provider-aws in dir.
func (AWSProvider) Build(ctx context.Context, dir string, detail Detail) (string, error) {
	detail("downloading the source")
	source, err := downloadSource(ctx)
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
	if err := patchSDK(work); err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "terraform-provider-aws")
	ldflags := "-s -w -X " + providerModule + "/version.ProviderVersion=" + ProviderVersion
	if err := goBuild(ctx, detail, work, binary, ".", ldflags); err != nil {
		return "", err
	}
	return binary, os.RemoveAll(work)
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
