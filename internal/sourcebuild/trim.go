package sourcebuild

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The provider is one module with about 250 services, wired together by two
// generated files. Filtering those two is enough to leave the others out: the
// compiler never sees a package nobody imports.
const (
	providerModule = "github.com/hashicorp/terraform-provider-aws"
	servicePrefix  = providerModule + "/internal/service/"
	awsClientGen   = "internal/conns/awsclient_gen.go"
)

// servicePackagesGen are the places of the list of services: since provider 6,
// and before.
var servicePackagesGen = []string{"internal/provider/sdkv2/service_packages_gen.go", "internal/provider/service_packages_gen.go"}

// trimProvider filters the provider's source in dir to the wanted services
// and the services those import. It returns the services that are left.
func trimProvider(dir string, wanted []string) ([]string, error) {
	for _, name := range wanted {
		if _, err := os.Stat(filepath.Join(dir, "internal/service", name)); err != nil {
			return nil, fmt.Errorf("service %q: not in the provider's source (internal/service/%s): %w", name, name, err)
		}
	}
	pkgs, err := reachable(dir, wanted)
	if err != nil {
		return nil, err
	}
	var services []string
	for _, p := range slices.Sorted(maps.Keys(pkgs)) {
		if name, ok := strings.CutPrefix(p, servicePrefix); ok && !strings.Contains(name, "/") {
			services = append(services, name)
		}
	}
	list := slices.IndexFunc(servicePackagesGen, func(file string) bool {
		_, err := os.Stat(filepath.Join(dir, file))
		return err == nil
	})
	if list < 0 {
		return nil, fmt.Errorf("the provider's source has no list of services: got none of %v", servicePackagesGen)
	}
	if err := filterServicePackages(filepath.Join(dir, servicePackagesGen[list]), services); err != nil {
		return nil, err
	}
	if err := filterClients(filepath.Join(dir, awsClientGen), pkgs); err != nil {
		return nil, err
	}
	return services, dropGodebug(filepath.Join(dir, "go.mod"))
}

// reachable walks the module's own packages from main and the wanted services,
// as if the generated service list named only those. The value of each entry
// holds the names of the client methods (ECSClient, …) the package mentions.
func reachable(dir string, wanted []string) (map[string]map[string]bool, error) {
	seen := map[string]map[string]bool{}
	queue := []string{providerModule}
	for _, name := range wanted {
		queue = append(queue, servicePrefix+name)
	}
	for len(queue) > 0 {
		pkg := queue[0]
		queue = queue[1:]
		if seen[pkg] != nil {
			continue
		}
		imports, clients, err := scanPackage(dir, pkg)
		if err != nil {
			return nil, err
		}
		seen[pkg] = clients
		queue = append(queue, imports...)
	}
	return seen, nil
}

// scanPackage returns the module-internal imports of one package and the
// client methods it mentions.
func scanPackage(dir, pkg string) (imports []string, clients map[string]bool, err error) {
	rel := strings.TrimPrefix(strings.TrimPrefix(pkg, providerModule), "/")
	files, err := filepath.Glob(filepath.Join(dir, rel, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	clients = map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		if name := filepath.Join(rel, filepath.Base(file)); name == awsClientGen || slices.Contains(servicePackagesGen, name) {
			continue // these two are what is being filtered
		}
		src, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		for _, imp := range src.Imports {
			if p, _ := strconv.Unquote(imp.Path.Value); strings.HasPrefix(p, providerModule+"/") {
				imports = append(imports, p)
			}
		}
		ast.Inspect(src, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && strings.HasSuffix(sel.Sel.Name, "Client") {
				clients[sel.Sel.Name] = true
			}
			return true
		})
	}
	return imports, clients, nil
}

// filterServicePackages leaves only the given services in the generated list.
func filterServicePackages(file string, services []string) error {
	return rewriteGo(file, func(src *ast.File) {
		ast.Inspect(src, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			lit.Elts = slices.DeleteFunc(lit.Elts, func(e ast.Expr) bool {
				name, ok := packageOfCall(e)
				return ok && !slices.Contains(services, name)
			})
			return false
		})
	})
}

// filterClients leaves only the client methods that a reachable package uses.
func filterClients(file string, pkgs map[string]map[string]bool) error {
	return rewriteGo(file, func(src *ast.File) {
		src.Decls = slices.DeleteFunc(src.Decls, func(d ast.Decl) bool {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasSuffix(fn.Name.Name, "Client") {
				return false
			}
			for _, used := range pkgs {
				if used[fn.Name.Name] {
					return false
				}
			}
			return true
		})
	})
}

// packageOfCall returns x for the expression x.ServicePackage(…).
func packageOfCall(e ast.Expr) (string, bool) {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "ServicePackage" {
		return "", false
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", false
	}
	return id.Name, true
}

// rewriteGo edits one Go file and drops the imports the edit left unused. Both
// generated files name every import by its package's last path element.
func rewriteGo(file string, edit func(*ast.File)) error {
	fset := token.NewFileSet()
	src, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	edit(src)
	used := map[string]bool{}
	ast.Inspect(src, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				used[id.Name] = true
			}
		}
		return true
	})
	for _, d := range src.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.IMPORT {
			continue
		}
		gen.Specs = slices.DeleteFunc(gen.Specs, func(s ast.Spec) bool {
			imp := s.(*ast.ImportSpec)
			p, _ := strconv.Unquote(imp.Path.Value)
			name := path.Base(p)
			if imp.Name != nil {
				name = imp.Name.Name
			}
			return !used[name]
		})
	}
	var out bytes.Buffer
	if err := format.Node(&out, fset, src); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

var godebugLine = regexp.MustCompile(`(?m)^godebug .*\n`)

// dropGodebug removes settings that today's Go no longer knows and therefore
// refuses in a main module (tlskyber).
func dropGodebug(gomod string) error {
	text, err := os.ReadFile(gomod)
	if err != nil {
		return err
	}
	return os.WriteFile(gomod, godebugLine.ReplaceAll(text, nil), 0o644)
}

// copyTree copies the files of src that a build needs into dst, writable: the
// module cache is read-only. Tests and documents stay behind.
func copyTree(src, dst string) error {
	return filepath.WalkDir(src, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, p)
		if err != nil {
			return err
		}
		to := filepath.Join(dst, rel)
		if d.IsDir() {
			switch rel {
			case "website", "docs", "examples", "infrastructure", "META.d":
				return filepath.SkipDir
			}
			return os.MkdirAll(to, 0o755)
		}
		if strings.HasSuffix(rel, "_test.go") || !d.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o644)
	})
}
