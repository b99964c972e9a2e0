package toolchain

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// mirrorHosts are the hosts that hashicorp/aws stands for in Terraform and in OpenTofu.
var mirrorHosts = []string{"registry.terraform.io", "registry.opentofu.org"}

// addToMirror lays the provider binary out as a filesystem mirror for both hosts.
func addToMirror(mirror, version, binary string) error {
	for _, host := range mirrorHosts {
		dir := filepath.Join(mirror, host, "hashicorp", "aws", version, platform())
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		to := filepath.Join(dir, "terraform-provider-aws_v"+version)
		if err := linkOrCopy(binary, to); err != nil {
			return err
		}
	}
	return nil
}

// linkOrCopy makes to a second name of from's content, or a copy of it.
func linkOrCopy(from, to string) error {
	from, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	if os.Link(from, to) == nil {
		return nil
	}
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(dst, src); err != nil {
		dst.Close()
		return err
	}
	return dst.Close()
}

// cliConfig is a CLI configuration file that installs hashicorp/aws from the
// mirror only and every other provider as usual.
func cliConfig(mirror string) string {
	own := fmt.Sprintf("[%q, %q]", mirrorHosts[0]+"/hashicorp/aws", mirrorHosts[1]+"/hashicorp/aws")
	return fmt.Sprintf(`# Written by prefect-ecs-worker: the AWS provider comes from a local mirror.
disable_checkpoint = true

provider_installation {
  filesystem_mirror {
    path    = %q
    include = %s
  }
  direct {
    exclude = %s
  }
}
`, mirror, own, own)
}

// finishMirror proves that Terraform installs and starts the provider from
// the mirror in tmp, then writes the configuration for its final place.
func finishMirror(ctx context.Context, tf Terraform, version, tmp, final string) error {
	config := filepath.Join(tmp, "cli.tfrc")
	if err := os.WriteFile(config, []byte(cliConfig(filepath.Join(tmp, "mirror"))), 0o644); err != nil {
		return err
	}
	if err := tryProvider(ctx, tf, version, filepath.Join(tmp, "try"), config); err != nil {
		return fmt.Errorf("the AWS provider %s does not work: %w", version, err)
	}
	if err := os.RemoveAll(filepath.Join(tmp, "try")); err != nil {
		return err
	}
	return os.WriteFile(config, []byte(cliConfig(filepath.Join(final, "mirror"))), 0o644)
}

// writeProbe writes the smallest configuration that asks for the provider.
func writeProbe(dir, version string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "main.tf"), fmt.Appendf(nil, `terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = %q }
  }
}
`, version), 0o644)
}

// tryProvider loads the provider's schema and looks for the resources that
// every stack has.
func tryProvider(ctx context.Context, tf Terraform, version, dir, config string) error {
	if err := writeProbe(dir, version); err != nil {
		return err
	}
	env := []string{"CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE=" + config}
	err := process.Run(ctx, process.Command{Path: tf.Path, Args: []string{"init", "-input=false", "-no-color"}, Dir: dir, Env: env, Unset: terraformSettings})
	if err != nil {
		return err
	}
	out, err := process.Output(ctx, process.Command{Path: tf.Path, Args: []string{"providers", "schema", "-json"}, Dir: dir, Env: env, Unset: terraformSettings})
	if err != nil {
		return err
	}
	var schema struct {
		Providers map[string]struct {
			Resources map[string]json.RawMessage `json:"resource_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(out, &schema); err != nil {
		return err
	}
	resources := schema.Providers[tf.registry()+"/hashicorp/aws"].Resources
	for _, name := range []string{"aws_ecs_service", "aws_vpc", "aws_s3_bucket", "aws_iam_role"} {
		if resources[name] == nil {
			return fmt.Errorf("its schema has %d resource types, but not %s", len(resources), name)
		}
	}
	return nil
}
