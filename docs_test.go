package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/pages"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/schematest"
)

// blocks returns the fenced blocks of README and of every page in docs.
func blocks(t *testing.T) []pages.Block {
	t.Helper()
	all, err := pages.Blocks(".")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDocumentedEnvironmentsLoad loads the YAML blocks, each its own file, together
// with the project's environments, as a reader who copies them would, whose editor
// has the schema. Nothing that two of them make has one name. A test in e2e applies
// them.
func TestDocumentedEnvironmentsLoad(t *testing.T) {
	schema, err := schematest.Open("settings/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	documented, err := pages.Environments(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("environments")); err != nil {
		t.Fatal(err)
	}
	alone := t.TempDir()
	for name, b := range documented {
		dir := dir
		if name == "dev-as-prod.yaml" { // which replaces dev, with its names
			dir, name = alone, "dev.yaml"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b.Text), 0o600); err != nil {
			t.Fatal(err)
		}
		if refused, err := schema.Refused(b.Text); err != nil || len(refused) > 0 {
			t.Errorf("%s: settings/schema.json refuses %q of %s (%v)", b.Page, refused, name, err)
		}
	}
	if _, err := config.Load(alone); err != nil {
		t.Error(err)
	}
	c, err := config.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Warnings() {
		if strings.Contains(w.Text, "AWS accepts each once") {
			t.Error(w.Text)
		}
	}
}

// TestDocumentedCommands: what a reader is told to type is run by a test, or
// stands here with the reason why not.
func TestDocumentedCommands(t *testing.T) {
	run := textsIn(t, "e2e/walkthrough_test.go")
	notRun := map[string]string{
		"make test": "it would run itself",
		"npm ci":    "make test has run it in the checkout",
		"make adopt STATE=../deployment/terraform.tfstate": "TestAdopt of e2e does it with states of its own",
	}
	documented := map[string]bool{}
	for _, b := range blocks(t) {
		if b.Language != "sh" || b.Page != "README.md" {
			continue
		}
		for _, command := range strings.Split(strings.TrimSpace(b.Text), "\n") {
			documented[command] = true
			if notRun[command] == "" && !run[command] {
				t.Errorf("%s tells to run %q, which e2e/walkthrough_test.go does not run", b.Page, command)
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
		texts = append(texts, b.Text)
	}
	for _, m := range regexp.MustCompile(`(?m)(?:^ *|\x60|\()make (?:-s )?([a-z-]+)`).FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
			t.Errorf("make %s is documented but not in the Makefile", m[1])
		}
	}
}

// known are the checkout's files that Git knows or would take, by patterns or all.
func known(t *testing.T, patterns ...string) []string {
	t.Helper()
	out, err := exec.Command("git", append([]string{"ls-files", "--cached", "--others", "--exclude-standard"}, patterns...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// TestLinks: a link leads to a file and a heading that exist. Those to other
// sites are checked by make links.
func TestLinks(t *testing.T) {
	links, err := pages.Links(".", known(t, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	broken, err := pages.Broken(".", links)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range broken {
		t.Error(b)
	}
	if len(links) < 200 {
		t.Errorf("found %d links", len(links))
	}
}

// TestDocumentedFiles: a reader who saves every block overwrites nothing that
// another page or the checkout has, but what the page tells to edit.
func TestDocumentedFiles(t *testing.T) {
	edited := map[string]string{
		"environments/dev.yaml":  "README: choose your own bucket",
		"environments/prod.yaml": "docs/prod.md: say what is yours",
	}
	files, err := pages.Files(".")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if _, err := os.Stat(name); err == nil && edited[name] == "" {
			t.Errorf("%s has a block for %s, which the checkout has; give it another name", b.Page, name)
		}
	}
	for name := range edited {
		if _, ok := files[name]; !ok {
			t.Errorf("no page has a block for %s any more; want it no longer in edited", name)
		}
	}
}

// TestNamedReleases: the releases that go doc tells other teams to require are those
// of go.mod.
func TestNamedReleases(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for name, module := range map[string]string{
		"constructs/group.go": "github.com/cdktf/cdktf-provider-aws-go/aws/v19",
		"kernel/kernel.go":    "github.com/aws/jsii-runtime-go",
	} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		release := regexp.MustCompile(regexp.QuoteMeta(module) + ` v[0-9.]+[0-9]`)
		if got, want := release.FindString(string(text)), release.FindString(string(mod)); got != want {
			t.Errorf("%s: got %q, want %q as in go.mod", name, got, want)
		}
	}
}
