package review

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
)

// ResourceChange is what happens to one resource, or that nothing does: what is open
// or allowed is read from all of them.
type ResourceChange struct {
	Address    string // With the instance key.
	Type       string // "" for an output or a setting of the stack itself.
	Action     Action // "" for none.
	Previous   string // The address it is moved from.
	ImportID   string
	Attributes []Attribute // What changes, of an update or a replacement.
	Drifted    []string    // Paths of attributes that were changed outside Terraform.
	Reason     string      // Why, where it is not an attribute: "its creation had failed before".
	Protected  bool        // Terraform refuses to destroy it.

	before, after map[string]any // nil for none
	triggers      []string       // what it is replaced with
}

// label is the address without type and instance key: how the stack calls it.
func (c ResourceChange) label() string {
	_, name, _ := strings.Cut(base(c.Address), c.Type+".")
	return name
}

// base is an address without instance keys at its end.
func base(address string) string {
	if at := strings.LastIndex(address, "["); at > 0 && strings.HasSuffix(address, "]") {
		return address[:at]
	}
	return address
}

// name is what AWS calls the resource, as far as it is known.
func (c ResourceChange) name() string {
	all := []map[string]any{c.after, c.before}
	if c.Action == Replace {
		slices.Reverse(all) // the one that people know
	}
	for _, of := range all {
		for _, key := range []string{"name", "bucket", "family", "alarm_name", "dashboard_name", "function_name", "rule"} {
			if name, ok := of[key].(string); ok && name != "" && !strings.HasPrefix(name, "aws_") {
				return config.Redacted(name)
			}
		}
	}
	return ""
}

// at is the value at a path of keys, nil for none. A block that is there once is as
// good as a list of it.
func at(in any, path ...string) any {
	for _, key := range path {
		if list, ok := in.([]any); ok && len(list) > 0 {
			in = list[0]
		}
		m, ok := in.(map[string]any)
		if !ok {
			return nil
		}
		in = m[key]
	}
	return in
}

func sortChanges(all []ResourceChange) []ResourceChange {
	slices.SortStableFunc(all, func(a, b ResourceChange) int {
		return cmp.Or(strings.Compare(base(a.Address), base(b.Address)), len(a.Address)-len(b.Address), strings.Compare(a.Address, b.Address))
	})
	return all
}
