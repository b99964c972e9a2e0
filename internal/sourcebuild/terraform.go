package sourcebuild

import (
	"context"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

const terraformModule = "github.com/hashicorp/terraform"

// Terraform is a release of Terraform. Since 1.6 its go.mod replaces modules by
// folders that its own module does not hold: each backend but a few is one. Those
// that are named here are put back, and the other backends are left out.
type Terraform struct {
	Version string
	sum     string
	nested  []nestedModule
}

// nestedModule is a module in a folder of Terraform's repository.
type nestedModule struct{ folder, version, sum string }

// Terraforms are the releases whose source is pinned. The nested modules of the
// newest are at no module proxy, so that it knows local state alone.
var Terraforms = []Terraform{
	{Version: "1.2.9", sum: "h1:xfd9J5eVLTfVY8z+MYFWzBgbqGuFLlBtT2STCFZqT4c="},
	{Version: "1.5.7", sum: "h1:HL+iEBdp6mC/tqQM1F5jA5y32CbxXPwyiNQyYSXVzw0="},
	{Version: "1.9.8", sum: "h1:dNHFvyJgWshdOaPYtt3mHrJNa8kNyWuNj2A7+WOS4gI=", nested: []nestedModule{
		{"internal/legacy", "v0.0.0-20241016122859-e044e569c5bc", "h1:YUcAougRxkmDke8k05lYXDULDS/tSEhmcR7HKSFNNtE="},
		{"internal/backend/remote-state/s3", "v0.0.0-20241016122859-e044e569c5bc", "h1:arZCjKHTH17gfWaJ0/HbFZtu9Xlv4wFl8yJc6AwN7ig="},
	}},
	{Version: "1.11.4", sum: "h1:n5VVSuZsOLbQc9tpqny1mnd6cttyTwvEpLPVewj9UYA=", nested: []nestedModule{
		{"internal/legacy", "v0.0.0-20250409131005-35645b8fca68", "h1:LQ3fkGWbLmObB6q24/B3RK6e3hTFNrlzep1AgfXt0zE="},
		{"internal/backend/remote-state/s3", "v0.0.0-20250409131005-35645b8fca68", "h1:XX+IvrT3Fjv+jldRLarEMpZa3Iu2OPWi2kmnQg6tKtE="},
	}},
	{Version: "1.16.3", sum: "h1:qCqsNcOJECl0qjc3GwPb3CufcOjZRmAj/5LpWyd9UmI="},
}

// Inputs are all that the program depends on.
func (t Terraform) Inputs(ctx context.Context) ([]string, error) {
	goVersion, err := goVersion(ctx)
	inputs := []string{t.Version, t.sum, goVersion}
	for _, n := range t.nested {
		inputs = append(inputs, n.folder, n.sum)
	}
	return inputs, err
}

// Build builds terraform in dir.
func (t Terraform) Build(ctx context.Context, dir string, detail Detail) (string, error) {
	detail("downloading the source")
	work := filepath.Join(dir, "source")
	source, err := download(ctx, terraformModule, "v"+t.Version, t.sum)
	if err != nil {
		return "", err
	}
	if err := copyTree(source, work); err != nil {
		return "", err
	}
	for _, n := range t.nested {
		source, err := download(ctx, path.Join(terraformModule, n.folder), n.version, n.sum)
		if err != nil {
			return "", err
		}
		if err := copyTree(source, filepath.Join(work, n.folder)); err != nil {
			return "", err
		}
	}
	if err := dropMissingBackends(work); err != nil {
		return "", err
	}
	if err := stubMissingModules(work); err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "terraform")
	// Before 1.6 the version is in the source; since then it is built as a development version unless told.
	ldflags := "-s -w -X " + terraformModule + "/version.dev=no"
	if err := goBuild(ctx, detail, work, binary, ".", ldflags); err != nil {
		return "", err
	}
	return binary, os.RemoveAll(work)
}

// dropMissingBackends filters the list of backends to those whose source is there.
func dropMissingBackends(dir string) error {
	return rewriteGo(filepath.Join(dir, "internal/backend/init/init.go"), func(src *ast.File) {
		missing := map[string]bool{} // by the name of the import
		for _, imp := range src.Imports {
			p, _ := strconv.Unquote(imp.Path.Value)
			folder, own := strings.CutPrefix(p, terraformModule+"/")
			if !own || imp.Name == nil {
				continue
			}
			if found, err := filepath.Glob(filepath.Join(dir, folder, "*.go")); err == nil && len(found) == 0 {
				missing[imp.Name.Name] = true
			}
		}
		ast.Inspect(src, func(n ast.Node) bool {
			if list, ok := n.(*ast.CompositeLit); ok {
				list.Elts = slices.DeleteFunc(list.Elts, func(e ast.Expr) bool { return mentions(e, missing) })
			}
			return true
		})
	})
}

// mentions says whether an expression uses one of the packages.
func mentions(e ast.Expr, packages map[string]bool) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && packages[id.Name] {
			found = true
		}
		return !found
	})
	return found
}

// stubMissingModules puts an empty module where go.mod expects one in a folder
// that is not there. Nothing imports it any more, but other modules require it.
func stubMissingModules(dir string) error {
	name := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	file, err := modfile.Parse(name, text, nil)
	if err != nil {
		return err
	}
	for _, r := range file.Replace {
		if !modfile.IsDirectoryPath(r.New.Path) {
			continue
		}
		folder := filepath.Join(dir, r.New.Path)
		if _, err := os.Stat(folder); err == nil {
			continue
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte("module "+r.Old.Path+"\n"), 0o644); err != nil {
			return err
		}
	}
	return dropGodebug(name)
}
