package stacks_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"
)

var references = regexp.MustCompile(`\b(var|local)\.([A-Za-z_][A-Za-z0-9_-]*)|\b(data\.)?(aws_[a-z0-9_]+)\.([A-Za-z_][A-Za-z0-9_-]*)`)

// checkReferences: whatever an expression refers to is declared.
func checkReferences(t *testing.T, d document) {
	check := func(path, value string) {
		for _, m := range references.FindAllStringSubmatch(value, -1) {
			var ok bool
			switch {
			case m[1] == "var":
				_, ok = d.Variable[m[2]]
			case m[1] == "local":
				_, ok = d.Locals[m[2]]
			case m[3] != "":
				_, ok = d.Data[m[4]][m[5]]
			default:
				_, ok = d.Resource[m[4]][m[5]]
			}
			if !ok {
				t.Errorf("%s refers to %s, which is not declared", path, m[0])
			}
		}
	}
	walk(d.Resource, check)
	walk(d.Locals, check)
	walk(d.Output, check)
	walk(d.Data, check)
	walk(d.Provider, check)
}

// unused are declarations that nothing has to refer to, each with the reason.
var unused = map[string]string{
	"data.aws_caller_identity.current": "the documents declare it",
	"var.prefect_account_id":           "the documents of the design declare it",
	"var.prefect_workspace_id":         "the documents of the design declare it",
	"data.aws_subnets.existing":        "has a postcondition that the plan checks",
}

// TestDeclarationsAreUsed: something refers to every data source, local and
// variable.
func TestDeclarationsAreUsed(t *testing.T) {
	needed := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(cases())) {
		if cases()[name].err != nil {
			t.Errorf("testdata/%s does not synthesize", name)
			continue
		}
		d := parse(t, cases()[name].json)
		used := slices.Concat(addressesIn(d.Resource), addressesIn(d.Locals), addressesIn(d.Output), addressesIn(d.Data), addressesIn(d.Provider))
		for _, address := range d.declared() {
			if !slices.Contains(used, address) && unused[address] == "" {
				t.Errorf("%s: nothing refers to %s", name, address)
			}
			needed[address] = needed[address] || !slices.Contains(used, address)
		}
	}
	for address := range unused {
		if !needed[address] {
			t.Errorf("something refers to %s in every case, want it no longer in unused", address)
		}
	}
}

func (d document) declared() []string {
	var all []string
	for kind, named := range d.Data {
		for name := range named {
			all = append(all, "data."+kind+"."+name)
		}
	}
	for name := range d.Locals {
		all = append(all, "local."+name)
	}
	for name := range d.Variable {
		all = append(all, "var."+name)
	}
	slices.Sort(all)
	return all
}

// addressesIn lists what the expressions below a value refer to.
func addressesIn(value any) []string {
	var all []string
	walk(value, func(_, text string) {
		all = append(all, references.FindAllString(text, -1)...)
	})
	return all
}

// only is the only one of a list.
func only(t *testing.T, all []string) string {
	t.Helper()
	if len(all) != 1 {
		t.Fatalf("got %v, want one", all)
	}
	return all[0]
}

// object is a JSON object.
func object(t *testing.T, value any) map[string]any {
	t.Helper()
	o, ok := value.(map[string]any)
	if !ok {
		t.Fatalf("got %v, want an object", value)
	}
	return o
}

// list is a list of texts, or a text that stands for a list of one.
func list(value any) []string {
	var all []string
	walk([]any{value}, func(_, text string) { all = append(all, text) })
	return all
}

// walk visits every text below a value.
func walk(value any, visit func(path, value string)) {
	var down func(path string, value any)
	down = func(path string, value any) {
		switch v := value.(type) {
		case string:
			visit(path, v)
		case []any:
			for i, item := range v {
				down(fmt.Sprintf("%s[%d]", path, i), item)
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if key != "//" {
					down(path+"."+key, v[key])
				}
			}
		case map[string]map[string]any:
			for key, item := range v {
				down(path+"."+key, item)
			}
		case map[string]map[string]map[string]any:
			for key, items := range v {
				for name, item := range items {
					down(path+"."+key+"."+name, item)
				}
			}
		}
	}
	down("", value)
}
