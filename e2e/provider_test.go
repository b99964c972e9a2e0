//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/reattach"
)

// serveProvider starts the AWS provider and returns the environment with which
// Terraform uses it instead of starting one of its own, three times in an
// apply: half of what a run costs. The tests of README, of the workflows and of
// the defaults of dev let Terraform install and start it.
// It reads files from dir, where Terraform's own reads them from the stack's folder.
func serveProvider(t *testing.T, dir string, env []string) []string {
	t.Helper()
	binary := filepath.Join(tools.Provider.Mirror, "registry.terraform.io", "hashicorp", "aws", tools.Provider.Version, "*", "terraform-provider-aws*")
	found, err := filepath.Glob(binary)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: got %d files, want one (%v)", binary, len(found), err)
	}
	ctx, cancel := during(t)
	defer cancel()
	// A second Terraform's configuration fails on a certificate bundle, which the loopback does not need.
	provider, err := reattach.Start(ctx, found[0], dir, append(env, "AWS_CA_BUNDLE=")...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(provider.Stop)
	return []string{provider.Env("registry.terraform.io/hashicorp/aws", "registry.opentofu.org/hashicorp/aws")}
}
