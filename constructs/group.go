// Package constructs groups AWS resources into the parts of a Prefect worker
// on ECS Fargate: network, security group, log group, roles, secret,
// repository, cluster, service discovery, worker, and the bucket and table
// that hold the state. It knows neither YAML nor stacks, so any CDKTF app in
// Go can use it.
//
// Each construct is a NewX function taking (scope, id, XProps) and returning
// *X. Three rules hold for all of them:
//
//   - A string prop is a Terraform template: "${var.region}" is an expression,
//     a CDKTF token works too, and text that must stay literal is escaped by
//     the caller ("$${").
//   - The id prefixes the Terraform names of what the construct makes: with ""
//     NewNetwork makes aws_vpc.prefect, with "etl" aws_vpc.etl_prefect. Two
//     constructs that would make one address panic instead of overwriting each
//     other.
//   - Resources stand directly in the stack, so no Terraform name has a hash.
//
// Props are not checked against AWS's limits here; package config does that
// before a construct exists.
package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Names renames resources: from the address a construct would give
// ("aws_vpc.prefect") to the Terraform name that a state already has ("main").
type Names map[string]string

// Resource is a resource, or all the resources of a count.
type Resource struct {
	Address string // aws_vpc.prefect
	element element
}

// Attr is the expression of an attribute: "${aws_vpc.prefect.id}".
func (r Resource) Attr(name string) string { return "${" + r.Address + "." + name + "}" }

// element is what every CDKTF resource, data source, variable, local and
// output is.
type element interface {
	cdktf.ITerraformDependable
	OverrideLogicalId(newLogicalId *string)
}

// group makes the resources of one construct.
type group struct {
	stack cdktf.TerraformStack
	id    string
	names Names
}

func newGroup(scope constructs.Construct, id string, names Names) group {
	return group{cdktf.TerraformStack_Of(scope), id, names}
}

// add makes a resource by its generated constructor. The construct id is the
// address: unique among all types, while Terraform's names are per type.
func add[C any, E element](g group, address string, create func(constructs.Construct, *string, *C) E, config *C) Resource {
	kind, name, _ := strings.Cut(address, ".")
	name = g.prefixed(name)
	if renamed, ok := g.names[kind+"."+name]; ok {
		name = renamed
	}
	address = kind + "." + name
	e := create(g.stack, &address, config)
	e.OverrideLogicalId(&name)
	return Resource{address, e}
}

// data makes a data source as add makes a resource.
func data[C any, E element](g group, address string, create func(constructs.Construct, *string, *C) E, config *C) Resource {
	_, name, _ := strings.Cut(address, ".")
	id := "data." + address
	e := create(g.stack, &id, config)
	e.OverrideLogicalId(&name)
	return Resource{id, e}
}

// once makes a data source that several constructs of a stack read.
func once[C any, E element](g group, address string, create func(constructs.Construct, *string, *C) E, config *C) Resource {
	id := "data." + address
	if g.stack.Node().TryFindChild(&id) == nil {
		return data(g, address, create, config)
	}
	return Resource{Address: id}
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
	return newGroup(scope, "", nil).json(name, document)
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

// dependsOn lists what must exist first although no attribute refers to it.
func dependsOn(resources ...Resource) *[]cdktf.ITerraformDependable {
	var all []cdktf.ITerraformDependable
	for _, r := range resources {
		all = append(all, r.element)
	}
	return &all
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
