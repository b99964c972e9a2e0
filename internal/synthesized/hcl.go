package synthesized

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// ParseWith reads a stack's Terraform JSON together with Terraform files that lie
// beside it, by their names: *.tf and *.tf.json; others are left out. Overrides come
// last, as in Terraform. What modules make is not known.
func ParseWith(data []byte, files map[string][]byte) (*Stack, error) {
	var whole map[string]any
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, err
	}
	overrides := func(name string) bool {
		name, _, _ = strings.Cut(filepath.Base(name), ".tf")
		return name == "override" || strings.HasSuffix(name, "_override")
	}
	for _, last := range []bool{false, true} {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if overrides(name) != last {
				continue
			}
			var more map[string]any
			switch {
			case strings.HasSuffix(name, ".tf.json"):
				if err := json.Unmarshal(files[name], &more); err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
			case strings.HasSuffix(name, ".tf"):
				file, diagnostics := hclsyntax.ParseConfig(files[name], name, hcl.InitialPos)
				if diagnostics.HasErrors() {
					return nil, diagnostics
				}
				more = blocks(file.Body.(*hclsyntax.Body), files[name])
			}
			merge(whole, more)
		}
	}
	data, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

// merge adds the second to the first: an attribute that both have is the second's, and
// blocks without a label are one after the other.
func merge(into, more map[string]any) {
	for key, value := range more {
		a, isMap := into[key].(map[string]any)
		b, areMaps := value.(map[string]any)
		l, isList := into[key].([]any)
		m, areLists := value.([]any)
		switch {
		case isMap && areMaps:
			merge(a, b)
		case isList && areLists && slices.Contains([]string{"moved", "removed", "import", "provider"}, key):
			into[key] = append(l, m...)
		default:
			into[key] = value
		}
	}
}

// labels are how many a block of Terraform's own has.
var labels = map[string]int{"resource": 2, "data": 2, "variable": 1, "output": 1, "module": 1, "provider": 1}

// blocks are a file's, as Terraform JSON has them.
func blocks(body *hclsyntax.Body, text []byte) map[string]any {
	all := map[string]any{}
	for _, b := range body.Blocks {
		value := map[string]any{}
		at := value
		for _, label := range b.Labels {
			inner := map[string]any{}
			at[label], at = inner, inner
		}
		maps.Copy(at, object(b.Body, text))
		switch n, known := labels[b.Type]; {
		case b.Type == "provider" && len(b.Labels) == 1:
			merge(all, map[string]any{b.Type: map[string]any{b.Labels[0]: []any{at}}})
		case known && n == len(b.Labels), b.Type == "locals", b.Type == "terraform":
			merge(all, map[string]any{b.Type: value})
		default:
			list, _ := all[b.Type].([]any)
			all[b.Type] = append(list, at)
		}
	}
	return all
}

func object(body *hclsyntax.Body, text []byte) map[string]any {
	all := map[string]any{}
	for name, a := range body.Attributes {
		all[name] = expression(a.Expr, text)
		if name == "from" || name == "to" { // an address, of moved, removed and import
			if _, ok := a.Expr.(*hclsyntax.ScopeTraversalExpr); ok {
				all[name] = string(a.Expr.Range().SliceBytes(text))
			}
		}
	}
	for _, b := range body.Blocks {
		list, _ := all[b.Type].([]any)
		inner := object(b.Body, text)
		for _, label := range slices.Backward(b.Labels) {
			inner = map[string]any{label: inner}
		}
		all[b.Type] = append(list, inner)
	}
	return all
}

// expression is one as Terraform JSON has it: a value, or a template.
func expression(e hclsyntax.Expression, text []byte) any {
	switch e := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		all := map[string]any{}
		for _, item := range e.Items {
			key, diagnostics := item.KeyExpr.Value(nil)
			if diagnostics.HasErrors() || !key.IsKnown() {
				return "${" + string(e.Range().SliceBytes(text)) + "}"
			}
			all[Text(key)] = expression(item.ValueExpr, text)
		}
		return all
	case *hclsyntax.TupleConsExpr:
		all := make([]any, len(e.Exprs))
		for i, inner := range e.Exprs {
			all[i] = expression(inner, text)
		}
		return all
	case *hclsyntax.FunctionCallExpr:
		if e.Name == "jsonencode" && len(e.Args) == 1 {
			return expression(e.Args[0], text) // a document, taken apart
		}
	}
	if v, diagnostics := e.Value(nil); !diagnostics.HasErrors() && v.IsWhollyKnown() {
		if data, err := (ctyjson.SimpleJSONValue{Value: v}).MarshalJSON(); err == nil {
			var known any
			_ = json.Unmarshal(data, &known)
			if s, ok := known.(string); ok {
				return literal(s)
			}
			return known
		}
	}
	return "${" + string(e.Range().SliceBytes(text)) + "}"
}
