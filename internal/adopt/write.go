package adopt

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// The names of the files beside the environment file.
const (
	KeptFile     = "adopted.tf"
	OverrideFile = "adopted_override.tf"
)

// Environment is the file of the stack: its preset, and what differs from it.
func (a *Adoption) Environment() ([]byte, error) {
	var best tree
	preset := ""
	for _, name := range []string{"readme", "design"} {
		base, err := readTree(a.Presets[name])
		if err != nil {
			return nil, err
		}
		if file, fits := a.over(base); preset == "" || fits && file.size() < best.size() {
			best, preset = file, name
		}
	}
	best["preset"] = preset
	var b bytes.Buffer
	fmt.Fprintf(&b, "# yaml-language-server: $schema=../settings/schema.json\n# Adopted from a Terraform state by make adopt.\n")
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	node := encode(best, reflect.TypeFor[settings.Environment](), "", a.comments)
	// The preset comes first, as in every file.
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == "preset" && i > 0 {
			pair := slices.Clone(node.Content[i : i+2])
			node.Content = append(pair, slices.Delete(node.Content, i, i+2)...)
		}
	}
	if err := encoder.Encode(node); err != nil {
		return nil, err
	}
	return b.Bytes(), encoder.Close()
}

// over is what the file says beyond a preset, and whether it can say all.
func (a *Adoption) over(preset tree) (file tree, fits bool) {
	want := a.complete()
	variables, _ := want.get("terraform.variables")
	kept, _ := variables.(map[string]string)
	all := tree{}
	if given, ok := preset.get("terraform.variables"); ok {
		for name, setting := range given.(tree) {
			if kept[name] != setting {
				all[name] = ""
			}
		}
	}
	for name, setting := range kept {
		if given, ok := preset.get("terraform.variables." + name); !ok || given != setting {
			all[name] = setting
		}
	}
	want.set("terraform.variables", all)
	names := tree{}
	for ours, name := range a.rename {
		names[ours] = name
	}
	if given, ok := preset.get("terraform.resourceNames"); ok { // an entry of the preset's is undone by the app's own name
		for ours := range given.(tree) {
			if _, renamed := a.rename[ours]; !renamed {
				_, names[ours], _ = cutString(ours)
			}
		}
	}
	want.set("terraform.resourceNames", names)
	values := map[string]string{"{nameTag}": "nameTag", "{cluster.name}": "cluster.name", "{prefect.workPool}": "prefect.workPool"}
	expand := func(text string) string {
		for brace, path := range values {
			if v, ok := want.get(path); ok {
				text = strings.ReplaceAll(text, brace, textOf(v))
			}
		}
		return strings.ReplaceAll(text, "{stack}", a.Name)
	}
	file = beyond(want, preset, reflect.TypeFor[settings.Environment](), expand)
	a.nullSections(file, want, preset)
	// What a preset's map has and the deployment has not no file can leave out.
	given, _ := preset.get("worker.environment")
	have, _ := want.get("worker.environment")
	base, _ := given.(tree)
	for name := range base {
		if own, _ := have.(map[string]string); own[name] == "" {
			return file, false
		}
	}
	return file, true
}

func cutString(address string) (kind string, name any, ok bool) {
	kind, local, ok := strings.Cut(address, ".")
	return kind, local, ok
}

// nullSections turns off what the preset makes and the deployment has not.
func (a *Adoption) nullSections(file, want, preset tree) {
	for _, section := range []string{"repository", "serviceDiscovery"} {
		if v, ok := want[section]; ok && v == nil && preset[section] != nil {
			file[section] = nil
		} else if ok && v == nil {
			delete(file, section)
		}
	}
}

// complete are the settings with what the adoption itself adds, without what this app refused.
func (a *Adoption) complete() tree {
	want := clone(a.want)
	for path := range a.refused {
		want.remove(path)
	}
	want.set("terraform.backend", a.Backend)
	var outputs []string
	for _, name := range knownOutputs {
		if a.outputs[name] {
			outputs = append(outputs, name)
		}
	}
	want.set("terraform.outputs", outputs)
	least := ""
	var moved, removed []tree
	for _, m := range a.moved {
		if !a.besides(m.to) {
			moved = append(moved, tree{"from": m.from, "to": m.to})
		}
	}
	if moved != nil {
		want.set("terraform.moved", moved)
	}
	for path := range a.comments { // of an earlier round
		if strings.HasPrefix(path, "terraform.removed[") {
			delete(a.comments, path)
		}
	}
	inline := true
	for i, address := range a.removed {
		removed = append(removed, tree{"from": address})
		for _, r := range a.all {
			if why := a.handed[r]; r.Whole() == address && why != "" {
				inline = false
				a.comments[fmt.Sprintf("terraform.removed[%d]", i)] = "not taken over: " + why
			}
		}
	}
	if removed != nil {
		want.set("terraform.removed", removed)
		least = "1.7.0"
		a.comments["terraform.removed"] = "leave the state and stay in AWS: this app's own resources have the same inline"
		if !inline {
			a.comments["terraform.removed"] = "leave the state and stay in AWS: this app's own resources have the same inline, unless a line says otherwise"
		}
	}
	if lock, _ := want.get("terraform.backend.s3.lock"); lock == settings.LockS3 {
		least = "1.11.0"
	}
	if least != "" {
		want.set("terraform.requiredVersion", ">= "+least)
	}
	return want
}

func clone(t tree) tree {
	out := tree{}
	for k, v := range t {
		switch inner := v.(type) {
		case tree:
			v = clone(inner)
		case []tree:
			var all []tree
			for _, e := range inner {
				all = append(all, clone(e))
			}
			if inner != nil && all == nil {
				all = []tree{}
			}
			v = all
		}
		out[k] = v
	}
	return out
}

// besides says whether an address is of a file beside the environment file.
func (a *Adoption) besides(address string) bool {
	for r, at := range a.final {
		if at == address {
			return a.matched(r) == nil || a.config != nil && a.config[a.original(whole(address))] == nil
		}
	}
	return false
}

// Kept are the deployment's own resources and outputs, which this app does not
// make: Terraform that plans nothing. "" where there are none.
func (a *Adoption) Kept() []byte {
	var parts []string
	refs := a.refs()
	variables, aliases := []string{}, map[string]bool{}
	for _, r := range a.all {
		to := a.final[r]
		if to == "" || !a.besides(to) {
			continue
		}
		text, more := a.resource(r, to, refs)
		if text == "" {
			continue
		}
		for _, m := range a.moved {
			if m.to == to {
				text += fmt.Sprintf("\nmoved {\nfrom = %s\nto = %s\n}\n", m.from, m.to)
			}
		}
		parts, variables = append(parts, text), append(variables, more...)
		if alias := r.alias(); alias != "" && !aliases[alias] {
			aliases[alias] = true
			parts = slices.Insert(parts, 0, fmt.Sprintf("provider \"aws\" {\nalias = %s\nregion = %s\n}\n", quoted(alias), quoted(r.region(a.region))))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.state.Outputs)) {
		if text := a.output(name, refs); text != "" && !a.outputs[name] {
			parts = append(parts, text)
		}
	}
	for _, variable := range slices.Sorted(maps.Keys(a.credentials)) {
		variables = append(variables, fmt.Sprintf("# Was in plain text in a container's environment; worker.secrets passes it by reference.\nvariable %s {\ntype = string\nsensitive = true\n}\n", quoted(variable)))
	}
	parts = append(variables, parts...)
	if len(parts) == 0 {
		return nil
	}
	return format("# Adopted by make adopt: what the deployment has that this app does not create.\n# A plan leaves all of it as it is.\n\n" + strings.Join(parts, "\n"))
}

// alias is the alias of the resource's provider, or "".
func (r *Resource) alias() string {
	_, rest, _ := strings.Cut(r.Provider, `"]`)
	return strings.TrimPrefix(rest, ".")
}

// region of a resource.
func (r *Resource) region(fallback string) string {
	for _, candidate := range []string{r.text("region"), arnPart(r.text("arn"), 3), arnPart(r.text("id"), 3)} {
		if candidate != "" {
			return candidate
		}
	}
	return fallback
}

// unmade says whether an override keeps a resource of this app's from being made.
func (a *Adoption) unmade(address string) bool {
	o := a.overrides[a.original(whole(address))]
	return o != nil && o.unmade
}

// refs finds expressions for values, with what refers to what already.
func (a *Adoption) refs() *references {
	addresses := map[*Resource]string{}
	for r, at := range a.final {
		if !a.unmade(at) {
			addresses[r] = at
		}
	}
	refs := a.references(addresses)
	for from, all := range a.edges {
		for _, to := range all {
			refs.add(a.address(from), a.address(to))
		}
	}
	for from, o := range a.overrides {
		for _, text := range o.arguments {
			for _, to := range inTemplate.FindAllString(text, -1) {
				refs.add(a.address(from), to)
			}
		}
	}
	return refs
}

// resource writes a resource of the deployment's own.
func (a *Adoption) resource(r *Resource, to string, refs *references) (text string, variables []string) {
	schema := a.block(r)
	if schema == nil {
		a.handed[r] = "no provider here has a schema of it"
		return "", nil
	}
	_, name, _ := strings.Cut(to, ".")
	ignore := []string{}
	inner := body(schema, r.Values, "", func(path string, attribute *tfjson.SchemaAttribute, v any) (string, bool) {
		argument := path[strings.LastIndexByte(path, '.')+1:]
		top, _, _ := strings.Cut(path, ".")
		stage := a.stages[r.Address+" "+path]
		switch {
		case path == "region" && textOf(v) == a.region, path == "tags_all", path == "id":
			return "", false
		case stage == dropped:
			return "", false
		case (path == "route" || path == "ingress" || path == "egress") && a.separate(r):
			return "", false
		case attribute.WriteOnly || attribute.Computed && !attribute.Optional:
			return "", false
		case (attribute.Sensitive || argument != "name" && isCredential(argument, textOf(v))) && !zero(v):
			variable := strings.ReplaceAll(name+"_"+argument, "-", "_")
			variables = append(variables, fmt.Sprintf("# Not used as long as it is among ignore_changes of %s, whose value stays what it is.\n# Set it before that resource is ever created again.\nvariable %s {\ntype = string\nsensitive = true\ndefault = \"-\"\n}\n", to, quoted(variable)))
			ignore = append(ignore, top)
			return "var." + variable, true
		case stage == 0 && !written(argument, attribute, v):
			return "", false
		case stage >= ignored:
			ignore = append(ignore, top)
		}
		return a.written(to, argument, v, refs, stage >= raw), true
	}, func(kind string) bool { return a.stages[r.Address+" "+kind] == dropped })
	for _, top := range slices.Sorted(maps.Keys(schema.Attributes)) {
		if a.stages[r.Address+" "+top] >= ignored && !slices.Contains(ignore, top) {
			ignore = append(ignore, top)
		}
	}
	for _, top := range slices.Sorted(maps.Keys(schema.NestedBlocks)) {
		if a.stages[r.Address+" "+top] >= ignored && !slices.Contains(ignore, top) {
			ignore = append(ignore, top)
		}
	}
	if alias := r.alias(); alias != "" {
		inner = "provider = aws." + alias + "\n" + inner
	}
	if len(ignore) > 0 {
		inner += "\nlifecycle {\nignore_changes = [" + strings.Join(ignore, ", ") + "]\n}\n"
	}
	return fmt.Sprintf("resource %s %s {\n%s}\n", quoted(r.Type), quoted(name), inner), variables
}

// The stages of settling an argument.
const (
	raw     = 1  // written whatever it is, and texts of JSON as they are
	ignored = 2  // ignore_changes
	lost    = 3  // nothing helped
	dropped = -1 // not written
)

// written writes an argument's value.
func (a *Adoption) written(from, argument string, v any, refs *references, raw bool) string {
	from = whole(from)
	reference := func(text string) (string, bool) { return refs.text(from, argument, text) }
	if text, ok := v.(string); ok && !raw {
		if d, ok := document(text); ok {
			return "jsonencode(" + expression(d, reference) + ")"
		}
	}
	return expression(v, reference)
}

// output writes an output that the state has and this app does not.
func (a *Adoption) output(name string, refs *references) string {
	o := a.state.Outputs[name]
	value, found := a.outputValue(o.Value)
	if !found && o.Sensitive { // its value is in no file
		return ""
	}
	sensitive := ""
	if o.Sensitive {
		sensitive = "sensitive = true\n"
	}
	return fmt.Sprintf("output %s {\nvalue = %s\n%s}\n", quoted(name), value, sensitive)
}

// outputValue is an expression of a value: of the resource that has it, where one has.
func (a *Adoption) outputValue(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		for _, r := range a.all {
			if at := a.final[r]; at != "" && !a.unmade(at) {
				for _, attribute := range append([]string{"arn", "id"}, sortedKeys(r.Values)...) {
					if len(v) > 3 && r.Values[attribute] == v && (attribute == "arn" || attribute == "id" || attribute == "name" || attribute == "url" || attribute == "bucket" || strings.HasSuffix(attribute, "_url") || strings.HasSuffix(attribute, "_ip") || strings.HasSuffix(attribute, "dns_name") || strings.HasSuffix(attribute, "endpoint")) && !refersTo(r, v) {
						return at + "." + attribute, true
					}
				}
			}
		}
		return quoted(v), false
	case []any:
		var all []string
		found := len(v) > 0
		for _, e := range v {
			text, ok := a.outputValue(e)
			all, found = append(all, text), found && ok
		}
		return "[" + strings.Join(all, ", ") + "]", found
	case map[string]any:
		var b strings.Builder
		found := len(v) > 0
		for _, k := range sortedKeys(v) {
			text, ok := a.outputValue(v[k])
			fmt.Fprintf(&b, "%s = %s\n", quoted(k), text)
			found = found && ok
		}
		return "{\n" + b.String() + "}", found
	}
	return expression(v, nil), false
}

// Override are the arguments of this app's resources that no setting expresses.
// nil where there are none.
func (a *Adoption) Override() []byte {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(a.locals)) {
		parts = append(parts, "# There is no log group for this app's own containers to name.\nlocals {\n"+name+" = "+a.locals[name]+"\n}\n")
	}
	if a.zones != nil {
		var zones []any
		for _, z := range a.zones {
			zones = append(zones, z)
		}
		parts = append(parts, "# Nothing says that the region's first zones are these, in this order.\nlocals {\nazs = "+expression(zones, nil)+"\n}\n")
	}
	for _, address := range slices.Sorted(maps.Keys(a.overrides)) {
		o := a.overrides[address]
		kind, name, _ := strings.Cut(a.address(address), ".")
		var b strings.Builder
		if o.unmade {
			b.WriteString("count = 0 # the deployment has none\n")
		}
		for _, argument := range slices.Sorted(maps.Keys(o.arguments)) {
			fmt.Fprintf(&b, "%s = %s\n", argument, o.arguments[argument])
		}
		for _, kind := range slices.Sorted(maps.Keys(o.blocks)) {
			b.WriteString(o.blocks[kind])
		}
		if len(o.ignore) > 0 {
			fmt.Fprintf(&b, "\nlifecycle {\nignore_changes = [%s]\n}\n", strings.Join(o.ignore, ", "))
		}
		if b.Len() > 0 {
			parts = append(parts, fmt.Sprintf("resource %s %s {\n%s}\n", quoted(kind), quoted(name), b.String()))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return format("# Adopted by make adopt: what this app's resources have that no setting expresses.\n# It overrides the settings; remove what the settings should decide.\n\n" + strings.Join(parts, "\n"))
}
