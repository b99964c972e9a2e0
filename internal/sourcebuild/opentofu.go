package sourcebuild

import (
	"context"
	"os"
	"path/filepath"
)

// OpenTofu replaces Terraform, which cannot be built as a module: its go.mod
// replaces modules by folders of its own repository.
type OpenTofu struct {
	Module string // folder whose go.mod pins OpenTofu and whose go.sum pins all that it needs
}

// Inputs are all that the program depends on.
func (o OpenTofu) Inputs(ctx context.Context) ([]string, error) {
	gomod, err := os.ReadFile(filepath.Join(o.Module, "go.mod"))
	if err != nil {
		return nil, err
	}
	gosum, err := os.ReadFile(filepath.Join(o.Module, "go.sum"))
	if err != nil {
		return nil, err
	}
	goVersion, err := goVersion(ctx)
	return []string{string(gomod), string(gosum), goVersion}, err
}

// Build builds tofu in dir.
func (o OpenTofu) Build(ctx context.Context, dir string, detail Detail) (string, error) {
	binary := filepath.Join(dir, "tofu")
	return binary, goBuild(ctx, detail, o.Module, binary, "github.com/opentofu/opentofu/cmd/tofu",
		"-s -w -X github.com/opentofu/opentofu/version.dev=no")
}
