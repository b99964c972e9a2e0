package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/schematest"
)

// block is a fenced block of a page.
type block struct {
	page, language, text string
}

var fence = regexp.MustCompile("(?ms)^( *)```([a-z]+)\n(.*?)^ *```$")

// blocks returns the fenced blocks of README and of every page in docs.
func blocks(t *testing.T) []block {
	t.Helper()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, page := range append([]string{"README.md"}, pages...) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fence.FindAllStringSubmatch(string(data), -1) {
			all = append(all, block{page, m[2], regexp.MustCompile("(?m)^"+m[1]).ReplaceAllString(m[3], "")})
		}
	}
	return all
}

var environmentFile = regexp.MustCompile(`^# environments/([a-z0-9-]+\.yaml)\n`)

// TestDocumentedEnvironmentsLoad loads each YAML block beside the project's own
// environments, as a reader who copies it would, whose editor has the schema.
func TestDocumentedEnvironmentsLoad(t *testing.T) {
	schema, err := schematest.Open("settings/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	loaded := 0
	for _, b := range blocks(t) {
		if b.language != "yaml" && b.language != "yml" {
			continue
		}
		m := environmentFile.FindStringSubmatch(b.text)
		if m == nil {
			t.Errorf("%s: no file name in the first line of:\n%s", b.page, b.text)
			continue
		}
		loaded++
		t.Run(b.page+" "+m[1], func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS("environments")); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, m[1]), []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := config.Load(dir); err != nil {
				t.Error(err)
			}
			if refused, err := schema.Refused(b.text); err != nil || len(refused) > 0 {
				t.Errorf("settings/schema.json refuses %q (%v)", refused, err)
			}
		})
	}
	if loaded == 0 {
		t.Error("no YAML block was found")
	}
}

// TestDocumentedCommands: what a reader is told to type is run by a test, or
// stands here with the reason why not.
func TestDocumentedCommands(t *testing.T) {
	run := textsIn(t, "e2e/readme_test.go")
	notRun := map[string]string{
		"make test": "it would run itself",
	}
	documented := map[string]bool{}
	for _, b := range blocks(t) {
		if b.language != "sh" || b.page != "README.md" {
			continue
		}
		for _, command := range strings.Split(strings.TrimSpace(b.text), "\n") {
			documented[command] = true
			if notRun[command] == "" && !run[command] {
				t.Errorf("%s tells to run %q, which e2e/readme_test.go does not run", b.page, command)
			}
		}
	}
	for command := range notRun {
		if run[command] || !documented[command] {
			t.Errorf("%q is run, or no longer documented; want it no longer in notRun", command)
		}
	}
}

// textsIn are the texts in a Go file's code, each as a whole.
func textsIn(t *testing.T, name string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			all[text] = true
		}
		return true
	})
	return all
}

func TestMakeTargetsExist(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	help, err := os.ReadFile("help")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(help)}
	for _, b := range blocks(t) {
		texts = append(texts, b.text)
	}
	for _, m := range regexp.MustCompile(`(?m)(?:^ *|\x60|\()make (?:-s )?([a-z-]+)`).FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
			t.Errorf("make %s is documented but not in the Makefile", m[1])
		}
	}
}
