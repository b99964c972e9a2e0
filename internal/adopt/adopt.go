// Package adopt writes the environment file of a deployment that somebody made
// with Terraform of their own, from its state. It is plain Go: who calls it
// synthesizes what it writes, plans it on a copy of the state, and tells it what
// the plan would change, until nothing is left that it could settle.
//
// What a resource is to this app is found by what refers to it, never by its name.
// Settings are the inverse of the constructs; what no setting expresses becomes
// Terraform beside the file: resources of the deployment's own in adopted.tf,
// arguments of this app's resources in adopted_override.tf. Nothing is ever made
// or destroyed by it.
package adopt

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Adoption is a deployment on its way into an environment file.
type Adoption struct {
	*deployment
	Options

	config  map[string]map[string]any // this app's resources as synthesized, by address without a key, before resourceNames
	edges   map[string][]string       // what each of them refers to
	rename  map[string]string         // this app's address → the name that the state has
	final   map[*Resource]string      // where each resource of the state is after the adoption; "": nowhere
	moved   []move
	removed []string

	overrides   map[string]*override
	stages      map[string]int       // how often an argument was settled already
	handed      map[*Resource]string // what is handed over, and why
	refused     map[string]string    // settings that this app refused, and why
	outputs     map[string]bool      // of this app's that the state has with the same value
	locals      map[string]string    // of this app, where what they refer to is not made
	credentials map[string]string    // variables with values that are in plain text in the state: never written
}

// Options say how a deployment is adopted.
type Options struct {
	Name    string // of the stack and its file
	Backend any    // tree of terraform.backend

	Presets map[string][]byte // the presets' files
	Schemas *tfjson.ProviderSchemas
	Tags    map[string]string // the provider's default tags; nil: as the state says
	Removed bool              // whether blocks removed may be written, which need Terraform 1.7
}

type move struct{ from, to string }

// override are arguments of one of this app's resources that no setting expresses.
type override struct {
	arguments map[string]string // argument → expression
	blocks    map[string]string // type → the blocks
	ignore    []string          // ignore_changes
	unmade    bool              // count = 0: there is no counterpart
}

// New recognizes the deployment in a state.
func New(s *State, o Options) (*Adoption, error) {
	d, err := recognize(s, o.Tags)
	if err != nil {
		return nil, err
	}
	a := &Adoption{deployment: d, Options: o, overrides: map[string]*override{}, stages: map[string]int{}, handed: map[*Resource]string{},
		refused: map[string]string{}, outputs: map[string]bool{}, locals: map[string]string{}}
	if a.Name == "" {
		a.Name = d.defaultName()
	}
	for name := range s.Outputs {
		if slices.Contains(knownOutputs, name) {
			a.outputs[name] = true
		}
	}
	for _, w := range a.workers { // who scales it has the number of its tasks
		if a.find("aws_appautoscaling_target", func(t *Resource) bool {
			return strings.HasSuffix(t.text("resource_id"), "/"+w.text("name")) && t.text("scalable_dimension") == "ecs:service:DesiredCount"
		}) != nil {
			o := a.overriding(a.matched(w.Resource).address)
			o.ignore = append(o.ignore, "desired_count")
		}
	}
	a.arrange()
	return a, nil
}

// knownOutputs are the documents' own.
var knownOutputs = []string{"ecs_cluster_arn", "ecs_service_name", "prefect_secret_arn", "secret_arn_local", "repository_url"}

// defaultName is a stack's name made of the cluster's.
func (d *deployment) defaultName() string {
	name, _ := d.want.get("cluster.name")
	id := strings.Trim(notInName.ReplaceAllString(textOf(name), "-"), "-_")
	if settings.Rules["stackName"].Text(id) != nil {
		return "adopted"
	}
	return id
}

// Region is that of the deployment.
func (a *Adoption) Region() string { return a.region }

// DefaultTags are those of the provider.
func (a *Adoption) DefaultTags() map[string]string { return a.tags }

// Key is the value of the secret, by which a plan leaves it as it is; "" where
// Terraform does not have it.
func (a *Adoption) Key() string { return a.key() }

// overriding is the override of a resource, created if there is none yet.
func (a *Adoption) overriding(address string) *override {
	if a.overrides[address] == nil {
		a.overrides[address] = &override{arguments: map[string]string{}, blocks: map[string]string{}}
	}
	return a.overrides[address]
}

// address is where this app has a resource, after resourceNames.
func (a *Adoption) address(ours string) string {
	if name := a.rename[ours]; name != "" {
		kind, _, _ := strings.Cut(ours, ".")
		return kind + "." + name
	}
	return ours
}

// arrange decides where each resource of the state goes: to one of this app's, to
// a file beside it, or out of the state.
func (a *Adoption) arrange() {
	a.rename, a.final, a.moved, a.removed = map[string]string{}, map[*Resource]string{}, nil, nil
	root := map[string]bool{} // addresses that the state has in its root module
	for _, r := range a.all {
		if r.Module == "" {
			root[r.Type+"."+r.Name] = true
		}
	}
	taken := map[string]bool{}
	by := map[string][]*match{}
	for i := range a.matches {
		m := &a.matches[i]
		if a.config == nil || a.config[m.address] != nil {
			by[m.address] = append(by[m.address], m)
		}
	}
	free := func(kind, name string) string {
		for taken[kind+"."+name] || root[kind+"."+name] {
			name += "_adopted"
		}
		return name
	}
	for _, ours := range slices.Sorted(maps.Keys(by)) {
		all := by[ours]
		kind, name, _ := strings.Cut(ours, ".")
		theirs, own := all[0].Name, slices.Contains(settings.Addresses, ours)
		same := len(all) == all[0].siblings && all[0].Module == "" && !slices.ContainsFunc(all, func(m *match) bool { return m.Name != theirs || m.Module != "" })
		switch {
		case same && theirs == name:
		case same && own && !taken[kind+"."+theirs] && settings.Rules["tfName"].Text(theirs) == nil && a.mayRename(kind, theirs, by):
			name = theirs
		case own && root[kind+"."+name]:
			name = free(kind, name)
		}
		// A move to where another one is would be taken for a chain of moves.
		if own && slices.ContainsFunc(all, func(m *match) bool {
			return slices.ContainsFunc(all, func(n *match) bool { return m != n && kind+"."+name+m.key == n.Address })
		}) {
			name = free(kind, name)
		}
		if kind+"."+name != ours {
			a.rename[ours] = name
		}
		taken[kind+"."+name] = true
		for _, m := range all {
			a.final[m.Resource] = kind + "." + name + m.key
		}
	}
	// This app's own without a counterpart must not stand where another one is.
	for ours := range a.config {
		kind, name, _ := strings.Cut(ours, ".")
		if by[ours] == nil && root[ours] && slices.Contains(settings.Addresses, ours) {
			a.rename[ours] = free(kind, name)
		}
	}
	for ours := range a.config {
		taken[a.address(ours)] = true
	}
	removable := a.removable()
	for _, r := range a.all {
		switch _, ours := a.final[r]; {
		case ours:
			a.move(r)
		case removable[r.Whole()] || a.handed[r] != "":
			if !slices.Contains(a.removed, r.Whole()) {
				a.removed = append(a.removed, r.Whole())
			}
		default:
			name := r.Name
			if r.Module != "" || r.Key != "" || taken[r.Type+"."+name] {
				name = a.beside(r)
				for i := 2; taken[r.Type+"."+name] || root[r.Type+"."+name]; i++ {
					name = fmt.Sprintf("%s_%d", a.beside(r), i)
				}
			}
			taken[r.Type+"."+name] = true
			a.final[r] = r.Type + "." + name
			a.move(r)
		}
	}
}

// mayRename says whether the name is free of those that this app gives, too.
func (a *Adoption) mayRename(kind, name string, by map[string][]*match) bool {
	for _, ours := range settings.Addresses {
		if ours == kind+"."+name && (by[ours] != nil || a.config == nil || a.config[ours] != nil) {
			// Both would have it, unless that one is renamed too.
			return false
		}
	}
	return true
}

// beside is a name for a resource that had a key or a module.
func (a *Adoption) beside(r *Resource) string {
	name := r.Name
	if module := withoutKeys(r.Module); module != "" {
		last := module[strings.LastIndexByte(module, '.')+1:]
		name = last + "_" + name
	}
	if key := strings.Trim(r.Key, `[]"`); key != "" {
		key = key[strings.LastIndexAny(key, "/:")+1:]
		name += "_" + strings.Trim(notInName.ReplaceAllString(key, "_"), "_-")
	}
	return name
}

// original is this app's address before resourceNames.
func (a *Adoption) original(address string) string {
	kind, name, _ := strings.Cut(address, ".")
	for ours, renamed := range a.rename {
		if renamed == name && strings.HasPrefix(ours, kind+".") {
			return ours
		}
	}
	return address
}

// move says that a resource has another address now. Between one with count and
// one without Terraform moves by itself.
func (a *Adoption) move(r *Resource) {
	to := a.final[r]
	if to == r.Address {
		return
	}
	if r.Module == "" && whole(to) == r.Type+"."+r.Name && (r.Key == "" && strings.HasSuffix(to, "[0]") || r.Key == "[0]" && !strings.HasSuffix(to, "]")) {
		return
	}
	a.moved = append(a.moved, move{r.Address, to})
}

// parents are what a resource of a type gives something that this app's own
// resource says inline.
var parents = map[string]struct{ kind, attribute string }{
	"aws_route":                           {"aws_route_table", "route_table_id"},
	"aws_security_group_rule":             {"aws_security_group", "security_group_id"},
	"aws_vpc_security_group_ingress_rule": {"aws_security_group", "security_group_id"},
	"aws_vpc_security_group_egress_rule":  {"aws_security_group", "security_group_id"},
}

// removable are resources, by their whole addresses, all of whose instances this
// app's own say inline.
func (a *Adoption) removable() map[string]bool {
	can := map[string]bool{}
	for _, r := range a.all {
		p, ok := parents[r.Type]
		parent := a.by(p.kind, "id", r.text(p.attribute))
		inline := ok && a.Removed && parent != nil && a.matched(parent) != nil && a.final[parent] != ""
		if was, seen := can[r.Whole()]; !seen || was {
			can[r.Whole()] = inline
		}
	}
	return can
}

// separate says whether the state gives a parent its parts by separate resources,
// which stay: its own argument must then say nothing.
func (a *Adoption) separate(parent *Resource) bool {
	for _, r := range a.all {
		if p, ok := parents[r.Type]; ok && p.kind == parent.Type && r.text(p.attribute) == parent.text("id") && a.final[r] != "" {
			return true
		}
	}
	return false
}

// Synthesized takes what this app made of the file.
func (a *Adoption) Synthesized(data []byte) error {
	var stack struct {
		Resource map[string]map[string]map[string]any `json:"resource"`
		Locals   map[string]any                       `json:"locals"`
	}
	if err := json.Unmarshal(data, &stack); err != nil {
		return err
	}
	a.config, a.edges = map[string]map[string]any{}, map[string][]string{}
	for kind, all := range stack.Resource {
		for name, block := range all {
			delete(block, "//")
			a.config[a.original(kind+"."+name)] = block
		}
	}
	for address, block := range a.config {
		for _, to := range refersIn(block, stack.Locals, map[string]bool{}) {
			a.edges[address] = append(a.edges[address], a.original(to))
		}
	}
	a.arrange()
	return nil
}

var (
	inTemplate = regexp.MustCompile(`\baws_[a-z0-9_]+\.[A-Za-z_][A-Za-z0-9_-]*`)
	localName  = regexp.MustCompile(`\blocal\.([A-Za-z_][A-Za-z0-9_-]*)`)
)

// refersIn are the resources that a value of a configuration refers to.
func refersIn(v any, locals map[string]any, seen map[string]bool) []string {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	all := inTemplate.FindAllString(string(text), -1)
	for _, m := range localName.FindAllStringSubmatch(string(text), -1) {
		if name := m[1]; !seen[name] {
			seen[name] = true
			all = append(all, refersIn(locals[name], locals, seen)...)
		}
	}
	return all
}

// block is the schema of a resource's type, or nil.
func (a *Adoption) block(r *Resource) *tfjson.SchemaBlock {
	if a.Schemas == nil {
		return nil
	}
	source := strings.TrimPrefix(r.Provider, `provider["`)
	source, _, _ = strings.Cut(source, `"`)
	for name, p := range a.Schemas.Schemas {
		// A state of OpenTofu names its own registry.
		if s := p.ResourceSchemas[r.Type]; s != nil && (name == source || strings.HasSuffix(name, source[strings.IndexByte(source, '/')+1:])) {
			return s.Block
		}
	}
	return nil
}

// credential notes a variable for a value that is in plain text in a container.
func (a *Adoption) credential(name, value string) {
	if a.credentials == nil {
		a.credentials = map[string]string{}
	}
	a.credentials[variableOf(name)] = value
}
