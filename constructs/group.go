// Package constructs groups AWS resources into the parts of a Prefect worker
// on ECS Fargate: network, security group, log group, roles, secret,
// repository, cluster, service discovery, worker, and the bucket and table
// that hold the state. It knows neither YAML nor stacks, so any CDKTF app in
// Go can use it.
//
// Each construct is a NewX function taking (scope, id, XProps) and returning
// what it made. Rules that hold for all of them:
//
//   - A string prop is a Terraform template: "${var.region}" is an expression,
//     a CDKTF token works too, and text that must stay literal is escaped by
//     the caller: Escape.
//   - The id prefixes the Terraform names of what the construct makes: with ""
//     NewNetwork makes aws_vpc.prefect, with "etl" aws_vpc.etl_prefect. Two
//     constructs that would make one address panic instead of overwriting each
//     other.
//   - Resources stand directly in the stack, so no Terraform name has a hash.
//   - What is left out of a section has the default that its field's tag names,
//     unless 0 is a value that it may have (a retention of 0 days is for ever),
//     see settings.Fill; a bool is false. "{nameTag}" and the like are replaced
//     in files only. A required prop that is missing panics with what to pass.
//
// Props are not checked against AWS's limits here; package config does that
// before a construct exists. Each construct has an Example; examples/two-workers
// is a whole app.
package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Names renames resources: from the address a construct would give
// ("aws_vpc.prefect") to the Terraform name that a state already has ("main").
type Names map[string]string

// Renamed is a stack in which every construct gives resources these names. Pass
// it as the scope of this package's constructs, and the stack itself to
// anything else. It panics for a key that no construct can make; one that none in
// the stack makes changes nothing.
func Renamed(stack cdktf.TerraformStack, names Names) constructs.Construct {
	for _, address := range slices.Sorted(maps.Keys(names)) {
		if !slices.ContainsFunc(settings.Addresses, func(made string) bool { return isOf(address, made) }) {
			panic(fmt.Sprintf("constructs.Renamed: %s is no address that a construct gives; an id prefixes the name, as in aws_vpc.<id>_prefect", address))
		}
	}
	return renamed{stack, names}
}

type renamed struct {
	cdktf.TerraformStack
	names Names
}

// isOf says whether an address is another one, with or without an id before its
// name.
func isOf(address, made string) bool {
	kind, name, _ := strings.Cut(made, ".")
	rest, ok := strings.CutPrefix(address, kind+".")
	return ok && (rest == name || strings.HasSuffix(rest, "_"+name))
}

// Resource is what a construct made, or refers to: one resource or data source,
// or all those of a count or for_each. E is its type in the bindings.
type Resource[E cdktf.TerraformElement] struct {
	Address string // for expressions: aws_vpc.prefect

	// Element is the CDKTF object: its attributes have types, and overrides,
	// lifecycle, aspects and Node() are there. It is nil in a data source that
	// another construct made.
	Element E
}

// AnyResource is a Resource whose type does not matter.
type AnyResource = Resource[cdktf.TerraformElement]

// Attr is the expression of an attribute: "${aws_vpc.prefect.id}". It costs no
// call to jsii, unlike the Element's own attributes.
func (r Resource[E]) Attr(name string) string { return "${" + r.Address + "." + name + "}" }

// Any forgets the type.
func (r Resource[E]) Any() AnyResource { return AnyResource{r.Address, r.Element} }

// DependsOn is the argument of a resource that comes after others although no
// attribute of theirs is in it.
func DependsOn(resources ...AnyResource) *[]cdktf.ITerraformDependable {
	var all []cdktf.ITerraformDependable
	for _, r := range resources {
		all = append(all, r.Element)
	}
	return &all
}

// group makes the resources of one construct.
type group struct {
	stack cdktf.TerraformStack
	id    string
	names Names
	node  func() constructs.Node // the stack's, asked for once: each question is a call to Node.js
}

func newGroup(scope constructs.Construct, id string) group {
	if id != "" && settings.Rules["tfName"].Text(id) != nil {
		panic(fmt.Sprintf("constructs: the id %q begins Terraform names, want letters, digits, _ or -, beginning with a letter or _", id))
	}
	g := group{id: id}
	if r, ok := scope.(renamed); ok {
		g.stack, g.names = r.TerraformStack, r.names
	} else {
		g.stack = cdktf.TerraformStack_Of(scope)
	}
	g.node = sync.OnceValue(g.stack.Node)
	return g
}

// add makes a resource by its generated constructor. The construct id is the
// address: unique among all types, while Terraform's names are per type.
func add[C any, E cdktf.TerraformElement](g group, address string, create func(constructs.Construct, *string, *C) E, config *C) Resource[E] {
	kind, name, _ := strings.Cut(address, ".")
	name = g.prefixed(name)
	if renamed, ok := g.names[kind+"."+name]; ok {
		name = renamed
	}
	address = kind + "." + name
	g.refuseTaken(kind, name)
	e := create(g.stack, &address, config)
	e.OverrideLogicalId(&name)
	return Resource[E]{address, e}
}

// refuseTaken panics where the app has made a resource at the address itself:
// the one would silently replace the other in the JSON.
func (g group) refuseTaken(kind, name string) {
	if taken, ok := g.node().TryFindChild(&name).(cdktf.TerraformResource); ok && *taken.TerraformResourceType() == kind {
		panic(fmt.Sprintf("constructs: the stack has a resource %s.%s already; give the construct an id, which prefixes the names of what it makes", kind, name))
	}
}

// data makes a data source as add makes a resource.
func data[C any, E cdktf.TerraformElement](g group, address string, create func(constructs.Construct, *string, *C) E, config *C) Resource[E] {
	_, name, _ := strings.Cut(address, ".")
	id := "data." + address
	e := create(g.stack, &id, config)
	e.OverrideLogicalId(&name)
	return Resource[E]{id, e}
}

// once makes a data source that several constructs of a stack read.
func once[C any, E cdktf.TerraformElement](g group, address string, create func(constructs.Construct, *string, *C) E, config *C) Resource[E] {
	id := "data." + address
	kind, name, _ := strings.Cut(address, ".")
	if mine, ok := g.node().TryFindChild(&name).(cdktf.TerraformDataSource); ok && *mine.TerraformResourceType() == kind && mine.Provider() != nil {
		panic(fmt.Sprintf("constructs: the stack has data.%s with a provider of its own, which constructs would read; give it another id", address))
	}
	if g.node().TryFindChild(&id) == nil {
		return data(g, address, create, config)
	}
	return Resource[E]{Address: id}
}

// local makes a local value and returns its expression without "${}". Objects
// and lists stay native JSON in the synthesized file, where a reviewer can
// read them line by line; jsonencode(local.x) then makes the string.
func (g group) local(name string, value any) string {
	name = g.prefixed(name)
	id := "local." + name
	cdktf.NewTerraformLocal(g.stack, &id, value).OverrideLogicalId(&name)
	return id
}

// NewJSON makes a local of a document and returns the expression of its JSON.
func NewJSON(scope constructs.Construct, name string, document any) *string {
	return newGroup(scope, "").json(name, document)
}

// json makes a local of a document and returns the expression of its JSON.
func (g group) json(name string, document any) *string {
	return jsii.String("${jsonencode(" + g.local(name, document) + ")}")
}

func (g group) prefixed(name string) string {
	if g.id == "" {
		return name
	}
	return g.id + "_" + name
}

// nameTag is the tags argument with the Name tag, or none.
func nameTag(name string) *map[string]*string {
	if name == "" {
		return nil
	}
	return &map[string]*string{"Name": &name}
}

// optional leaves an argument unset where the prop is empty.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// optionalTrue leaves an argument unset where the prop is false, Terraform's
// default.
func optionalTrue(b bool) any {
	if !b {
		return nil
	}
	return true
}

func strs(values []string) *[]*string { return jsii.Strings(values...) }
