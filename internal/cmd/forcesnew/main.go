// Command forcesnew writes internal/review/forces_new.txt: the attributes for which
// the AWS provider replaces a resource, of the types that the stacks create. They are
// read from the provider's source, since neither its schema nor all of its pages
// say it. Run it when the stacks make a new type, or for another release:
//
//	go run ./internal/cmd/forcesnew
package main

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

const (
	output  = "internal/review/forces_new.txt"
	goldens = "stacks/testdata/*/" + synthesized.FileName
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	types, err := made()
	if err != nil {
		return err
	}
	source, err := toolchain.ProviderSource(ctx)
	if err != nil {
		return err
	}
	p, err := read(source.Dir, types)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "# What terraform-provider-aws %s replaces a resource for: type, then attributes; - where every change is in place.\n# AWS gives those with a ? where the stack does not: leaving one out changes nothing.\n", source.Version)
	fmt.Fprintf(&text, "# Read from the provider's source (%s, MPL-2.0) by go run ./internal/cmd/forcesnew.\n", source.Module)
	for _, kind := range types {
		attributes, ok := p.found[kind]
		if !ok {
			return fmt.Errorf("%s: no resource %s in %s", source.Module, kind, source.Dir)
		}
		if len(attributes) == 0 {
			attributes = []string{"-"}
		}
		fmt.Fprintln(&text, kind, strings.Join(attributes, " "))
	}
	return renameio.WriteFile(output, []byte(text.String()), 0o644)
}

// made are the types of resources in the goldens.
func made() ([]string, error) {
	files, err := filepath.Glob(goldens)
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no %s here: run it in the checkout's root", goldens)
	}
	all := map[string]bool{}
	for _, f := range files {
		s, err := synthesized.Read(filepath.Dir(f))
		if err != nil {
			return nil, err
		}
		for _, r := range s.Resources() {
			all[r.Type] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), nil
}

type provider struct {
	names map[string]string // constants of package names
	found map[string][]string
}

var annotation = regexp.MustCompile(`@(SDK|Framework)Resource\("(\w+)"`)

func read(dir string, types []string) (*provider, error) {
	p := &provider{map[string]string{}, map[string][]string{}}
	files, _ := filepath.Glob(filepath.Join(dir, "names", "*.go"))
	for _, f := range files {
		file, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			return nil, err
		}
		p.constants(file, "names.")
	}
	packages, _ := filepath.Glob(filepath.Join(dir, "internal", "service", "*"))
	for _, folder := range packages {
		wanted := false
		sources, _ := filepath.Glob(filepath.Join(folder, "*.go"))
		for _, source := range sources {
			text, err := os.ReadFile(source)
			if err != nil {
				return nil, err
			}
			for _, m := range annotation.FindAllSubmatch(text, -1) {
				wanted = wanted || slices.Contains(types, string(m[2]))
			}
		}
		if wanted {
			if err := p.service(sources, types); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func (p *provider) constants(file *ast.File, prefix string) {
	for name, value := range values(file, token.CONST) {
		if text, ok := value.(*ast.BasicLit); ok && text.Kind == token.STRING {
			p.names[prefix+name], _ = strconv.Unquote(text.Value)
		}
	}
}

// values are what a file's constants or variables are given, by their names.
func values(file *ast.File, of token.Token) map[string]ast.Expr {
	all := map[string]ast.Expr{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != of {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			for i, name := range v.Names {
				if i < len(v.Values) {
					all[name.Name] = v.Values[i]
				}
			}
		}
	}
	return all
}

// service reads the resources of one package.
func (p *provider) service(sources, types []string) error {
	functions, resources := map[string]*ast.FuncDecl{}, map[string]*ast.FuncDecl{}
	schemas := map[string]*ast.FuncDecl{} // Schema methods, by receiver
	embeds, variables := map[string]string{}, map[string]ast.Expr{}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		p.constants(file, "")
		maps.Copy(variables, values(file, token.VAR))
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, s := range g.Specs {
					t := s.(*ast.TypeSpec)
					if of, ok := t.Type.(*ast.StructType); ok {
						for _, field := range of.Fields.List {
							if name, ok := field.Type.(*ast.Ident); ok && len(field.Names) == 0 {
								embeds[t.Name.Name] = name.Name
							}
						}
					}
				}
			}
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if f.Recv != nil {
				if pointer, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok && f.Name.Name == "Schema" {
					schemas[fmt.Sprint(pointer.X)] = f
				}
				continue
			}
			functions[f.Name.Name] = f
			if f.Doc != nil {
				for _, m := range annotation.FindAllStringSubmatch(f.Doc.Text(), -1) {
					if slices.Contains(types, m[2]) {
						resources[m[2]] = f
					}
				}
			}
		}
	}
	for kind, f := range resources {
		w := &walk{p, functions, variables, map[string]bool{}}
		body := f.Body
		ast.Inspect(f.Body, func(n ast.Node) bool { // of a framework's resource the schema is a method's
			if c, ok := n.(*ast.CompositeLit); ok {
				for name := fmt.Sprint(c.Type); name != ""; name = embeds[name] {
					if schemas[name] != nil {
						body = schemas[name].Body
						break
					}
				}
			}
			return true
		})
		w.schema(body, "")
		p.found[kind] = slices.Sorted(maps.Keys(w.all))
	}
	return nil
}

type walk struct {
	*provider
	functions map[string]*ast.FuncDecl
	variables map[string]ast.Expr
	all       map[string]bool
}

// schema finds maps from attributes' names to what they are, at any depth.
func (w *walk) schema(in ast.Node, path string) {
	ast.Inspect(in, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok && fmt.Sprint(kv.Key) == "Schema" {
			if variable, ok := kv.Value.(*ast.Ident); ok && w.variables[variable.Name] != nil {
				w.schema(w.variables[variable.Name], path)
				return false
			}
		}
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if _, ok := literal.Type.(*ast.MapType); !ok {
			return true
		}
		for _, e := range literal.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if name := w.name(kv.Key); name != "" {
					w.attribute(kv.Value, strings.TrimPrefix(path+"."+name, "."), 0)
				}
			}
		}
		return false
	})
}

func (w *walk) name(key ast.Expr) string {
	switch key := key.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(key.Value)
		return text
	case *ast.Ident:
		return w.names[key.Name]
	case *ast.SelectorExpr:
		return w.names[fmt.Sprint(key.X)+"."+key.Sel.Name]
	}
	return ""
}

func (w *walk) attribute(value ast.Expr, path string, depth int) {
	if u, ok := value.(*ast.UnaryExpr); ok {
		value = u.X
	}
	if call, ok := value.(*ast.CallExpr); ok && depth < 5 {
		if name, ok := call.Fun.(*ast.Ident); ok && w.functions[name.Name] != nil {
			for _, s := range w.functions[name.Name].Body.List {
				if r, ok := s.(*ast.ReturnStmt); ok && len(r.Results) > 0 {
					w.attribute(r.Results[0], path, depth+1)
				}
			}
		}
		return
	}
	literal, ok := value.(*ast.CompositeLit)
	if !ok {
		return
	}
	optional := ""
	for _, e := range literal.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && fmt.Sprintf("%v %v", kv.Key, kv.Value) == "Computed true" {
			optional = "?"
		}
	}
	for _, e := range literal.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch key := fmt.Sprint(kv.Key); key {
		case "ForceNew":
			if fmt.Sprint(kv.Value) == "true" {
				w.all[path+optional] = true
			}
		case "PlanModifiers":
			ast.Inspect(kv.Value, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "RequiresReplace" {
					w.all[path+optional] = true
				}
				return true
			})
		case "Elem", "NestedObject":
			w.schema(kv.Value, path)
		}
	}
}
