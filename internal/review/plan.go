package review

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// FromPlan reads what Terraform would do, from a plan as terraform show -json writes it.
func FromPlan(plan *tfjson.Plan) []ResourceChange {
	drift := map[string][]string{}
	for _, rc := range plan.ResourceDrift {
		if rc.Change == nil || rc.Mode == tfjson.DataResourceMode {
			continue
		}
		before, after := planValues(rc, nil)
		for _, a := range difference(before, after, nil) {
			if !zero(a.Before) || !zero(a.After) { // what the provider fills in is not a change by anybody
				drift[rc.Address] = append(drift[rc.Address], a.Path)
			}
		}
	}
	given := givenIn(plan)
	var all []ResourceChange
	for _, rc := range plan.ResourceChanges {
		if rc.Change == nil || rc.Mode == tfjson.DataResourceMode {
			continue
		}
		all = append(all, planned(rc, given[rc.ModuleAddress+"/"+rc.Type+"."+rc.Name], drift[rc.Address]))
	}
	all = sortChanges(all)
	for _, name := range slices.Sorted(maps.Keys(plan.OutputChanges)) {
		if c := output(name, plan.OutputChanges[name]); c.Action != "" {
			all = append(all, c)
		}
	}
	return all
}

func planned(rc *tfjson.ResourceChange, given map[string]string, drifted []string) ResourceChange {
	c := ResourceChange{Address: rc.Address, Type: rc.Type, Drifted: drifted, Reason: reasons[rc.ActionReason]}
	if rc.PreviousAddress != rc.Address {
		c.Previous = rc.PreviousAddress
	}
	if rc.Change.Importing != nil {
		c.ImportID = rc.Change.Importing.ID
	}
	if rc.DeposedKey != "" {
		c.Reason = "left over from an earlier apply"
	}
	c.before, c.after = planValues(rc, given)
	actions := rc.Change.Actions
	switch {
	case actions.Create():
		c.Action = Create
	case actions.Delete():
		c.Action = Destroy
	case actions.Forget():
		c.Action = Forget
	case actions.Replace(), slices.Contains(actions, tfjson.ActionCreate) && slices.Contains(actions, tfjson.ActionForget):
		c.Action = Replace
	case actions.Update():
		c.Action = Update
	case c.ImportID != "":
		c.Action = Import
	case c.Previous != "":
		c.Action = Move
	}
	if c.Action == Update || c.Action == Replace {
		replaces := func(path []any, _, _ any) bool { return replacesAt(rc.Change.ReplacePaths, path) }
		c.Attributes = relevant(difference(c.before, c.after, replaces), given)
		if c.ImportID != "" && c.Action == Update {
			c.Action = Import
		}
	}
	for name, v := range c.after {
		if _, unknown := v.(synthesized.Unknown); unknown && given != nil {
			if _, is := given[name]; !is {
				delete(c.after, name) // AWS gives it
			}
		}
	}
	return c
}

var reasons = map[tfjson.ActionReason]string{
	tfjson.ActionReasonReplaceBecauseTainted:   "its creation failed before",
	tfjson.ActionReasonReplaceByRequest:        "requested with -replace",
	tfjson.ActionReasonReplaceByTriggers:       "replace_triggered_by: what it names changes",
	tfjson.ActionReasonDeleteBecauseNoModule:   "its module is gone",
	tfjson.ActionReasonDeleteBecauseEachKey:    "its key is gone",
	tfjson.ActionReasonDeleteBecauseCountIndex: "its count is lower",
}

// relevant leaves out what only follows from a change: what AWS gives again, such as
// an ARN, and the tags with the provider's, where it is the resource's own that
// change.
func relevant(all []Attribute, given map[string]string) []Attribute {
	tags := map[string]bool{}
	for _, a := range all {
		if key, ok := strings.CutPrefix(a.Path, "tags."); ok || a.Path == "tags" {
			tags[key] = true
		}
	}
	all = withoutDefaults(all, given)
	return slices.DeleteFunc(all, func(a Attribute) bool {
		if key, ok := strings.CutPrefix(a.Path, "tags_all."); ok && tags[key] || a.Path == "tags_all" && len(tags) > 0 {
			return true
		}
		first := a.root()
		_, is := given[first]
		return a.After == KnownAfterApply && !a.Replaces && (given != nil && !is || first == "id" || first == "arn")
	})
}

// withoutDefaults leaves out what the provider fills into a block and the
// configuration does not have: a zero in place of nothing, or what only the apply
// tells. It stays where nothing else changes, or nothing else replaces the resource.
func withoutDefaults(all []Attribute, given map[string]string) []Attribute {
	left := slices.DeleteFunc(slices.Clone(all), func(a Attribute) bool {
		path := index.ReplaceAllString(a.Path, "")
		if _, block := given[a.root()+"."]; !strings.Contains(path, ".") || !block {
			return false
		}
		if _, is := given[path]; is {
			return false
		}
		return a.After == KnownAfterApply || zero(a.Before) && zero(a.After)
	})
	replaces := func(a Attribute) bool { return a.Replaces }
	if len(left) == 0 || slices.ContainsFunc(all, replaces) && !slices.ContainsFunc(left, replaces) {
		return all
	}
	return left
}

// index is what of a list's elements, or of the blocks of a name, a path is about.
var index = regexp.MustCompile(`\[[^\]]*\]`)

// zero says whether a value is what a provider has in place of none.
func zero(shown string) bool { return slices.Contains([]string{None, "0", "false", "null"}, shown) }

// replacesAt says whether a path is one that Terraform replaces for, or lies below one.
func replacesAt(replace []any, path []any) bool {
	return slices.ContainsFunc(replace, func(r any) bool {
		steps, ok := r.([]any)
		return ok && len(steps) > 0 && leads(steps, path)
	})
}

// leads says whether steps of a plan lead to a path, or to what it lies in.
func leads(steps, path []any) bool {
	for i, step := range steps {
		if i == len(path) {
			return true
		}
		_, key := step.(string)
		_, index := path[i].(int)
		switch {
		case key && index: // of another shape than Terraform's: rather one replacement too many
			return true
		case key && step != path[i]:
			return false
		case !key && !index: // a block that is there once is compared without its index
			path = slices.Insert(slices.Clone(path), i, any(0))
		}
	}
	return true
}

// givenIn are the attributes that the configuration gives, by module, type and name,
// with what each refers to. Of blocks there is also what is in them, at any depth:
// "metric_query." and "metric_query.metric.period".
func givenIn(plan *tfjson.Plan) map[string]map[string]string {
	all := map[string]map[string]string{}
	if plan.Config == nil || plan.Config.RootModule == nil {
		return all
	}
	for _, r := range plan.Config.RootModule.Resources {
		given := map[string]string{}
		for name, e := range r.Expressions {
			given[name] = ""
			if e == nil || e.ExpressionData == nil {
				continue
			}
			inBlocks(given, name, e.NestedBlocks)
			for _, reference := range e.References {
				// The longest comes first: aws_iam_role.task.arn, then aws_iam_role.task.
				if strings.HasPrefix(reference, "aws_") {
					given[name] = reference
					break
				}
			}
		}
		all["/"+r.Address] = given
	}
	return all
}

func inBlocks(given map[string]string, path string, blocks []map[string]*tfjson.Expression) {
	for _, block := range blocks {
		given[path+"."] = ""
		for key, e := range block {
			given[path+"."+key] = ""
			if e != nil && e.ExpressionData != nil {
				inBlocks(given, path+"."+key, e.NestedBlocks)
			}
		}
	}
}

// planValues are a resource's attributes before and after, with what is unknown and
// sensitive marked.
func planValues(rc *tfjson.ResourceChange, given map[string]string) (before, after map[string]any) {
	if v, ok := marked(rc.Change.Before, nil, rc.Change.BeforeSensitive).(map[string]any); ok {
		before = v
	}
	if v, ok := marked(rc.Change.After, rc.Change.AfterUnknown, rc.Change.AfterSensitive).(map[string]any); ok {
		after = v
	}
	if rc.Change.After == nil {
		return before, nil
	}
	for name, v := range after {
		if u, ok := v.(synthesized.Unknown); ok && given[name] != "" {
			u.Refers = given[name]
			after[name] = u
		}
	}
	return before, after
}

func marked(value, unknown, sensitive any) any {
	if sensitive == true {
		if unknown == true {
			return synthesized.Secret{}
		}
		return synthesized.SecretOf(value)
	}
	if unknown == true {
		return synthesized.Unknown{}
	}
	switch v := value.(type) {
	case map[string]any:
		u, _ := unknown.(map[string]any)
		s, _ := sensitive.(map[string]any)
		all := map[string]any{}
		for key := range union(v, u) {
			all[key] = marked(v[key], u[key], s[key])
		}
		return all
	case []any:
		u, _ := unknown.([]any)
		s, _ := sensitive.([]any)
		all := make([]any, max(len(v), len(u)))
		for i := range all {
			all[i] = marked(element(v, i), element(u, i), element(s, i))
		}
		return all
	case nil:
		if u, ok := unknown.(map[string]any); ok {
			return marked(map[string]any{}, u, sensitive)
		}
		if u, ok := unknown.([]any); ok {
			return marked([]any{}, u, sensitive)
		}
		if unknown == false {
			return nil
		}
	}
	return value
}

func element(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func output(name string, change *tfjson.Change) ResourceChange {
	c := ResourceChange{Address: "output." + name}
	switch {
	case change == nil || change.Actions.NoOp():
		return c
	case change.Actions.Create():
		c.Action = Create
	case change.Actions.Delete():
		c.Action = Destroy
	default:
		c.Action = Update
	}
	c.before = map[string]any{"value": marked(change.Before, nil, change.BeforeSensitive)}
	c.after = map[string]any{"value": marked(change.After, change.AfterUnknown, change.AfterSensitive)}
	c.Attributes = difference(c.before, c.after, nil)
	return c
}
