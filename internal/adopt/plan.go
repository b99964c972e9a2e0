package adopt

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/planjson"

	tfjson "github.com/hashicorp/terraform-json"
)

// Learn takes a plan of what was written so far, on a copy of the state, and
// settles what it would change. It is false where nothing is left to settle:
// Changes then says what the plan still has.
func (a *Adoption) Learn(plan *tfjson.Plan) bool {
	learned := false
	diffs := map[string]map[string]bool{} // this app's resource → arguments that the plan changes
	for _, rc := range plan.ResourceChanges {
		if rc.Mode != tfjson.ManagedResourceMode || rc.Change == nil || rc.Change.Actions.NoOp() || rc.Change.Actions.Read() {
			continue
		}
		address := a.original(whole(rc.Address))
		ours := a.config[address] != nil
		switch actions := rc.Change.Actions; {
		case ours && actions.Create():
			learned = a.unmake(address) || learned
		case actions.Delete():
			learned = a.keep(rc.Address) || learned
		case ours:
			for _, argument := range changed(rc.Change) {
				if diffs[address] == nil {
					diffs[address] = map[string]bool{}
				}
				diffs[address][argument] = true
			}
		case actions.Update() || actions.Replace():
			if r := a.at(rc.Address); r != nil {
				for _, argument := range changed(rc.Change) {
					learned = a.adjust(r, argument) || learned
				}
			}
		}
	}
	for _, address := range slices.Sorted(maps.Keys(diffs)) {
		for _, argument := range slices.Sorted(maps.Keys(diffs[address])) {
			learned = a.settle(plan, address, argument) || learned
		}
	}
	for name, change := range plan.OutputChanges {
		if a.outputs[name] && !change.Actions.NoOp() {
			delete(a.outputs, name)
			learned = true
		}
	}
	return learned
}

// changed are the top-level arguments by which a plan changes a resource, without
// what is only known after it. Of a replacement those that force it: what else
// differs is what a new resource would have.
func changed(c *tfjson.Change) []string {
	if c.Actions.Replace() {
		var forced []string
		for _, path := range c.ReplacePaths {
			if steps, ok := path.([]any); ok && len(steps) > 0 && !slices.Contains(forced, textOf(steps[0])) {
				forced = append(forced, textOf(steps[0]))
			}
		}
		if forced != nil {
			return forced
		}
	}
	before, _ := c.Before.(map[string]any)
	after, _ := c.After.(map[string]any)
	unknown, _ := c.AfterUnknown.(map[string]any)
	var all []string
	for _, name := range sortedKeys(union(before, after)) {
		if name == "tags_all" && !reflect.DeepEqual(before["tags"], after["tags"]) {
			continue
		}
		if planjson.Unknown(unknown[name]) || reflect.DeepEqual(before[name], after[name]) || zero(before[name]) && zero(after[name]) {
			continue
		}
		all = append(all, name)
	}
	return all
}

func union(all ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// at is the resource that has an address after the adoption.
func (a *Adoption) at(address string) *Resource {
	for r, at := range a.final {
		if at == address || r.Address == address && at == "" {
			return r
		}
	}
	return nil
}

// unmake keeps a resource of this app's from being made that the deployment does
// not have.
func (a *Adoption) unmake(address string) bool {
	for _, at := range a.final {
		if a.original(whole(at)) == address {
			return false // some of its instances exist
		}
	}
	if o := a.overriding(address); !o.unmade {
		o.unmade = true
		if address == "aws_cloudwatch_log_group.prefect" {
			a.withoutLogGroup()
		}
		a.withoutReferences(address)
		return true
	}
	return false
}

// keep keeps what a plan would destroy.
func (a *Adoption) keep(address string) bool {
	r := a.at(address)
	if r == nil || a.stages[r.Address+" kept"] > 0 {
		return false
	}
	a.stages[r.Address+" kept"] = 1
	a.matches = slices.DeleteFunc(a.matches, func(m match) bool { return m.Resource == r })
	return true
}

// adjust writes an argument of a resource of the deployment's own in another way.
func (a *Adoption) adjust(r *Resource, argument string) bool {
	key := r.Address + " " + argument
	if a.stages[key] >= lost {
		return false
	}
	if a.stages[key] == dropped {
		a.stages[key] = ignored
		return true
	}
	a.stages[key]++
	return true
}

// settle overrides an argument of one of this app's resources by what the state
// has; where that does not help, Terraform ignores it.
func (a *Adoption) settle(plan *tfjson.Plan, address, argument string) bool {
	key := address + " " + argument
	stage := a.stages[key]
	if stage >= lost {
		return false
	}
	o, here := a.overriding(address), a.address(address)
	if r := a.at(here); plan == nil && (stage > 0 || r == nil || a.block(r) == nil || a.block(r).Attributes[argument] == nil && a.block(r).NestedBlocks[argument] == nil) {
		return false
	}
	a.stages[key] = stage + 1
	if stage == 1 {
		a.stages[key] = ignored + 1
		delete(o.arguments, argument)
		delete(o.blocks, argument)
		o.ignore = append(o.ignore, argument)
		return true
	}
	var keys []string
	values := map[string]any{}
	var r *Resource
	for candidate, at := range a.final {
		if whole(at) == here {
			k := strings.TrimPrefix(at, here)
			keys, values[k], r = append(keys, k), candidate.Values[argument], candidate
		}
	}
	if r == nil {
		return false
	}
	slices.SortFunc(keys, func(x, y string) int { return len(x)*1000 - len(y)*1000 + strings.Compare(x, y) })
	// What the plan has read is newer than the state that was given.
	for _, rc := range changesOf(plan) {
		if before, ok := rc.Change.Before.(map[string]any); ok && whole(rc.Address) == here {
			values[strings.TrimPrefix(rc.Address, here)] = before[argument]
		}
	}
	schema := a.block(r)
	if schema == nil {
		return false
	}
	refs := a.refs()
	if nested := schema.NestedBlocks[argument]; nested != nil {
		return a.settleBlocks(o, here, argument, nested, values, keys, refs)
	}
	if argument == "container_definitions" && a.unmade("aws_cloudwatch_log_group.prefect") {
		a.withoutLogGroup()
		return stage == 0
	}
	if argument == "container_definitions" {
		if text, ok := a.containers(plan, here, values[""], refs); ok {
			o.arguments[argument] = text
			return true
		}
	}
	if attribute := schema.Attributes[argument]; attribute == nil || attribute.Computed && !attribute.Optional {
		return false
	} else if attribute.Sensitive {
		o.ignore = append(o.ignore, argument)
		a.stages[key] = lost
		return true
	}
	if (argument == "route" || argument == "ingress" || argument == "egress") && a.separate(r) {
		o.arguments[argument] = "null"
		return true
	}
	texts := map[string]string{}
	for _, k := range keys {
		texts[k] = a.value(here, argument, schema.Attributes[argument], values[k], refs)
	}
	o.arguments[argument] = texts[keys[0]]
	if slices.ContainsFunc(keys, func(k string) bool { return texts[k] != texts[keys[0]] }) {
		var all []string
		for _, k := range keys {
			all = append(all, texts[k])
		}
		o.arguments[argument] = "[" + strings.Join(all, ", ") + "][count.index]"
	}
	return true
}

func changesOf(plan *tfjson.Plan) []*tfjson.ResourceChange {
	if plan == nil {
		return nil
	}
	return plan.ResourceChanges
}

// value writes the value that the state has of an argument of this app's.
func (a *Adoption) value(address, argument string, attribute *tfjson.SchemaAttribute, v any, refs *references) string {
	if argument == "task_definition" { // family:revision, which a change of the definition raises
		for _, r := range a.all {
			if at := a.final[r]; at != "" && r.Type == "aws_ecs_task_definition" && v == r.text("family")+":"+r.text("revision") {
				return fmt.Sprintf(`"${%s.family}:${%[1]s.revision}"`, at)
			}
		}
	}
	if zero(v) && (v == "" || v == nil) {
		return "null"
	}
	return a.written(address, argument, withoutEmpty(v), refs, false)
}

// withoutEmpty leaves the "" of a block that is written as an attribute to null.
func withoutEmpty(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	var all []any
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			inner := map[string]any{}
			for k, x := range m {
				if x == "" {
					x = nil
				}
				inner[k] = x
			}
			e = inner
		}
		all = append(all, e)
	}
	return all
}

// settleBlocks overrides all blocks of a type.
func (a *Adoption) settleBlocks(o *override, address, kind string, nested *tfjson.SchemaBlockType, values map[string]any, keys []string, refs *references) bool {
	write := func(v any) string {
		return blocks(kind, nested, v, "", func(path string, attribute *tfjson.SchemaAttribute, v any) (string, bool) {
			argument := path[strings.LastIndexByte(path, '.')+1:]
			if !attribute.Required && (!attribute.Optional || zero(v)) {
				return "", false
			}
			return a.written(address, argument, v, refs, false), true
		})
	}
	text := write(values[keys[0]])
	for _, k := range keys {
		if write(values[k]) != text {
			o.ignore = append(o.ignore, kind)
			a.stages[a.original(address)+" "+kind] = lost
			return true
		}
	}
	if text == "" { // an override without blocks of the type would leave this app's
		text = fmt.Sprintf("\ndynamic %s {\nfor_each = []\ncontent {}\n}\n", quoted(kind))
	}
	o.blocks[kind] = text
	return true
}

// containers overrides what the settings do not say of a task's containers, key by
// key, so that the settings stay in force for all others.
func (a *Adoption) containers(plan *tfjson.Plan, address string, state any, refs *references) (string, bool) {
	var before, after []map[string]any
	for _, rc := range changesOf(plan) {
		if rc.Address != address {
			continue
		}
		b, _ := rc.Change.Before.(map[string]any)
		c, _ := rc.Change.After.(map[string]any)
		if json.Unmarshal([]byte(textOf(b["container_definitions"])), &before) != nil || json.Unmarshal([]byte(textOf(c["container_definitions"])), &after) != nil {
			return "", false
		}
	}
	if len(before) == 0 || len(after) == 0 {
		return "", false
	}
	local := a.containersLocal(address)
	if local == "" {
		return "", false
	}
	var all []string
	for _, old := range before {
		i := slices.IndexFunc(after, func(c map[string]any) bool { return c["name"] == old["name"] })
		if i < 0 {
			all = append(all, a.container(address, old, nil, refs))
			continue
		}
		patch := map[string]any{}
		for key := range union(old, after[i]) {
			if reflect.DeepEqual(old[key], after[i][key]) || zero(old[key]) && zero(after[i][key]) || sameSet(key, old[key], after[i][key]) {
				continue
			}
			patch[key] = old[key]
		}
		base := fmt.Sprintf("local.%s[%d]", local, i)
		if len(patch) == 0 {
			all = append(all, base)
			continue
		}
		all = append(all, "merge("+base+", "+a.container(address, patch, old, refs)+")")
	}
	return "jsonencode([\n" + strings.Join(all, ",\n") + ",\n])", true
}

// withoutReferences overrides the arguments that refer to a resource that is not made:
// Terraform would want to know which instance of it.
func (a *Adoption) withoutReferences(unmade string) {
	for _, address := range sortedKeys(a.config) {
		for _, argument := range sortedKeys(a.config[address]) {
			if slices.Contains([]string{"depends_on", "count", "lifecycle"}, argument) || address == unmade ||
				!slices.Contains(refersIn(a.config[address][argument], nil, map[string]bool{}), a.address(unmade)) {
				continue
			}
			if a.at(a.address(address)) == nil && a.at(a.address(address)+"[0]") == nil {
				a.overriding(address).arguments[argument] = `""` // it is not made either
			} else {
				a.settle(nil, address, argument)
			}
		}
	}
}

// withoutLogGroup says the workers' containers as they are: this app's own refer to
// its log group.
func (a *Adoption) withoutLogGroup() {
	refs := a.refs()
	for _, w := range a.workers {
		address := a.final[w.task]
		local := a.containersLocal(address)
		if local == "" {
			continue
		}
		var all []string
		for _, c := range w.containers {
			all = append(all, a.container(address, c, nil, refs))
		}
		a.locals[local] = "[\n" + strings.Join(all, ",\n") + ",\n]"
		delete(a.overriding(a.original(address)).arguments, "container_definitions")
	}
}

// sameSet compares lists whose order says nothing.
func sameSet(key string, a, b any) bool {
	if key != "environment" && key != "secrets" {
		return false
	}
	flat := func(v any) []string {
		var all []string
		for _, e := range objects(v) {
			all = append(all, textOf(e["name"])+"="+textOf(e["value"])+textOf(e["valueFrom"]))
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(flat(a), flat(b))
}

// container writes keys of a container's definition. What looks like a credential
// becomes a variable.
func (a *Adoption) container(address string, c, whole map[string]any, refs *references) string {
	c = maps.Clone(c)
	if list, ok := c["environment"].([]any); ok {
		var all []any
		for _, e := range objects(list) {
			e = maps.Clone(e)
			if name, v := textOf(e["name"]), textOf(e["value"]); isCredential(name, v) {
				a.credential(name, v)
				e["value"] = code("var." + variableOf(name))
			}
			all = append(all, e)
		}
		c["environment"] = all
	}
	return expression(c, func(text string) (string, bool) { return refs.text(address, "awslogs-group", text) })
}

func variableOf(name string) string { return "adopted_" + strings.ToLower(name) }

// containersLocal is the local with the containers of a task definition.
func (a *Adoption) containersLocal(address string) string {
	text := textOf(a.config[a.original(address)]["container_definitions"])
	if m := localName.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}
