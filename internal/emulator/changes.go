package emulator

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/planjson"

	tfjson "github.com/hashicorp/terraform-json"
)

// Changes returns one line for everything that plan wants to change.
func Changes(plan *tfjson.Plan) []string {
	var lines []string
	for _, rc := range plan.ResourceChanges {
		if rc.Change != nil && rc.PreviousAddress != "" && rc.PreviousAddress != rc.Address {
			lines = append(lines, fmt.Sprintf("%s: moved from %s", rc.Address, rc.PreviousAddress))
		}
		lines = append(lines, resourceChanges(rc)...)
	}
	for _, name := range slices.Sorted(maps.Keys(plan.OutputChanges)) {
		if c := plan.OutputChanges[name]; !c.Actions.NoOp() {
			lines = append(lines, fmt.Sprintf("output %s: %s", name, verbs(c.Actions)))
		}
	}
	return lines
}

func resourceChanges(rc *tfjson.ResourceChange) []string {
	c := rc.Change
	switch {
	case c == nil || c.Actions.NoOp():
		return nil
	case !c.Actions.Update():
		return []string{fmt.Sprintf("%s: %s", rc.Address, verbs(c.Actions))}
	}
	var lines []string
	for _, d := range differences("", c.Before, c.After, c.AfterUnknown) {
		lines = append(lines, fmt.Sprintf("%s: %s", rc.Address, d))
	}
	return lines
}

// difference is one value that a plan changes.
type difference struct {
	path          string
	before, after any
	pending       bool // after is known after apply only
}

func (d difference) String() string {
	if d.pending {
		return fmt.Sprintf("%s: %#v -> (known after apply)", d.path, d.before)
	}
	return fmt.Sprintf("%s: %#v -> %#v", d.path, d.before, d.after)
}

// differences compares two JSON values down to the single value.
func differences(path string, before, after, unknown any) []difference {
	if pending, _ := unknown.(bool); pending {
		return []difference{{path: path, before: before, pending: true}}
	}
	b, bIsMap := before.(map[string]any)
	a, aIsMap := after.(map[string]any)
	if bIsMap && aIsMap {
		u, _ := unknown.(map[string]any)
		names := map[string]bool{}
		for _, m := range []map[string]any{b, a, u} {
			for name := range m {
				names[name] = true
			}
		}
		var list []difference
		for _, name := range slices.Sorted(maps.Keys(names)) {
			list = append(list, differences(strings.TrimPrefix(path+"."+name, "."), b[name], a[name], u[name])...)
		}
		return list
	}
	bl, bIsList := before.([]any)
	al, aIsList := after.([]any)
	if bIsList && aIsList && len(bl) == len(al) {
		ul, _ := unknown.([]any)
		var list []difference
		for i := range bl {
			var u any
			if i < len(ul) {
				u = ul[i]
			}
			list = append(list, differences(path, bl[i], al[i], u)...)
		}
		return list
	}
	if reflect.DeepEqual(before, after) && !planjson.Unknown(unknown) {
		return nil
	}
	return []difference{{path: path, before: before, after: after, pending: planjson.Unknown(unknown)}}
}

func verbs(actions tfjson.Actions) string {
	var words []string
	for _, a := range actions {
		words = append(words, string(a))
	}
	return strings.Join(words, ", ")
}
