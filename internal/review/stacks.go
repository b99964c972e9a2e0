package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// FromStacks compares two syntheses; nil is no stack. What Terraform would replace is
// by the provider's own rules, and by what refers to what.
func FromStacks(before, after *synthesized.Stack) []ResourceChange {
	old, now := instances(before), instances(after)
	moved, forgotten, imported := map[string]string{}, []string(nil), map[string]string{}
	if after != nil {
		forgotten, imported = after.Forgotten(), after.Imports()
		for _, m := range after.Moves() {
			for address := range old {
				if to, ok := below(address, m.From, m.To); ok && now[to] != nil && now[address] == nil && old[to] == nil {
					moved[to] = address
				}
			}
		}
		// Terraform moves a resource that gets its first instance key, or loses its last, by itself.
		for address := range now {
			for _, from := range []string{base(address), address + "[0]"} {
				if old[address] == nil && moved[address] == "" && from != address && old[from] != nil && now[from] == nil && (from != base(address) || strings.HasSuffix(address, "[0]")) {
					moved[address] = from
				}
			}
		}
	}
	var all []ResourceChange
	for address, i := range now {
		c := ResourceChange{Address: address, Type: i.Type, Protected: i.PreventsDestroy(), after: i.Attributes(), triggers: i.ReplacedWith()}
		from := address
		if moved[address] != "" {
			from, c.Previous = moved[address], moved[address]
		}
		if old[from] == nil {
			c.Action = Create
			if id := imported[address]; id != "" {
				c.Action, c.ImportID = Import, id
			}
			for _, m := range after.Moves() {
				if from, ok := below(address, m.To, m.From); ok { // which is in no file, but may be in the state
					c.Previous = from
				}
			}
			all = append(all, c)
			continue
		}
		c.before, _ = rename(old[from].Attributes(), moved).(map[string]any)
		delete(old, from)
		c.compare(i.Ignores())
		all = append(all, c)
	}
	for address, i := range old {
		c := ResourceChange{Address: address, Type: i.Type, Action: Destroy, Protected: i.PreventsDestroy(), before: i.Attributes()}
		for _, from := range forgotten {
			if _, ok := below(address, from, ""); ok {
				c.Action = Forget
			}
		}
		all = append(all, c)
	}
	all = follow(sortChanges(all))
	return append(all, around(before, after)...)
}

// rename lets values refer to resources by the addresses to which they are moved.
func rename(v any, moved map[string]string) any {
	if len(moved) == 0 {
		return v
	}
	addresses := slices.Sorted(maps.Keys(moved))
	return synthesized.Texts(v, func(text string) any {
		if strings.Contains(text, "aws_") {
			for _, to := range addresses {
				text = strings.ReplaceAll(text, moved[to]+".", to+".")
			}
		}
		return text
	})
}

func instances(s *synthesized.Stack) map[string]*synthesized.Instance {
	all := map[string]*synthesized.Instance{}
	if s == nil {
		return all
	}
	for _, r := range s.Resources() {
		for _, i := range r.Instances() {
			all[i.Address()] = &i
		}
	}
	return all
}

// below says what an address is called when from is called to, or what it lies in.
func below(address, from, to string) (string, bool) {
	rest, ok := strings.CutPrefix(address, from)
	return to + rest, ok && (rest == "" || rest[0] == '[' || rest[0] == '.')
}

// within says whether a path is another one, or lies below it.
func within(path, other string) bool {
	_, ok := below(path, other, "")
	return ok
}

// compare says what happens to a resource that was there before.
func (c *ResourceChange) compare(ignored []string) {
	c.Attributes = difference(c.before, c.after, func(path []any, before, after any) bool { return forcesNew(c.Type, path, before, after) })
	c.Attributes = slices.DeleteFunc(c.Attributes, func(a Attribute) bool {
		return slices.ContainsFunc(ignored, func(i string) bool { return i == "all" || within(a.Path, strings.ReplaceAll(i, "[0]", "")) })
	})
	switch {
	case slices.ContainsFunc(c.Attributes, func(a Attribute) bool { return a.Replaces }):
		c.Action = Replace
	case len(c.Attributes) > 0:
		c.Action = Update
	case c.Previous != "":
		c.Action = Move
	}
}

// follow lets what refers to a resource that is replaced follow it: its ARN or id is
// another one then.
func follow(all []ResourceChange) []ResourceChange {
	for again := true; again; {
		again = false
		var replaced []string
		for _, c := range all {
			if c.Action == Replace {
				replaced = append(replaced, c.Address)
			}
		}
		if len(replaced) == 0 {
			break
		}
		slices.Sort(replaced)
		for n := range all {
			c := &all[n]
			if c.Action == Create || c.Action == Destroy || c.Action == Forget || c.Action == Import || c.Action == Replace {
				continue
			}
			for _, trigger := range c.triggers {
				for _, address := range replaced {
					if within(trigger, address) || within(trigger, base(address)) {
						c.Attributes = append(c.Attributes, Attribute{Path: "replace_triggered_by", Before: trigger, After: KnownAfterApply, Replaces: true})
						c.Action, again = Replace, true
						break
					}
				}
			}
			if c.Action == Replace {
				continue
			}
			for _, key := range slices.Sorted(maps.Keys(c.after)) {
				if slices.ContainsFunc(c.Attributes, func(a Attribute) bool { return within(a.Path, key) }) {
					continue
				}
				refers := refersTo(c.after[key], replaced)
				if refers == "" || refers == c.Address {
					continue
				}
				a := Attribute{Path: key, Before: refers, After: KnownAfterApply, Replaces: forcesNew(c.Type, []any{key}, refers, KnownAfterApply)}
				c.Attributes = append(c.Attributes, a)
				again = true
				if c.Action = Update; slices.ContainsFunc(c.Attributes, func(a Attribute) bool { return a.Replaces }) {
					c.Action = Replace
				}
			}
		}
	}
	return all
}

// refersTo is the first attribute of a replaced resource in a value, "" for none. What
// the stack itself gives, such as a name, is no reference but a value.
func refersTo(v any, replaced []string) string {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if found := refersTo(v[key], replaced); found != "" {
				return found
			}
		}
	case []any:
		for _, e := range v {
			if found := refersTo(e, replaced); found != "" {
				return found
			}
		}
	case string:
		if !strings.Contains(v, "aws_") {
			return ""
		}
		for _, address := range replaced {
			if at := strings.Index(v, address+"."); at >= 0 {
				end := at + len(address) + 1
				for end < len(v) && (v[end] == '_' || v[end] >= 'a' && v[end] <= 'z') {
					end++
				}
				return v[at:end]
			}
		}
	}
	return ""
}

// around is what changes beside the resources: modules, variables, outputs, and what the stack
// asks of Terraform.
func around(before, after *synthesized.Stack) []ResourceChange {
	if before == nil || after == nil {
		return nil // A new stack's are no news.
	}
	var all []ResourceChange
	compare := func(prefix string, old, now map[string]any) {
		for _, name := range slices.Sorted(maps.Keys(union(old, now))) {
			was, before := old[name]
			is, after := now[name]
			c := ResourceChange{Address: prefix + name, before: map[string]any{"value": was}, after: map[string]any{"value": is}}
			c.Attributes = difference(c.before, c.after, nil)
			if prefix == "terraform." {
				for n := range c.Attributes {
					c.Attributes[n].Path = strings.TrimPrefix(c.Attributes[n].Path, "value.")
				}
			}
			switch {
			case before && after && len(c.Attributes) > 0:
				c.Action = Update
			case !before:
				c.Action = Create
			case !after:
				c.Action = Destroy
			}
			if c.Action != "" {
				all = append(all, c)
			}
		}
	}
	compare("module.", before.Modules(), after.Modules())
	compare("variable.", before.Variables(), after.Variables())
	compare("output.", before.Outputs(), after.Outputs())
	compare("terraform.", before.Settings(), after.Settings())
	return all
}

// String is for tests and errors.
func (c ResourceChange) String() string { return fmt.Sprint(c.Address, " ", c.Action) }
