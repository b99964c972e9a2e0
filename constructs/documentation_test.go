package constructs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// source parses the package's files, or those of its tests.
func source(t *testing.T, tests bool) []*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "_test.go") != tests }))
}

func parsed(t *testing.T, names []string) []*ast.File {
	t.Helper()
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func functions(files []*ast.File) []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				all = append(all, f)
			}
		}
	}
	return all
}

// structs are the exported structs by name.
func structs(files []*ast.File) map[string]*ast.StructType {
	all := map[string]*ast.StructType{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() {
				if s, ok := spec.Type.(*ast.StructType); ok {
					all[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	return all
}

func comment(f *ast.Field) string {
	return strings.Join(strings.Fields(f.Doc.Text()+" "+f.Comment.Text()), " ")
}

// TestEveryConstructHasAnExample: go doc shows how each is called.
func TestEveryConstructHasAnExample(t *testing.T) {
	examples := map[string]bool{}
	for _, f := range functions(source(t, true)) {
		name, ok := strings.CutPrefix(f.Name.Name, "Example")
		examples[name] = ok
	}
	for _, f := range functions(source(t, false)) {
		if f.Recv == nil && f.Name.IsExported() && !examples[f.Name.Name] {
			t.Errorf("no Example%s", f.Name.Name)
		}
	}
}

// TestEveryFieldIsDescribed: a reader of go doc need not read the code.
func TestEveryFieldIsDescribed(t *testing.T) {
	for name, s := range structs(source(t, false)) {
		for _, f := range s.Fields.List {
			for _, field := range f.Names {
				if field.IsExported() && comment(f) == "" {
					t.Errorf("%s.%s has no comment", name, field.Name)
				}
			}
		}
	}
}

// TestZeroIsDescribed: where 0 is a value and not the default, the comment says
// what it means.
func TestZeroIsDescribed(t *testing.T) {
	settingsFiles, err := filepath.Glob("../settings/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range structs(parsed(t, settingsFiles)) {
		for _, f := range s.Fields.List {
			if kind, ok := f.Type.(*ast.Ident); !ok || kind.Name != "int" || len(f.Names) != 1 || f.Tag == nil {
				continue
			}
			tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`"))
			mayBeZero := regexp.MustCompile(`^range 0 |^retention$`).MatchString(tag.Get("rule"))
			if n := tag.Get("default"); mayBeZero && n != "" && n != "0" && !regexp.MustCompile(`\b0\b`).MatchString(comment(f)) {
				t.Errorf("the comment on %s.%s does not say what 0 means, which is not its default: %s", name, f.Names[0].Name, comment(f))
			}
		}
	}
}

// required finds what a comment says must be given: of a prop in the beginning,
// of an embedded section after a colon.
var required = regexp.MustCompile(`\brequired\b[^:.]*(?:: ([\w, ]+))?`)

// documentedAsRequired lists the props that are said to be required.
func documentedAsRequired(t *testing.T) []string {
	var all []string
	for name, s := range structs(source(t, false)) {
		for _, f := range s.Fields.List {
			m := required.FindStringSubmatch(comment(f))
			switch {
			case m == nil:
			case len(f.Names) == 1:
				if !strings.HasPrefix(comment(f), "required") {
					t.Errorf("%s.%s: got %q, want the word required first", name, f.Names[0].Name, comment(f))
				}
				all = append(all, name+"."+f.Names[0].Name)
			default:
				for _, prop := range strings.Split(m[1], ",") {
					prop, _, _ = strings.Cut(strings.TrimSpace(prop), " ")
					all = append(all, name+"."+prop)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// checkedAsRequired lists the props that constructs check.
func checkedAsRequired(t *testing.T) []string {
	var all []string
	for _, f := range functions(source(t, false)) {
		takes := f.Recv
		if takes == nil {
			takes = f.Type.Params
		}
		ast.Inspect(f, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok || len(literal.Elts) != 3 {
				return true
			}
			if kind, ok := literal.Type.(*ast.Ident); !ok || kind.Name != "prop" {
				return true
			}
			name, err := strconv.Unquote(literal.Elts[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			props := takes.List[len(takes.List)-1].Type.(*ast.Ident).Name
			all = append(all, props+"."+name)
			return true
		})
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestRequiredPropsSaySo: what a construct panics without is called required,
// and nothing else is.
func TestRequiredPropsSaySo(t *testing.T) {
	documented, checked := documentedAsRequired(t), checkedAsRequired(t)
	for _, prop := range checked {
		if !slices.Contains(documented, prop) {
			t.Errorf("%s is checked, but its comment does not say that it is required", prop)
		}
	}
	for _, prop := range documented {
		if !slices.Contains(checked, prop) {
			t.Errorf("the comment on %s says that it is required, but nothing checks it", prop)
		}
	}
}

// TestPackageComment: the app in it compiles, passes synthesis, and names the
// bindings that this module has.
func TestPackageComment(t *testing.T) {
	var doc string
	for _, file := range source(t, false) {
		doc += file.Doc.Text()
	}
	code, err := os.ReadFile("example_app_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(code), "func addFlows")
	if want := strings.ReplaceAll("\tfunc addFlows"+strings.TrimSuffix(body, "\n"), "\n", "\n\t"); !strings.Contains(doc, want) {
		t.Errorf("the package comment has not the app of example_app_test.go:\n%s", want)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if bindings := regexp.MustCompile(`\S+/aws/v\d+ v\S+`).FindString(string(mod)); !strings.Contains(doc, bindings) {
		t.Errorf("the package comment names other bindings than %s", bindings)
	}
	out := t.TempDir()
	app := cdktf.NewApp(&cdktf.AppConfig{Outdir: &out})
	addFlows(app)
	app.Synth()
}
