package toolchain

import (
	"context"
	"fmt"
	"os"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/sourcebuild"
)

// source builds one program from source, where it cannot be downloaded. Package
// sourcebuild has the two that a closed network needs.
type source interface {
	// Inputs are all that goes into the build: with other inputs it is another cache entry.
	Inputs(ctx context.Context) ([]string, error)
	// Build writes the program to dir and returns its path. detail is told how far it is.
	Build(ctx context.Context, dir string, detail func(format string, args ...any)) (string, error)
}

// entryOf names the cache entry of what s builds.
func entryOf(ctx context.Context, prefix string, s source) (string, error) {
	inputs, err := s.Inputs(ctx)
	return prefix + Key(inputs...) + "-" + platform(), err
}

// choose reads the setting that says where a tool comes from: downloaded, built,
// or auto, which is the default.
func choose(setting, download string) (string, error) {
	switch choice := os.Getenv(setting); choice {
	case "":
		return "auto", nil
	case "auto", download, "build":
		return choice, nil
	default:
		return "", fmt.Errorf("%s: got %q, want one of [auto %s build]", setting, choice, download)
	}
}

// providerSource builds a version of the AWS provider.
func providerSource(version string) (source, error) {
	for _, release := range sourcebuild.AWSProviders {
		if release.Version == version {
			return release, nil
		}
	}
	return nil, fmt.Errorf("AWS provider %s: package sourcebuild has no source of it", version)
}

// terraformSource builds a version of Terraform.
func terraformSource(version string) (source, error) {
	for _, release := range sourcebuild.Terraforms {
		if release.Version == version {
			return release, nil
		}
	}
	return nil, fmt.Errorf("Terraform %s: package sourcebuild has no source of it", version)
}
