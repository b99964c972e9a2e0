package review

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// Input is all that a review is made of.
type Input struct {
	Stack, Base   string
	Changes       []ResourceChange
	Planned       bool
	Before, After *synthesized.Stack                  // The syntheses; nil for none.
	Causes        func(address, path string) []Cause  // nil: unknown.
	Costs         func(*synthesized.Stack) []CostLine // nil: unknown.
	Notes         []string
}

// CostLine is one of what a stack costs.
type CostLine struct {
	Key      string // By which it is found again: the address of what costs.
	Text     string // "3 NAT gateways"
	PerMonth float64
	Usage    bool // It depends on an assumed usage.
}

// Of puts in words what a change does.
func Of(in Input) *Review {
	r := &Review{Stack: in.Stack, Base: in.Base, Planned: in.Planned, Notes: in.Notes}
	r.Lines = append(r.Lines, resources(in.Changes)...)
	r.Lines = append(r.Lines, security(in)...)
	r.cost(in)
	order := map[Group]int{}
	for i, g := range []Group{Destroyed, Replaced, Security, Costs, Network, Tasks, IAM, Secrets, Monitoring, State, Variables, Other} {
		order[g] = i
	}
	minor := func(l Line) int {
		if l.Group == Destroyed && kindOf(strings.Split(l.Address, ".")[0]).destroys == "" {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(r.Lines, func(a, b Line) int { return cmp.Or(order[a.Group]-order[b.Group], minor(a)-minor(b)) })
	for n := range r.Lines {
		r.Lines[n].Causes = append(r.Lines[n].Causes, causes(in, r.Lines[n])...)
	}
	if !in.Planned && len(r.Lines) > 0 {
		r.Notes = append(r.Notes, "Nothing was planned: what is replaced is by the AWS provider's source, and what was changed outside Terraform is not known.")
	}
	return r
}

// causes are those of a line's attributes, each once.
func causes(in Input, l Line) []Cause {
	if in.Causes == nil || l.Address == "" {
		return nil
	}
	paths := []string{""}
	if len(l.Attributes) > 0 {
		paths = nil
		for _, a := range l.Attributes {
			paths = append(paths, a.Path)
		}
	}
	var all []Cause
	for _, path := range paths {
		for _, c := range in.Causes(l.Addresses[0], path) {
			if !slices.Contains(all, c) && !slices.Contains(l.Causes, c) {
				all = append(all, c)
			}
		}
	}
	return all
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
		l.Text = words(changes[i], len(l.Addresses), l.Addresses)
		if changes[i].Type == "aws_ecs_task_definition" && l.Action == Replace {
			l.Action = Update // A new revision: the running one is not touched.
			if services := servicesOf(changes, l.Addresses, redeployed); len(services) > 0 {
				l.Addresses = append(l.Addresses, services...)
				l.Text = strings.TrimSuffix(l.Text, ".") + "; the service is redeployed."
				if len(services) > 1 {
					l.Text = strings.TrimSuffix(l.Text, "; the service is redeployed.") + "; its services are redeployed."
				}
			}
		}
	}
	return lines
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

func (r *Review) cost(in Input) {
	if in.Costs == nil || in.After == nil && in.Before == nil {
		return
	}
	r.Cost.Known = true
	total := func(s *synthesized.Stack) (map[string]CostLine, float64) {
		all, sum := map[string]CostLine{}, 0.0
		if s != nil {
			for _, l := range in.Costs(s) {
				all[l.Key], sum = l, sum+l.PerMonth
			}
		}
		return all, sum
	}
	before, b := total(in.Before)
	after, a := total(in.After)
	r.Cost.Before, r.Cost.After = b, a
	keys := map[string]bool{}
	for k := range before {
		keys[k] = true
	}
	for k := range after {
		keys[k] = true
	}
	var lines []Line
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		was, is := before[key], after[key]
		if was.PerMonth == is.PerMonth {
			continue
		}
		text := fmt.Sprintf("%s: %s → %s per month", cmp.Or(is.Text, was.Text), dollars(was.PerMonth), dollars(is.PerMonth))
		if is.Usage || was.Usage {
			text += ", by an assumed usage"
		}
		lines = append(lines, Line{Group: Costs, Address: key, Addresses: []string{key}, Text: sentence(text)})
	}
	r.Lines = append(r.Lines, lines...)
}

func dollars(amount float64) string { return fmt.Sprintf("$%.2f", amount) }
