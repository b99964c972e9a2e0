package review

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// Input is all that a review is made of.
type Input struct {
	Stack, Base   string
	Changes       []ResourceChange
	Planned       bool
	Before, After *synthesized.Stack                 // The syntheses; nil for none.
	Causes        func(address, path string) []Cause // nil: unknown.
	Notes         []string
}

// Of says in plain English what a change does.
func Of(in Input) *Review {
	if in.Planned && in.After != nil {
		in.Changes = fill(in.Changes, in.After)
	}
	r := &Review{Stack: in.Stack, Base: in.Base, Planned: in.Planned, Notes: in.Notes}
	r.Lines = append(r.Lines, tagged(resources(in.Changes))...)
	r.Lines = append(r.Lines, security(in)...)
	r.cost(in)
	minor := func(l Line) int {
		if l.Group == Destroyed && kindOf(strings.Split(l.Address, ".")[0]).destroys == "" {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(r.Lines, func(a, b Line) int {
		return cmp.Or(slices.Index(Groups, a.Group)-slices.Index(Groups, b.Group), minor(a)-minor(b))
	})
	for n := range r.Lines {
		r.Lines[n].Causes = append(r.Lines[n].Causes, causes(in, r.Lines[n])...)
	}
	if !in.Planned && len(r.Lines) > 0 {
		r.Notes = append(r.Notes, "No plan was given: replacements are inferred from the provider's source, and neither drift nor what the state has already is known. Use PLAN= for certainty.")
	}
	return r
}

// causes are those of a line's attributes, each once.
func causes(in Input, l Line) []Cause {
	if in.Causes == nil || len(l.Addresses) == 0 {
		return nil
	}
	asked := []place{{l.Addresses[0], l.asks}}
	switch {
	case l.Group == Costs:
		asked = pricedBy(in.Changes, l.Addresses)
	case len(l.Attributes) > 0 && l.asks == "":
		asked = nil
		for _, a := range l.Attributes {
			asked = append(asked, place{l.Addresses[0], a.Path})
		}
	}
	var all []Cause
	for _, p := range asked {
		for _, c := range in.Causes(p.address, p.path) {
			if !slices.Contains(all, c) && !slices.Contains(l.Causes, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// place is what a cause is asked for.
type place struct{ address, path string }

// priced are attributes by which something is paid.
var priced = []string{"cpu", "memory", "desired_count", "capacity_provider_strategy", "launch_type", "runtime_platform", "ephemeral_storage", "min_capacity", "max_capacity", "setting", "retention_in_days"}

// isPriced says whether something is paid by an attribute.
func (a Attribute) isPriced() bool { return slices.Contains(priced, a.root()) }

// pricedBy is what of a price's resources changes: those that come or go, else the
// attributes by which a task is paid, else any.
func pricedBy(changes []ResourceChange, addresses []string) []place {
	found, most := []place{{addresses[0], ""}}, 0
	for _, c := range changes {
		if c.Action == "" || !slices.Contains(addresses, c.Address) {
			continue
		}
		rank, these := 1, []place{{c.Address, ""}}
		var paid []place
		for _, a := range c.Attributes {
			if a.isPriced() {
				paid = append(paid, place{c.Address, a.Path})
			}
		}
		switch {
		case c.Action == Create:
			rank, these = 3, []place{{c.Address, "id"}} // that it is there, not what it is called
			for _, name := range priced {
				if !empty(c.after[name]) {
					these = append(these, place{c.Address, name})
				}
			}
		case c.Action == Destroy || c.Action == Forget:
			rank = 3
		case len(paid) > 0:
			rank, these = 2, paid
		}
		switch {
		case rank > most:
			found, most = these, rank
		case rank == most:
			found = append(found, these...)
		}
	}
	return found
}

// resources has one line for each resource that changes; those that one declaration
// makes and that change alike share it.
func resources(changes []ResourceChange) []Line {
	var lines []Line
	at := map[string]int{}
	redeployed := redeploys(changes)
	for _, c := range changes {
		if c.Action == "" || redeployed[c.Address] {
			continue
		}
		key := fmt.Sprint(base(c.Address), "\n", c.Action, "\n", c.ImportID != "" && c.Action == Import, alikeKey(c.Attributes))
		if n, ok := at[key]; ok {
			lines[n].Addresses = append(lines[n].Addresses, c.Address)
			lines[n].Address = base(c.Address)
			continue
		}
		at[key] = len(lines)
		lines = append(lines, Line{Group: groupOf(c), Action: c.Action, Address: c.Address, Addresses: []string{c.Address}, Attributes: c.Attributes, Causes: ownCauses(c)})
	}
	for n := range lines {
		l := &lines[n]
		i := slices.IndexFunc(changes, func(c ResourceChange) bool { return c.Address == l.Addresses[0] })
		l.Text = words(changes[i], len(l.Addresses))
		if changes[i].Type == "aws_ecs_task_definition" && l.Action == Replace {
			l.Action = Update // A new revision: the running one is not touched.
			l.Attributes = slices.Clone(l.Attributes)
			for n := range l.Attributes {
				l.Attributes[n].Replaces = false
			}
			if services := servicesOf(changes, l.Addresses, redeployed); len(services) > 0 {
				l.Addresses = append(l.Addresses, services...)
				then := "the service is redeployed"
				if len(services) > 1 {
					then = "its services are redeployed"
				}
				l.Text = strings.TrimSuffix(l.Text, ".") + "; " + then + "."
			}
		}
	}
	return lines
}

// tagged puts those whose tags alone change into one line, and the provider's tags of
// the others, which come with it.
func tagged(lines []Line) []Line {
	var all []Line
	alike := map[string]int{}
	for _, l := range lines {
		if l.Action != Update || !onlyTags(l.Attributes) {
			all = append(all, l)
			continue
		}
		key := fmt.Sprint(l.Attributes, l.Causes)
		n, ok := alike[key]
		if !ok {
			n = len(all)
			alike[key], all = n, append(all, l)
			continue
		}
		m := &all[n]
		m.Group, m.Address = Other, ""
		m.Addresses = append(slices.Clone(m.Addresses), l.Addresses...)
		m.Text = sentence(fmt.Sprintf("the tags of %d resources change: %s", len(m.Addresses), strings.ReplaceAll(changed(m.Attributes), "tag ", "")))
	}
	return all
}

func alikeKey(all []Attribute) string {
	var keys []string
	for _, a := range all {
		keys = append(keys, fmt.Sprint(a.Path, a.Replaces))
	}
	return strings.Join(keys, ",")
}

// redeploys are the services that change in nothing but their task definition.
func redeploys(changes []ResourceChange) map[string]bool {
	all := map[string]bool{}
	for _, c := range changes {
		if c.Type == "aws_ecs_service" && c.Action == Update && c.Previous == "" && len(c.Attributes) == 1 && c.Attributes[0].Path == "task_definition" {
			all[c.Address] = true
		}
	}
	if !slices.ContainsFunc(changes, func(c ResourceChange) bool { return c.Type == "aws_ecs_task_definition" && c.Action == Replace }) {
		return nil
	}
	return all
}

// servicesOf are those that run task definitions, of those that are only redeployed.
func servicesOf(changes []ResourceChange, definitions []string, redeployed map[string]bool) []string {
	var all []string
	single := 0
	for _, c := range changes {
		if c.Type == "aws_ecs_task_definition" && c.Action == Replace {
			single++
		}
	}
	for _, c := range changes {
		if !redeployed[c.Address] {
			continue
		}
		from := textOf(at(c.after, "task_definition"))
		if single == 1 || slices.ContainsFunc(definitions, func(d string) bool { return strings.HasPrefix(from, d+".") }) {
			all = append(all, c.Address)
		}
	}
	return all
}

func groupOf(c ResourceChange) Group {
	switch k := kindOf(c.Type); {
	case c.Type == "" && strings.HasPrefix(c.Address, "terraform.backend"):
		return State
	case c.region() != nil:
		return Replaced
	case c.Type == "" && !strings.HasPrefix(c.Address, "variable.") && !strings.HasPrefix(c.Address, "output."):
		return Other
	case c.Type == "":
		return Variables
	case c.Action == Destroy:
		return Destroyed
	case c.Action == Replace && !k.minor:
		return Replaced
	default:
		return k.group
	}
}

func ownCauses(c ResourceChange) []Cause {
	var all []Cause
	if slices.ContainsFunc(c.Attributes, func(a Attribute) bool {
		return slices.ContainsFunc(c.Drifted, func(d string) bool {
			return d == a.Path || strings.HasPrefix(a.Path, d) || strings.HasPrefix(d, a.Path)
		})
	}) || c.Action == Create && len(c.Drifted) > 0 {
		all = append(all, Cause{Text: "changed outside Terraform"})
	}
	if c.Reason != "" {
		all = append(all, Cause{Text: c.Reason})
	}
	return all
}

// paid are the resources that change, as far as one of two estimates has a price of them.
func paid(changes []ResourceChange, c cost.Comparison) map[string]bool {
	found := map[string]bool{}
	for _, change := range changes {
		if change.Action == "" || change.Action == Move || onlyTags(change.Attributes) {
			continue
		}
		// The size of a task is its definition's, and paid as its service.
		if slices.ContainsFunc(change.Attributes, Attribute.isPriced) || slices.ContainsFunc(slices.Concat(c.Before.Lines, c.After.Lines), func(l cost.Line) bool { return slices.Contains(l.Addresses, change.Address) }) {
			found[change.Address] = true
		}
	}
	return found
}

// resized is a stack as it was before a plan that only changes resources: with the sizes
// that they had, such as a task's memory. It is nil of any other plan: what was there of
// what comes and goes, an estimate cannot tell from the plan.
func resized(after *synthesized.Stack, changes []ResourceChange) *synthesized.Stack {
	if after == nil {
		return nil
	}
	were := map[string]map[string]any{}
	for _, c := range changes {
		if c.Type == "" || c.Action == "" {
			continue
		}
		if c.Action != Update && c.Action != Replace {
			return nil
		}
		for _, a := range c.Attributes {
			if !a.isPriced() {
				continue
			}
			value := c.before[a.root()]
			if base(c.Address) != c.Address || strings.HasPrefix(c.Address, "module.") || !told(value) {
				return nil // one of several, of which the others may differ, or a value that is not known here
			}
			if were[c.Address] == nil {
				were[c.Address] = map[string]any{}
			}
			were[c.Address][a.root()] = value
		}
	}
	return after.With(were)
}

// told says whether a value is all known and no secret.
func told(value any) bool {
	switch v := value.(type) {
	case synthesized.Secret, synthesized.Unknown:
		return false
	case []any:
		return !slices.ContainsFunc(v, func(element any) bool { return !told(element) })
	case map[string]any:
		for _, element := range v {
			if !told(element) {
				return false
			}
		}
	}
	return true
}

// cost compares what the stack costs before and after. What only a plan knows, such as
// what a state has that no file does, is not in it.
func (r *Review) cost(in Input) {
	if in.After == nil && in.Before == nil || len(r.Lines) == 0 {
		return
	}
	estimate := func(s *synthesized.Stack) cost.Estimate {
		if s == nil {
			return cost.Estimate{}
		}
		return cost.Of(s)
	}
	c := cost.Compare(estimate(in.Before), estimate(in.After))
	isNew := in.Before == nil && !slices.ContainsFunc(in.Changes, func(c ResourceChange) bool { return c.Action != Create && c.Type != "" })
	if in.Planned && !isNew {
		// The state is what the files before the change make if the plan changes what they
		// differ in, as far as it is paid for.
		changed, differs := paid(in.Changes, c), map[string]bool{}
		why := "what is deployed is not what the committed files describe"
		if in.Before != nil {
			differs = paid(FromStacks(in.Before, in.After), c)
		} else {
			why = "Git has no earlier files of this stack to compare with"
			for _, change := range in.Changes {
				if change.Action == Update && !slices.ContainsFunc(change.Attributes, Attribute.isPriced) {
					delete(changed, change.Address) // such as the threshold of an alarm
				}
			}
		}
		if maps.Equal(changed, differs) {
			if in.Before == nil {
				return
			}
		} else if was := resized(in.After, in.Changes); was != nil {
			c = cost.Compare(cost.Of(was), c.After)
		} else {
			r.Notes = append(r.Notes, fmt.Sprintf("The difference in cost is not known: %s. With the change the stack costs %s per month; line by line: make cost STACK=%s.", why, c.After.Total(), in.Stack))
			return
		}
	}
	r.Cost = Cost{Before: c.Before.Total(), After: c.After.Total(), Known: true}
	for _, change := range c.Changes {
		l := Line{Group: Costs, Addresses: change.Addresses(), Text: change.String() + "."} // a name stays as it is
		if len(l.Addresses) > 0 {
			l.Address = base(l.Addresses[0])
		}
		r.Lines = append(r.Lines, l)
	}
	if len(c.Changes) > 0 {
		source := c.After
		if in.After == nil {
			source = c.Before
		}
		r.Notes = append(r.Notes, sentence(strings.TrimSpace("Costs: "+source.Source()+". "+strings.TrimSpace(cost.Secondary()+" "+source.Caveat()))))
	}
}
