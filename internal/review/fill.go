package review

import (
	"maps"
	"regexp"
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// reference is a resource's attribute in a value of a synthesis.
var reference = regexp.MustCompile(`\b(aws_\w+\.[\w-]+(?:\[[^\]]+\])?)\.([a-z_]+)\b`)

// accountIn is the account in an ARN.
var accountIn = regexp.MustCompile(`^arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):`)

// fill takes documents that a plan does not know, since a part of them is known only
// after the apply, from the synthesis: all other parts are known there. Likewise what a
// value refers to.
func fill(changes []ResourceChange, after *synthesized.Stack) []ResourceChange {
	f := filler{known: map[string]map[string]any{}}
	for _, c := range changes {
		if f.known[c.Address] = c.after; f.account == "" {
			if m := accountIn.FindStringSubmatch(textOf(c.before["arn"])); m != nil {
				f.account = m[1]
			}
		}
	}
	made := instances(after)
	filled := slices.Clone(changes)
	for n := range filled {
		c := &filled[n]
		i := made[c.Address]
		if i == nil || c.after == nil {
			continue
		}
		var attributes map[string]any
		for _, key := range slices.Sorted(maps.Keys(c.after)) {
			_, unknown := c.after[key].(synthesized.Unknown)
			if !unknown && !container(c.after[key]) {
				continue
			}
			if attributes == nil {
				attributes, c.after = i.Attributes(), maps.Clone(c.after)
			}
			if c.after[key] = refer(c.after[key], attributes[key]); !unknown {
				continue
			}
			value := f.value(document(attributes[key]))
			if !container(value) {
				continue
			}
			c.after[key] = value
			at := slices.IndexFunc(c.Attributes, func(a Attribute) bool { return a.Path == key })
			if at < 0 {
				continue
			}
			replaces := c.Attributes[at].Replaces
			parts := difference(map[string]any{key: c.before[key]}, map[string]any{key: value}, func([]any, any, any) bool { return replaces })
			c.Attributes = slices.Concat(c.Attributes[:at], parts, c.Attributes[at+1:])
		}
	}
	return filled
}

// refer lets what a plan does not know yet refer to whose attribute it is in the
// synthesis, at any depth.
func refer(v, made any) any {
	switch v := v.(type) {
	case synthesized.Unknown:
		if text, ok := made.(string); ok && reference.FindString(text) == text {
			v.Refers = text
		}
		return v
	case map[string]any:
		all := map[string]any{}
		for key, value := range v {
			all[key] = refer(value, at(made, key))
		}
		return all
	case []any:
		from := listOf(made)
		all := slices.Clone(v)
		for n := range all {
			same := func(made any) bool {
				return len(v) == 1 && len(from) == 1 || label(made) != "" && label(made) == label(v[n])
			}
			if at := slices.IndexFunc(from, same); at >= 0 {
				all[n] = refer(v[n], from[at])
			}
		}
		return all
	}
	return v
}

type filler struct {
	known   map[string]map[string]any // attributes after, by address
	account string
}

// value puts what the plan knows in place of references to it.
func (f filler) value(v any) any {
	return synthesized.Texts(v, func(text string) any {
		if f.account != "" {
			text = account.ReplaceAllString(text, f.account)
		}
		return reference.ReplaceAllStringFunc(text, func(in string) string {
			m := reference.FindStringSubmatch(in)
			if known, ok := f.known[m[1]][m[2]].(string); ok && known != "" {
				return known
			}
			return in
		})
	})
}
