// Package synthesized reads what a synthesis wrote: the resources of a stack, with
// what can be known of them before an apply. Expressions are evaluated with the
// variables' defaults. An attribute that only AWS gives, such as an ARN, is its
// address: aws_ecs_cluster.prefect.arn.
package synthesized

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// FileName is what CDKTF calls a stack's Terraform JSON.
const FileName = "cdk.tf.json"

// Stack is a synthesized stack.
type Stack struct {
	json struct {
		Terraform struct {
			RequiredVersion   string `json:"required_version"`
			RequiredProviders any    `json:"required_providers"`
			Backend           any
		}
		Provider map[string][]map[string]any
		Variable map[string]struct {
			Default   any
			Sensitive bool
		}
		Output map[string]struct {
			Value     any
			Sensitive bool
		}
		Module  map[string]any
		Moved   []Move
		Removed []struct {
			From      string
			Lifecycle any
		}
		Import   []struct{ To, ID string }
		Locals   map[string]any
		Data     map[string]map[string]map[string]any
		Resource map[string]map[string]map[string]any
	}
	resources  []Resource
	evaluating []string // what is being evaluated, so that a cycle ends; see within
}

// Read reads the stack whose Terraform JSON lies in dir, with the Terraform that lies
// beside an environment file and was copied there.
func Read(dir string) (*Stack, error) {
	data, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		return nil, err
	}
	beside := map[string][]byte{}
	for _, pattern := range []string{"*.tf", "*.tf.json"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if filepath.Base(name) == FileName {
				continue
			}
			if beside[name], err = os.ReadFile(name); err != nil {
				return nil, err
			}
		}
	}
	s, err := ParseWith(data, beside)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, FileName), err)
	}
	return s, nil
}

// Parse reads a stack's Terraform JSON.
func Parse(data []byte) (*Stack, error) {
	s := &Stack{}
	if err := json.Unmarshal(data, &s.json); err != nil {
		return nil, err
	}
	s.list()
	return s, nil
}

// list lists the resources that the JSON has.
func (s *Stack) list() {
	for _, kind := range slices.Sorted(maps.Keys(s.json.Resource)) {
		for _, name := range slices.Sorted(maps.Keys(s.json.Resource[kind])) {
			s.resources = append(s.resources, Resource{Type: kind, Name: name, stack: s, body: s.json.Resource[kind][name]})
		}
	}
}

// Region is the provider's, or "" where it is not known.
func (s *Stack) Region() string {
	return text(s.value(s.provider()["region"], nil))
}

// provider is the AWS provider's configuration without an alias, or nil.
func (s *Stack) provider() map[string]any {
	for _, aws := range s.json.Provider["aws"] {
		if _, alias := aws["alias"]; !alias {
			return aws
		}
	}
	return nil
}

// SetVariable gives a variable a value in place of its default. A name that the stack
// has no variable of is left out.
func (s *Stack) SetVariable(name, value string) {
	if v, ok := s.json.Variable[name]; ok {
		v.Default = literal(value)
		s.json.Variable[name] = v
	}
}

// Terraform is what the stack asks of Terraform.
func (s *Stack) Terraform() (requiredVersion string) { return s.json.Terraform.RequiredVersion }

// Provider is the AWS provider's configuration, as far as it says whose account it is.
type Provider struct {
	AllowedAccountIDs []string        `json:"allowed_account_ids"`
	AssumeRole        json.RawMessage `json:"assume_role"` // a list of one
}

// Provider reads the configuration of the provider without an alias.
func (s *Stack) Provider() (p Provider) {
	if data, err := json.Marshal(s.provider()); err == nil {
		_ = json.Unmarshal(data, &p) // of other types: an expression, which is not known
	}
	return p
}

// Resource is a resource as Terraform JSON declares it; count and for_each make
// several of it.
type Resource struct {
	Type, Name string

	stack *Stack
	body  map[string]any
}

// Address is the resource's, without an instance key.
func (r Resource) Address() string { return r.Type + "." + r.Name }

// Resources are all of the stack, by address.
func (s *Stack) Resources() []Resource { return slices.Clone(s.resources) }

// OfType are the resources of one type.
func (s *Stack) OfType(kind string) []Resource {
	return slices.DeleteFunc(s.Resources(), func(r Resource) bool { return r.Type != kind })
}

// Instance is one of the resources that a declaration makes.
type Instance struct {
	Resource
	Key cty.Value // Of count or for_each; cty.NilVal without.

	each cty.Value
}

// Instances are what the declaration makes, by key: none where count is 0, and
// one where how many there are is not known.
func (r Resource) Instances() []Instance {
	one := []Instance{{Resource: r}}
	if count, ok := r.body["count"]; ok {
		v := r.stack.value(count, nil)
		n, err := strconv.Atoi(text(v))
		if err != nil {
			return one
		}
		var all []Instance
		for i := range n {
			all = append(all, Instance{Resource: r, Key: cty.NumberIntVal(int64(i))})
		}
		return all
	}
	forEach, ok := r.body["for_each"]
	if !ok {
		return one
	}
	v := r.stack.value(forEach, nil)
	if !v.IsWhollyKnown() || v.IsNull() || !v.CanIterateElements() {
		return one
	}
	var all []Instance
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if !v.Type().IsMapType() && !v.Type().IsObjectType() {
			key = value // a set's elements are their own keys
		}
		all = append(all, Instance{Resource: r, Key: key, each: value})
	}
	return all
}

// Text is the attribute at a path of keys as a text, or "" where it has none.
func (i Instance) Text(path ...string) string { return text(i.Value(path...)) }

// Value is the attribute at a path of keys, or null where it has none. A block
// that is there once is as good as a list of it.
func (i Instance) Value(path ...string) cty.Value {
	v := i.stack.value(i.body[path[0]], &i)
	for _, key := range path[1:] {
		if v.IsKnown() && !v.IsNull() && (v.Type().IsTupleType() || v.Type().IsListType()) && v.LengthInt() > 0 {
			v = v.Index(cty.Zero)
		}
		v = Get(v, key)
	}
	return v
}

// List are the elements of an attribute, or of one block.
func (i Instance) List(path ...string) []cty.Value { return List(i.Value(path...)) }

// List are the elements of a value: itself, where it is no list.
func List(v cty.Value) []cty.Value {
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() {
		return nil
	}
	if v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType() {
		return v.AsValueSlice()
	}
	return []cty.Value{v}
}

// Container is a container definition of a task, as far as it is read here.
type Container struct {
	Name, Image string
	Command     []string
	Essential   *bool
	Environment []struct{ Name, Value string }
}

// Containers are those of a task definition; none where they are not known.
func (i Instance) Containers() []Container {
	var all []Container
	_ = json.Unmarshal([]byte(i.Text("container_definitions")), &all)
	return all
}

// Refers are the addresses of resources that an attribute's expressions refer to,
// also by way of locals; without a path, all of the resource's.
func (r Resource) Refers(path ...string) []string {
	from := r.at(path)
	if len(path) == 0 {
		body := maps.Clone(r.body)
		delete(body, "depends_on")
		delete(body, "//")
		from = body
	}
	found := map[string]bool{}
	r.stack.refers(from, map[string]bool{}, func(root, name string) {
		if _, ok := r.stack.json.Resource[root][name]; ok {
			found[root+"."+name] = true
		}
	})
	delete(found, r.Address())
	return slices.Sorted(maps.Keys(found))
}

// Uses are what the resource's expressions refer to, also by way of locals: var.x,
// local.x, the type of a data source with data before it, and resources.
func (r Resource) Uses() []string {
	found := map[string]bool{}
	for _, value := range r.body { // count and for_each too
		r.stack.refers(value, map[string]bool{}, func(root, name string) { found[root+"."+name] = true })
	}
	return slices.Sorted(maps.Keys(found))
}

// Part is the stack with some of its resources alone; their expressions mean what they
// mean in the whole.
func (s *Stack) Part(has func(address string) bool) *Stack {
	part := *s
	part.resources = slices.DeleteFunc(s.Resources(), func(r Resource) bool { return !has(r.Address()) })
	return &part
}

// With is the stack with other values of some attributes: of resources by their
// addresses without instance keys, and there by name. A text is itself, no expression.
func (s *Stack) With(attributes map[string]map[string]any) *Stack {
	other := &Stack{json: s.json}
	other.json.Resource = map[string]map[string]map[string]any{}
	for _, r := range s.resources {
		body := maps.Clone(r.body)
		for name, value := range attributes[r.Address()] {
			body[name] = Texts(value, func(text string) any { return literal(text) })
		}
		if other.json.Resource[r.Type] == nil {
			other.json.Resource[r.Type] = map[string]map[string]any{}
		}
		other.json.Resource[r.Type][r.Name] = body
	}
	other.list()
	return other
}

// literal is a text as a template that says it.
func literal(text string) string { return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text) }

// Blocks are the stack's resources, variables, locals and types of data sources as
// they are written, by what expressions call them: equal blocks are equal texts.
func (s *Stack) Blocks() map[string]string {
	all := map[string]string{}
	put := func(address string, block any) {
		text, _ := json.Marshal(block) // it was read from JSON
		all[address] = string(text)
	}
	for _, r := range s.resources {
		put(r.Address(), r.body)
	}
	for name, block := range s.json.Variable {
		put("var."+name, block)
	}
	for name, block := range s.json.Locals {
		put("local."+name, block)
	}
	for kind, block := range s.json.Data {
		put("data."+kind, block)
	}
	return all
}

// at is what stands at a path of keys.
func (r Resource) at(path []string) any {
	var from any = r.body
	for _, key := range path {
		if blocks, ok := from.([]any); ok && len(blocks) > 0 {
			from = blocks[0]
		}
		at, _ := from.(map[string]any)
		from = at[key]
	}
	return from
}

// refers visits what expressions refer to, and what the locals among that do.
func (s *Stack) refers(value any, locals map[string]bool, visit func(root, name string)) {
	switch v := value.(type) {
	case map[string]any:
		for _, element := range v {
			s.refers(element, locals, visit)
		}
	case []any:
		for _, element := range v {
			s.refers(element, locals, visit)
		}
	case string:
		expression, diagnostics := hclsyntax.ParseTemplate([]byte(v), "", hcl.InitialPos)
		if diagnostics.HasErrors() {
			return
		}
		for _, t := range expression.Variables() {
			if len(t) < 2 {
				continue
			}
			name := attribute(t[1])
			visit(t.RootName(), name)
			if t.RootName() == "local" && !locals[name] {
				locals[name] = true
				s.refers(s.json.Locals[name], locals, visit)
			}
		}
	}
}

// text is a value as a text, or "".
func text(v cty.Value) string {
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() {
		return ""
	}
	switch v.Type() {
	case cty.String:
		return v.AsString()
	case cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case cty.Bool:
		return strconv.FormatBool(v.True())
	}
	return ""
}

// Text is a value as a text, or "" if it is not one.
func Text(v cty.Value) string { return strings.TrimSpace(text(v)) }

// Get is an attribute of an object as a value, or null.
func Get(v cty.Value, key string) cty.Value {
	switch {
	case v == cty.NilVal || !v.IsKnown() || v.IsNull():
	case v.Type().IsObjectType() && v.Type().HasAttribute(key):
		return v.GetAttr(key)
	case v.Type().IsMapType() && v.HasIndex(cty.StringVal(key)).True():
		return v.Index(cty.StringVal(key))
	}
	return cty.NullVal(cty.DynamicPseudoType)
}
