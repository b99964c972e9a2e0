package beside

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// checkBlocks checks what the module's own files say, with the statements that
// others make about it.
func (m *module) checkBlocks(statements ...settings.Statement) {
	for i := range m.blocks {
		b := &m.blocks[i]
		attrs := attributes(b.Body)
		switch b.Type {
		case "terraform":
			continue
		case settings.Import, settings.Moved, settings.Removed:
			if b.override {
				m.add(b.DefRange, "%s: set in an override file, where Terraform does not accept it; move it to another file", b.Type)
			} else if s, ok := m.statement(b, attrs); ok {
				statements = append(statements, s)
			}
			m.checkProvider(attrs["provider"])
			for _, name := range []string{"id", "for_each", "identity"} {
				if a := attrs[name]; a != nil {
					m.checkExpression(a.Expr, nil)
				}
			}
			continue
		case "check":
			if b.override {
				m.add(b.DefRange, "check: set in an override file, where Terraform does not accept it; move it to another file")
			}
		}
		if a := attrs["depends_on"]; a != nil && b.override {
			m.add(a.NameRange, "depends_on: set in an override file, where Terraform refuses it; want a reference in an argument instead")
		}
		skip := []string{}
		switch b.Type {
		case "resource", "data", "ephemeral", "action":
			m.checkProvider(attrs["provider"])
			skip = []string{"provider"}
		case "module":
			if a := attrs["providers"]; a != nil {
				if pairs, diagnostics := hcl.ExprMap(a.Expr); !diagnostics.HasErrors() {
					for _, p := range pairs {
						m.checkProviderName(p.Value)
					}
				}
			}
			skip = []string{"providers"}
		case "variable":
			skip = []string{"type"}
		}
		if body, ok := b.Body.(*hclsyntax.Body); ok {
			m.walk(body, skip, b.Type == "resource" || b.Type == "data", nil)
			continue
		}
		for _, name := range names(attrs) {
			if !slices.Contains(skip, name) {
				m.checkJSON(attrs[name].Expr)
			}
		}
	}
	settings.CheckStatements(statements)
	if !m.calledModule { // what a module of others says of what it had before is theirs
		m.checkExistence(statements)
	}
}

// walk checks the expressions of a body. Of a resource's meta-arguments some hold
// names that refer to nothing; in a dynamic block its iterator is a name too.
func (m *module) walk(body *hclsyntax.Body, skip []string, resource bool, iterators []string) {
	for _, name := range names(body.Attributes) {
		if !slices.Contains(skip, name) {
			m.checkExpression(body.Attributes[name].Expr, iterators)
		}
	}
	for _, b := range body.Blocks {
		switch {
		case resource && b.Type == "lifecycle":
			m.walk(b.Body, []string{"ignore_changes"}, false, iterators)
		case resource && b.Type == "provisioner":
			m.walk(b.Body, []string{"when", "on_failure"}, false, iterators)
		case b.Type == "dynamic" && len(b.Labels) == 1:
			iterator := b.Labels[0]
			if a := b.Body.Attributes["iterator"]; a != nil {
				iterator = hcl.ExprAsKeyword(a.Expr)
			}
			inner := append(slices.Clone(iterators), iterator)
			if a := b.Body.Attributes["for_each"]; a != nil {
				m.checkExpression(a.Expr, iterators)
			}
			if a := b.Body.Attributes["labels"]; a != nil {
				m.checkExpression(a.Expr, inner)
			}
			for _, content := range b.Body.Blocks {
				m.walk(content.Body, nil, false, inner)
			}
		default:
			m.walk(b.Body, nil, false, iterators)
		}
	}
}

func (m *module) checkExpression(e hcl.Expression, iterators []string) {
	for _, t := range e.Variables() {
		if !slices.Contains(iterators, t.RootName()) {
			m.checkReference(t)
		}
	}
}

// checkJSON checks an expression of a JSON file, where nothing tells the iterator
// of a dynamic block from a resource's type: only types that the module has are
// taken for one.
func (m *module) checkJSON(e hcl.Expression) {
	for _, t := range e.Variables() {
		root := t.RootName()
		if slices.Contains([]string{"var", "local", "module", "data", "ephemeral"}, root) ||
			slices.ContainsFunc(names(m.declared), func(address string) bool {
				return strings.HasPrefix(address, root+"_") || strings.HasPrefix(address, root+".")
			}) {
			m.checkReference(t)
		}
	}
}

// what are the roots of references that are no resource's type.
var what = map[string]string{"var": "variable", "local": "local", "module": "module", "data": "data source", "ephemeral": "ephemeral resource", "action": "action"}

// checkReference reports a reference to what is nowhere.
func (m *module) checkReference(t hcl.Traversal) {
	var path []string
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			path = append(path, s.Name)
		case hcl.TraverseAttr:
			path = append(path, s.Name)
		case hcl.TraverseSplat:
			path = append(path, "")
		}
	}
	if path[0] == "resource" {
		path = path[1:]
	}
	n := 2
	if len(path) > 0 {
		switch path[0] {
		case "count", "each", "self", "path", "terraform", "tofu", "provider":
			return
		case "data", "ephemeral", "action":
			n = 3
		}
	}
	if len(path) < n {
		return // a bare word, which may be an argument's own
	}
	address := strings.Join(path[:n], ".")
	if m.declared[address] == nil {
		kind := what[path[0]]
		if kind == "" {
			kind = "resource"
		}
		m.add(t.SourceRange(), "%s: no such %s in %s%s", address, kind, m.place(), m.didYouMean(address))
		return
	}
	if called := m.calls[path[1]]; path[0] == "module" && called != nil && len(path) > 2 && path[2] != "" && called.declared["output."+path[2]] == nil {
		m.add(t.SourceRange(), "%s.%s: the module has no such output%s", address, path[2], called.didYouMean("output."+path[2]))
	}
}

// checkProvider checks the argument provider.
func (m *module) checkProvider(a *hcl.Attribute) {
	if a != nil {
		m.checkProviderName(a.Expr)
	}
}

func (m *module) checkProviderName(e hcl.Expression) {
	t, diagnostics := hcl.AbsTraversalForExpr(e)
	if diagnostics.HasErrors() || len(t) != 2 || m.calledModule {
		return // without an alias it needs no block; a module's may be given by its caller
	}
	alias, ok := t[1].(hcl.TraverseAttr)
	if address := "provider." + t.RootName() + "." + alias.Name; ok && m.declared[address] == nil {
		m.add(e.Range(), "%s.%s: no such provider in %s%s", t.RootName(), alias.Name, m.place(), m.didYouMean(address))
	}
}

// place is where the module's parts are declared.
func (m *module) place() string {
	if m.calledModule {
		return "the module"
	}
	return "the stack or a file beside it"
}

// didYouMean names what is nearest among what is declared of the same kind.
func (m *module) didYouMean(address string) string {
	if name := m.renamed[address]; name != "" {
		kind, _, _ := strings.Cut(address, ".")
		return fmt.Sprintf("; terraform.resourceNames renames it, want %s.%s", kind, name)
	}
	kindOf := func(address string) string {
		root, _, _ := strings.Cut(address, ".")
		if what[root] == "" && root != "output" && root != "provider" && root != "check" {
			return "resource"
		}
		return root
	}
	var known []string
	for _, other := range names(m.declared) {
		if kindOf(other) == kindOf(address) && other != address {
			known = append(known, other)
		}
	}
	if near := settings.Nearest(address, known); near != "" {
		return fmt.Sprintf(", did you mean %s?", strings.TrimPrefix(strings.TrimPrefix(near, "provider."), "output."))
	}
	return ""
}
