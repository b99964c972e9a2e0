package synthesized

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// Unknown stands for a value that is not known before an apply.
type Unknown struct {
	Expression string // What it is made by, where that is known.
	Refers     string // The resource's attribute that it is, where only that is known.

	uses string // The locals and variables that it is made by, so that a change of these shows.
}

// Secret stands for a value that is never shown. Two are equal if their values are, or
// are made in the same way.
type Secret struct{ made [sha256.Size]byte }

// SecretOf hides a value.
func SecretOf(value any) Secret { return Secret{sha256.Sum256(fmt.Appendf(nil, "%#v", value))} }

func (Secret) String() string { return "(sensitive)" }

// Attributes are a resource's as JSON would have them. A JSON document that is
// encoded there is taken apart. What is not known is Unknown, and what a sensitive
// variable goes into is Secret.
func (i Instance) Attributes() map[string]any {
	all := map[string]any{}
	for key, value := range i.body {
		switch key {
		case "//", "count", "for_each", "depends_on", "lifecycle", "provider", "provisioner", "connection":
		default:
			all[key] = i.stack.tree(value, &i)
		}
	}
	return all
}

// Address is the instance's, with its key.
func (i Instance) Address() string {
	switch {
	case i.Key == cty.NilVal:
		return i.Resource.Address()
	case i.Key.Type() == cty.String:
		return i.Resource.Address() + `["` + i.Key.AsString() + `"]`
	}
	return i.Resource.Address() + "[" + text(i.Key) + "]"
}

// PreventsDestroy says whether Terraform refuses to destroy the resource.
func (r Resource) PreventsDestroy() bool {
	prevents, _ := first(r.body["lifecycle"])["prevent_destroy"].(bool)
	return prevents
}

// Ignores are the attributes whose changes Terraform leaves alone; "all" is each.
func (r Resource) Ignores() []string { return r.lifecycle("ignore_changes") }

// ReplacedWith are the addresses with which Terraform replaces the resource, of
// attributes or of whole resources.
func (r Resource) ReplacedWith() []string { return r.lifecycle("replace_triggered_by") }

func (r Resource) lifecycle(key string) []string {
	var all []string
	given := first(r.body["lifecycle"])[key]
	if text, ok := given.(string); ok {
		given = []any{text}
	}
	list, _ := given.([]any)
	for _, e := range list {
		if text, ok := e.(string); ok {
			all = append(all, strings.TrimSuffix(strings.TrimPrefix(text, "${"), "}"))
		}
	}
	return all
}

// encoded is a document that is written into an attribute.
var encoded = regexp.MustCompile(`^\$\{jsonencode\(local\.([\w-]+)\)\}$`)

func (s *Stack) tree(in any, of *Instance) any {
	return Texts(in, func(text string) any { return s.leaf(text, of) })
}

// Texts is a value as JSON has it, with what each text in it becomes.
func Texts(in any, becomes func(text string) any) any {
	switch v := in.(type) {
	case []any:
		all := make([]any, len(v))
		for i, element := range v {
			all[i] = Texts(element, becomes)
		}
		return all
	case map[string]any:
		all := make(map[string]any, len(v))
		for key, element := range v {
			all[key] = Texts(element, becomes)
		}
		return all
	case string:
		return becomes(v)
	}
	return in
}

func (s *Stack) leaf(in string, of *Instance) any {
	if m := encoded.FindStringSubmatch(in); m != nil && !slices.Contains(s.evaluating, "local."+m[1]) {
		return s.within("local."+m[1]).tree(s.json.Locals[m[1]], of)
	}
	if !strings.Contains(in, "${") && !strings.Contains(in, "%{") {
		return in
	}
	uses := s.uses(in)
	made, _ := json.Marshal(uses)
	unknown := Unknown{Expression: in, uses: string(made)}
	for name := range uses {
		if variable, ok := strings.CutPrefix(name, "var."); ok && s.json.Variable[variable].Sensitive {
			return SecretOf(unknown)
		}
	}
	v := s.template(in, of)
	if v == cty.NilVal || !v.IsWhollyKnown() || v.IsNull() && s.asked(uses) {
		return unknown
	}
	data, err := ctyjson.SimpleJSONValue{Value: v}.MarshalJSON()
	if err != nil {
		return unknown
	}
	var known any
	_ = json.Unmarshal(data, &known) // it was made above
	return known
}

// asked says whether a variable is among these that somebody has to give.
func (s *Stack) asked(uses map[string]any) bool {
	for name := range uses {
		if variable, ok := strings.CutPrefix(name, "var."); ok && s.json.Variable[variable].Default == nil {
			return true
		}
	}
	return false
}

// uses are the locals and variables that an expression is made by.
func (s *Stack) uses(in string) map[string]any {
	found := map[string]any{}
	s.refers(in, map[string]bool{}, func(root, name string) {
		switch root {
		case "local":
			found["local."+name] = s.json.Locals[name]
		case "var":
			found["var."+name] = s.json.Variable[name].Default
		}
	})
	return found
}

// Move is a resource that goes on at another address.
type Move struct{ From, To string }

// Moves are the stack's moved blocks.
func (s *Stack) Moves() []Move { return s.json.Moved }

// Forgotten are the addresses of removed blocks whose resources go on in AWS.
func (s *Stack) Forgotten() []string {
	var all []string
	for _, r := range s.json.Removed {
		if destroy := first(r.Lifecycle)["destroy"]; destroy == false {
			all = append(all, r.From)
		}
	}
	return all
}

// Imports are the ids of resources that exist already, by their addresses.
func (s *Stack) Imports() map[string]string {
	all := map[string]string{}
	for _, i := range s.json.Import {
		all[i.To] = i.ID
	}
	return all
}

// Modules are the arguments of the stack's modules.
func (s *Stack) Modules() map[string]any {
	all := map[string]any{}
	for name, m := range s.json.Module {
		all[name] = s.tree(m, nil)
	}
	return all
}

// first is a block, or the first of a list of them.
func first(block any) map[string]any {
	if blocks, ok := block.([]any); ok && len(blocks) > 0 {
		block = blocks[0]
	}
	at, _ := block.(map[string]any)
	return at
}

// Outputs are the stack's outputs.
func (s *Stack) Outputs() map[string]any {
	all := map[string]any{}
	for name, o := range s.json.Output {
		if all[name] = s.tree(o.Value, nil); o.Sensitive {
			all[name] = SecretOf(s.json.Output[name].Value)
		}
	}
	return all
}

// Variables are the defaults of the stack's variables, nil for one that has to be given.
func (s *Stack) Variables() map[string]any {
	all := map[string]any{}
	for name, v := range s.json.Variable {
		if all[name] = v.Default; v.Sensitive && v.Default != nil && v.Default != "" {
			all[name] = SecretOf(v.Default)
		}
	}
	return all
}

// Settings are the stack's settings of Terraform and its providers: terraform.backend.s3.bucket.
func (s *Stack) Settings() map[string]any {
	all := map[string]any{}
	if s.json.Terraform.RequiredVersion != "" {
		all["required_version"] = s.json.Terraform.RequiredVersion
	}
	if s.json.Terraform.Backend != nil {
		all["backend"] = s.json.Terraform.Backend
	}
	if s.json.Terraform.RequiredProviders != nil {
		all["required_providers"] = s.json.Terraform.RequiredProviders
	}
	for _, name := range slices.Sorted(maps.Keys(s.json.Provider)) {
		for _, p := range s.json.Provider[name] {
			alias, _ := p["alias"].(string)
			all[strings.TrimSuffix("provider."+name+"."+alias, ".")] = s.tree(p, nil)
		}
	}
	return all
}
