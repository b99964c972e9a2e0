package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
)

// Actions are all actions, the most dangerous one first.
var Actions = []Action{Destroy, Replace, Forget, Update, Create, Import, Move}

// Groups are all groups, in the order in which they are read.
var Groups = []Group{Destroyed, Replaced, Security, Costs, Network, Tasks, IAM, Secrets, Monitoring, State, Variables, Other}

// Done is an action as a sentence about its resource ends: 2 created.
func (a Action) Done() string {
	return map[Action]string{
		Create: "created", Update: "changed", Replace: "replaced", Destroy: "destroyed", Forget: "removed from the state", Import: "imported", Move: "moved",
	}[a]
}

// Verb is an action as a word.
func (a Action) Verb() string {
	if a == Update {
		return "change"
	}
	return string(a)
}

// Count says of how many resources an action is the most dangerous one.
func (r *Review) Count() map[Action]int {
	worst := map[string]Action{}
	for _, l := range r.Lines {
		if l.Action == "" {
			continue
		}
		for _, address := range l.about() {
			before, ok := worst[address]
			if !ok || slices.Index(Actions, l.Action) < slices.Index(Actions, before) {
				worst[address] = l.Action
			}
		}
	}
	count := map[Action]int{}
	for _, a := range worst {
		count[a]++
	}
	return count
}

// about are the resources that a line is about.
func (l Line) about() []string {
	if l.Group == Costs || l.Group == Variables || strings.HasPrefix(l.Address, "terraform.") || strings.HasPrefix(l.Address, "module.") && strings.Count(l.Address, ".") == 1 {
		return nil
	}
	if len(l.Addresses) == 0 && l.Address != "" {
		return []string{l.Address}
	}
	if strings.HasPrefix(l.Address, "aws_ecs_task_definition.") { // its line also has the services that only run the new revision
		return slices.DeleteFunc(slices.Clone(l.Addresses), func(a string) bool { return strings.HasPrefix(a, "aws_ecs_service.") })
	}
	return l.Addresses
}

// In are the lines of a group.
func (r *Review) In(g Group) []Line {
	return slices.DeleteFunc(slices.Clone(r.Lines), func(l Line) bool { return l.Group != g })
}

// Summary says in a line how many resources a review has by action, what matters
// for security, and the cost.
func Summary(r *Review) string {
	var all []string
	count := r.Count()
	for _, a := range Actions {
		if count[a] > 0 {
			all = append(all, fmt.Sprintf("%d %s", count[a], a.Done()))
		}
	}
	if security := len(r.In(Security)); security > 0 {
		all = append(all, english.Plural(security, "security finding", ""))
	}
	if len(all) == 0 {
		all = []string{"nothing changes"}
	}
	text := strings.Join(all, ", ")
	if r.Cost.Known {
		text += "; " + r.Cost.String()
	}
	return text
}

// String is a cost before and after, and the difference where it is not one of them.
func (c Cost) String() string {
	before, after, none := c.Before.String(), c.After.String(), cost.Range{}.String()
	switch {
	case before == after && after == none:
		return "usage only, cents per month"
	case before == after:
		return after + " per month, as before"
	case before == none || after == none:
		return before + " → " + after + " per month"
	}
	return fmt.Sprintf("%s → %s per month (%s)", before, after, c.After.Minus(c.Before).Signed())
}

// Origin says where most lines of a new stack's review come from, "" for no new stack.
func Origin(r *Review) string {
	if len(r.Origin) == 0 {
		return ""
	}
	all := make([]string, len(r.Origin))
	for n, c := range r.Origin {
		all[n] = strings.TrimPrefix(c.Setting+": "+c.After, ": ") + " (" + c.Where() + ")"
	}
	return "The whole stack comes from " + strings.Join(all, ", ") + ". Lines also name the other settings of the file that cause them."
}

// Where is the file and the line of a cause, as a terminal and an editor link it.
func (c Cause) Where() string {
	if c.Line == 0 {
		return c.File
	}
	return fmt.Sprintf("%s:%d", c.File, c.Line)
}

// Told says whether a line's text has all of its attributes.
func (l Line) Told() bool {
	return !slices.ContainsFunc(l.Attributes, func(a Attribute) bool {
		if l.Group == Security {
			return a.After != "true" && a.After != "false" && (a.After == "" || !strings.Contains(l.Text, a.After)) && (a.After != "" || !strings.Contains(l.Text, a.Before))
		}
		return !a.told(l.Text)
	})
}
