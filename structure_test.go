package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/prefect-ecs/prefect-ecs-worker/"

// TestExamplesImportWhatOthersCan: another team's app cannot import what is internal.
func TestExamplesImportWhatOthersCan(t *testing.T) {
	for file, imported := range imports(t, "examples") {
		for _, path := range imported {
			if strings.HasPrefix(path, module) && strings.Contains(path+"/", "/internal/") {
				t.Errorf("%s imports %s, which no other module can", file, path)
			}
		}
	}
}

// TestKernelKnowsNoProvider: an app that imports the kernel brings its own, or none.
func TestKernelKnowsNoProvider(t *testing.T) {
	for file, imported := range imports(t, "kernel") {
		for _, path := range imported {
			ours := strings.HasPrefix(path, module) && !strings.HasPrefix(path, module+"kernel/") && path != module+"internal/process"
			if !strings.HasSuffix(file, "_test.go") && (ours || strings.Contains(path, "cdktf-provider")) {
				t.Errorf("%s imports %s; want a kernel for any CDKTF app", file, path)
			}
		}
	}
}

// TestOnlyTheToolchainBuildsFromSource: who reads the app never meets the code for closed networks.
func TestOnlyTheToolchainBuildsFromSource(t *testing.T) {
	for _, dir := range []string{"config", "constructs", "e2e", "examples", "internal", "kernel", "settings", "stacks"} {
		for file, imported := range imports(t, dir) {
			if slices.Contains(imported, module+"internal/sourcebuild") && filepath.Dir(file) != filepath.Join("internal", "toolchain") {
				t.Errorf("%s imports internal/sourcebuild; want internal/toolchain alone to", file)
			}
		}
	}
}

// imports are the import paths of the Go files below dir, by file.
func imports(t *testing.T, dir string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			all[name] = append(all[name], path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatalf("no Go file below %s", dir)
	}
	return all
}
