//go:build e2e

package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestConfigRows: of every bad setting in config's tests it is known who else
// refuses it, and where AWS does, the emulator does too.
func TestConfigRows(t *testing.T) {
	lines, used := map[string]string{}, map[string]bool{}
	for line := range strings.Lines(readText(t, "e2e/testdata/config-rows.txt")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.SplitN(line, ": ", 3)
		if len(fields) != 3 {
			t.Fatalf("want row: who: what, got %q", line)
		}
		if !slices.Contains([]string{"aws", "provider", "terraform", "prefect", "unchecked", "ours"}, fields[1]) {
			t.Errorf("%s: unknown %q", fields[0], fields[1])
		}
		lines[fields[0]] = fields[1] + ": " + fields[2]
	}
	for _, row := range configRows(t) {
		function, _, _ := strings.Cut(row, "/")
		for _, name := range []string{row, function + "/*"} {
			if lines[name] != "" {
				used[name] = true
				break
			}
			if name != row {
				t.Errorf("e2e/testdata/config-rows.txt does not say who refuses %s beside config: add a line, and where it is AWS, a row to badRequests", row)
			}
		}
	}
	known := map[string]bool{}
	for _, r := range badRequests {
		if known[r.name] {
			t.Errorf("badRequests has %q twice", r.name)
		}
		known[r.name] = true
	}
	for name, line := range lines {
		if !used[name] {
			t.Errorf("e2e/testdata/config-rows.txt: config's tests have no row %s", name)
		}
		if rows, ok := strings.CutPrefix(line, "aws: "); ok {
			for _, row := range strings.Split(rows, "; ") {
				if !known[row] {
					t.Errorf("%s: TestStrict has no row %q", name, row)
				}
			}
		}
	}
}

// configRows are the tests' names in config's tables, with their functions'.
func configRows(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "config", "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests of config: %v", err)
	}
	var rows []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			function, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(function, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CompositeLit: // {"name", …, want}
					if n.Type == nil && len(n.Elts) >= 3 && text(n.Elts[len(n.Elts)-1]) != `""` {
						if row, err := strconv.Unquote(text(n.Elts[0])); err == nil {
							rows = append(rows, function.Name.Name+"/"+row)
						}
					}
				case *ast.CallExpr: // wrong("cron(…)", want)
					if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "wrong" {
						if row, err := strconv.Unquote(text(n.Args[0])); err == nil {
							rows = append(rows, function.Name.Name+"/rejects "+row)
						}
					}
				}
				return true
			})
		}
	}
	return rows
}

// text is a string's literal as it is written, or nothing.
func text(e ast.Expr) string {
	if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == token.STRING {
		return literal.Value
	}
	return ""
}
