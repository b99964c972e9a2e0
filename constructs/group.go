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
//   - The id prefixes the Terraform names of what the construct creates: with ""
//     NewNetwork makes aws_vpc.prefect, with "etl" aws_vpc.etl_prefect. Two
//     constructs that would make one address panic, and synthesis fails where
//     the app has its own element there: CDKTF would merge the two.
//   - Resources stand directly in the stack, so no Terraform name has a hash.
//   - What is left out of a section has the default that its field's tag names,
//     unless 0 is a value that it may have (a retention of 0 days is forever),
//     see settings.Fill; a bool is false. go doc settings.Worker and so on show a
//     section with its tags. "{nameTag}" and the like are replaced
//     in files only. A required prop that is missing panics with what to pass.
//
// A number or a literal text of a section that its field's rule refuses panics;
// what AWS takes together, package config alone checks. Each construct has an Example; examples/two-workers
// is a whole app. This is a smaller one, which kernel.Synth(addFlows) writes; its
// provider is of the bindings,
// github.com/cdktf/cdktf-provider-aws-go/aws/v19 v19.65.1, as is every element:
//
//	func addFlows(app cdktf.App) {
//		stack := cdktf.NewTerraformStack(app, jsii.String("flows"))
//		provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{Region: jsii.String("eu-central-1")})
//		network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16"}})
//		group := constructs.NewSecurityGroup(stack, "", constructs.SecurityGroupProps{VPCID: network.VPCID})
//		cluster := constructs.NewCluster(stack, "", constructs.ClusterProps{Cluster: settings.Cluster{Name: "flows", ContainerInsights: "enabled"}})
//		secret := &constructs.Secret{ARN: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prefect-AbCdEf"}
//		logs := constructs.NewFlowRunLogGroup(stack, "", constructs.FlowRunLogGroupProps{FlowRunLogGroup: settings.FlowRunLogGroup{Name: "/ecs/flows", RetentionInDays: 30}})
//		execution := constructs.NewTaskExecutionRole(stack, "", constructs.TaskExecutionRoleProps{
//			TaskExecutionRole: settings.TaskExecutionRole{Name: "flows-execution"}, Secret: secret,
//		})
//		flows := constructs.NewFlowRunRole(stack, "", constructs.FlowRunRoleProps{FlowRunRole: settings.FlowRunRole{Name: "flows"}})
//		role := constructs.NewTaskRole(stack, "", constructs.TaskRoleProps{
//			TaskRole:   settings.TaskRole{Name: "flows-worker", PassRoleARNs: []string{execution.Attr("arn"), flows.Attr("arn")}},
//			ClusterARN: cluster.Attr("arn"), LogGroupARN: logs.Attr("arn"),
//		})
//		variables := constructs.NewWorkPoolVariables(stack, "", constructs.WorkPoolVariablesProps{
//			ClusterARN: cluster.Attr("arn"), VPCID: network.VPCID, SubnetIDs: network.PrivateSubnetIDs, SecurityGroupID: group.Attr("id"),
//			ExecutionRoleARN: execution.Attr("arn"), TaskRoleARN: flows.Attr("arn"), LogGroup: logs.Attr("name"), Secret: secret,
//		})
//		worker := constructs.NewWorker(stack, "", constructs.WorkerProps{
//			Worker:   settings.Worker{Image: "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1", Type: settings.TypeECS},
//			WorkPool: "flows", WorkPoolManagement: &constructs.WorkPoolManagement{Variables: variables},
//			APIURL: "http://prefect.internal:4200/api", Secret: secret, ClusterARN: cluster.Attr("arn"),
//			ExecutionRoleARN: execution.Attr("arn"), TaskRoleARN: role.Attr("arn"), // its own log group is made
//			SubnetIDs: network.PrivateSubnetIDs, SecurityGroupID: group.Attr("id"),
//			After: slices.Concat(network.Egress, network.PrivateRoutes, execution.Ready, role.Ready, flows.Ready), // depends_on
//		})
//		worker.Service.Element.AddOverride(jsii.String("timeouts.delete"), "30m") // an argument without a setting
//		constructs.NewServiceAlarms(stack, "", constructs.ServiceAlarmsProps{
//			AlarmsProps: constructs.AlarmsProps{Alarms: settings.Alarms{RunningTasks: &settings.Alarm{}}, NamePrefix: "flows"},
//			ClusterName: cluster.Name, ServiceName: worker.Service.Attr("name"),
//		})
//	}
package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Names renames resources: from the address a construct would give
// ("aws_vpc.prefect") to the Terraform name that a state already has ("main").
// settings.Addresses lists those addresses, without an id.
type Names map[string]string

// Renamed is a stack in which every construct gives resources these names. Pass
// it as the scope of this package's constructs, and the stack itself to
// anything else. It panics for a key that no construct can make and for what is
// no Terraform name; a key that none in the stack creates fails synthesis.
func Renamed(stack cdktf.TerraformStack, names Names) constructs.Construct {
	r := RenamedUnchecked(stack, names).(renamed)
	r.registry.renamed, r.registry.unchecked = append(r.registry.renamed, slices.Collect(maps.Keys(names))...), false
	return r
}

// RenamedUnchecked is Renamed for an app that looks after addresses and settings
// itself, as with package config: a key that none creates, as of a feature that is
// off, changes nothing, numbers and texts are not held against their rules, and
// synthesis does not look for elements of the app's own at a construct's address,
// which takes some milliseconds for each stack.
func RenamedUnchecked(stack cdktf.TerraformStack, names Names) constructs.Construct {
	for _, address := range slices.Sorted(maps.Keys(names)) {
		if !slices.ContainsFunc(settings.Addresses, func(made string) bool { return isOf(address, made) }) {
			panic(fmt.Sprintf("stack %s: constructs.Renamed: %s is no address that a construct gives%s; an id prefixes the name, as in aws_vpc.<id>_prefect",
				*stack.Node().Id(), address, didYouMean(address, settings.Addresses)))
		}
		if settings.Rules["tfName"].Text(names[address]) != nil {
			panic(fmt.Sprintf("stack %s: constructs.Renamed: got the name %q for %s; pass %s", *stack.Node().Id(), names[address], address, tfName))
		}
	}
	r := renamed{stack, names, registryOf(stack)}
	r.registry.unchecked = true
	return r
}

type renamed struct {
	cdktf.TerraformStack
	names    Names
	registry *registry
}

// didYouMean names the address that is nearest, one with another id before all.
func didYouMean(address string, known []string) string {
	for _, k := range slices.Sorted(slices.Values(known)) {
		if isOf(k, address) || isOf(address, k) {
			return " (did you mean " + k + "?)"
		}
	}
	if n := settings.Nearest(address, known); n != "" {
		return " (did you mean " + n + "?)"
	}
	return ""
}

// isOf says whether an address is another one, with or without an id before its
// name.
func isOf(address, made string) bool {
	kind, name, _ := strings.Cut(made, ".")
	rest, ok := strings.CutPrefix(address, kind+".")
	return ok && (rest == name || strings.HasSuffix(rest, "_"+name))
}

// Resource is what a construct made, or refers to: one resource or data source,
// or all those of a count or for_each. E is its type in the bindings, such as
// vpc.Vpc of github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc.
type Resource[E cdktf.TerraformElement] struct {
	Address string // for expressions: aws_vpc.prefect

	// Element is the CDKTF object: its attributes have types, and overrides,
	// lifecycle, aspects and Node() are there.
	Element E
}

// AnyResource is a Resource whose type does not matter.
type AnyResource = Resource[cdktf.TerraformElement]

// Attr is the expression of an attribute: "${aws_vpc.prefect.id}". It costs no
// call to jsii, unlike the Element's own attributes. It panics where the resource
// is zero: nothing has made it.
func (r Resource[E]) Attr(name string) string {
	if r.Address == "" {
		panic(fmt.Sprintf("constructs.Resource: got Attr(%q) of a resource that no construct created, such as Network.VPC of an existing network; pass what is known of it, as Network.VPCID", name))
	}
	return "${" + r.Address + "." + name + "}"
}

// Any forgets the type.
func (r Resource[E]) Any() AnyResource { return AnyResource{r.Address, r.Element} }

// DependsOn is the argument of a resource that comes after others although no
// attribute of theirs is in it.
func DependsOn(resources ...AnyResource) *[]cdktf.ITerraformDependable {
	return group{construct: "DependsOn"}.dependsOn("resources", resources)
}

func (g group) dependsOn(prop string, resources []AnyResource) *[]cdktf.ITerraformDependable {
	var all []cdktf.ITerraformDependable
	for i, r := range resources {
		if r.Element == nil {
			g.refuse("%s[%d] is empty; pass what a construct returned", prop, i)
		}
		all = append(all, r.Element)
	}
	return &all
}

// group creates the resources of one construct.
type group struct {
	construct, id string
	part          string // of the construct that an error names instead; "": none
	stack         cdktf.TerraformStack
	names         Names
	registry      *registry
}

// tfName is what begins a Terraform name, or is one.
const tfName = "letters, digits, _ or -, beginning with a letter or _"

func newGroup(scope constructs.Construct, construct, id string) group {
	g := group{construct: construct, id: id}
	if scope == nil {
		g.refuse("scope is missing; pass the stack")
	}
	switch s := scope.(type) {
	case within:
		g.stack, g.names, g.registry, g.part = s.stack, s.names, s.registry, s.String()
	case renamed:
		g.stack, g.names, g.registry = s.TerraformStack, s.names, s.registry
	default:
		g.stack = cdktf.TerraformStack_Of(scope)
		g.registry = registryOf(g.stack)
	}
	if id != "" && settings.Rules["tfName"].Text(id) != nil {
		g.refuse("the id begins Terraform names; pass %s", tfName)
	}
	return g
}

// within is the scope of what a construct creates by other ones, which the app
// never called: errors name the first.
type within struct {
	constructs.Construct
	group
}

// add creates a resource by its generated constructor.
func add[C any, E cdktf.TerraformElement](g group, address string, create func(constructs.Construct, *string, *C) E, config *C) Resource[E] {
	kind, name, _ := strings.Cut(address, ".")
	address = kind + "." + g.prefixed(name)
	g.registry.given[address] = true
	if renamed, ok := g.names[address]; ok {
		address = kind + "." + renamed
	}
	return put(g, address, create, config)
}

// data creates a data source as add creates a resource.
func data[C any, E cdktf.TerraformElement](g group, address string, create func(constructs.Construct, *string, *C) E, config *C) Resource[E] {
	kind, name, _ := strings.Cut(address, ".")
	return put(g, "data."+kind+"."+g.prefixed(name), create, config)
}

// once creates a data source that several constructs of a stack read.
func once[C any, E cdktf.TerraformElement](g group, address string, create func(constructs.Construct, *string, *C) E, config *C) Resource[E] {
	address = "data." + address
	if made := g.registry.made[address]; made != nil {
		return Resource[E]{address, made.element.(E)}
	}
	r := put(g, address, create, config)
	g.registry.made[address].shared = true
	return r
}

// put creates an element. Its construct id is its address: unique among all types,
// while Terraform's names are per type.
func put[C any, E cdktf.TerraformElement](g group, address string, create func(constructs.Construct, *string, *C) E, config *C) Resource[E] {
	made := g.claim(address)
	e := create(g.stack, &address, config)
	e.OverrideLogicalId(jsii.String(lastOf(address)))
	made.element = e
	return Resource[E]{address, e}
}

// local creates a local value and returns its expression without "${}". Objects
// and lists stay native JSON in the synthesized file, where a reviewer can
// read them line by line; jsonencode(local.x) then makes the string.
func (g group) local(name string, value any) string {
	name = g.prefixed(name)
	id := "local." + name
	made, l := g.claim(id), cdktf.NewTerraformLocal(g.stack, &id, value)
	l.OverrideLogicalId(&name)
	made.element = l
	return id
}

// NewJSON creates a local of a document and returns the expression of its JSON.
// Its name must be none of the stack's other locals, those of constructs too.
func NewJSON(scope constructs.Construct, name string, document any) *string {
	g := newGroup(scope, "NewJSON", name)
	if document == nil {
		g.refuse("document is missing; pass a map or a list")
	}
	g.id, g.part = "", g.String()
	return g.json(name, document)
}

// json creates a local of a document and returns the expression of its JSON.
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
