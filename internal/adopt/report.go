package adopt

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/planjson"

	tfjson "github.com/hashicorp/terraform-json"
)

// Summary says what was found.
func (a *Adoption) Summary() string {
	var workers []string
	for _, w := range a.workers {
		workers = append(workers, w.text("name"))
	}
	return fmt.Sprintf("found %s in %s, workers: %s", english.Plural(len(a.all), "resource", ""), a.region, strings.Join(workers, ", "))
}

// Account is that of the deployment.
func (a *Adoption) Account() string { return a.account }

// Lost are the addresses that another adoption of the same deployment does not have
// any more.
func (a *Adoption) Lost(now *Adoption) []string {
	var all []string
	for _, r := range a.all {
		if now.find(r.Type, func(n *Resource) bool { return n.Address == r.Address }) == nil {
			all = append(all, r.Address)
		}
	}
	return all
}

// Known says whether it is known what this app creates.
func (a *Adoption) Known() bool { return a.config != nil }

// Variables must be given to every plan.
func (a *Adoption) Variables() []string { return slices.Sorted(maps.Keys(a.Values())) }

// Values are those of the variables, which are in no file.
func (a *Adoption) Values() map[string]string {
	all := maps.Clone(a.credentials)
	if all == nil {
		all = map[string]string{}
	}
	if key := a.key(); key != "" {
		all[keyVariable] = key
	}
	return all
}

var refusal = regexp.MustCompile(`(?m)^environments/[^:]+:(?:\d+: )?\s*([A-Za-z]+(?:\.[A-Za-z_]+|\[\d+\])*)[^:]*: (.*)$`)

// Refused takes what this app says of the file: settings that it refuses are left
// out, and an override says what they would.
func (a *Adoption) Refused(text string) bool {
	learned := false
	for _, m := range refusal.FindAllStringSubmatch(text, -1) {
		path, why := m[1], m[2]
		if slices.Contains([]string{"prefect.apiUrl", "prefect.accountId", "prefect.workspaceId"}, path) && a.stages[path] == 0 {
			a.stages[path] = lost
			a.apiByVariables()
			learned = true
			continue
		}
		for at := path; at != ""; at = at[:max(0, strings.LastIndexAny(at, ".["))] {
			if _, ok := a.want.get(at); ok && a.refused[at] == "" && settable(at) {
				a.refused[at] = why
				learned = true
				break
			}
		}
	}
	return learned
}

// settable says whether a setting may be left to an override: a single one, or a
// section that is no deployment without it.
func settable(path string) bool {
	if _, own, ok := strings.Cut(path, "]."); ok && strings.HasPrefix(path, "additionalWorkers[") {
		path = own
	}
	sections := []string{"terraform", "worker", "network", "additionalWorkers", "prefect", "cluster"}
	return !slices.Contains(sections, path) && !strings.Contains(path, "[") && !strings.HasPrefix(path, "terraform.")
}

// Diagnostic is one of Terraform's, with the resource that it is about.
type Diagnostic struct {
	tfjson.Diagnostic
	Address string `json:"address"`
}

// UnmarshalJSON reads both.
func (d *Diagnostic) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &d.Diagnostic); err != nil {
		return err
	}
	var of struct{ Address string }
	err := json.Unmarshal(data, &of)
	d.Address = of.Address
	return err
}

// Invalid takes what Terraform says of the files beside the environment file, and of
// this app's resources where a setting is missing by which they are allowed.
func (a *Adoption) Invalid(all []Diagnostic) bool {
	learned := false
	kept := strings.Split(string(a.Kept()), "\n")
	for _, d := range all {
		switch ours := a.original(whole(d.Address)); {
		case d.Severity != tfjson.DiagnosticSeverityError:
		case d.Range != nil && d.Range.Filename == KeptFile:
			learned = a.drop(kept, d.Range.Start.Line-1, d.Summary+" "+d.Detail) || learned
		case a.config[ours] != nil:
			for _, argument := range inText.FindAllString(d.Summary+" "+d.Detail, -1) {
				for _, name := range append(together[argument], argument) {
					learned = a.settle(nil, ours, name) || learned
				}
			}
		}
	}
	return learned
}

// together are arguments of which a provider takes one.
var together = map[string][]string{"capacity_provider_strategy": {"launch_type"}}

var inText = regexp.MustCompile(`[a-z]+(_[a-z]+)+`)

var (
	resourceLine = regexp.MustCompile(`^resource "([^"]+)" "([^"]+)" \{`)
	argumentLine = regexp.MustCompile(`^\s*([a-z0-9_]+)\s+=`)
	blockLine    = regexp.MustCompile(`^\s*([a-z0-9_]+) \{`)
	inDetail     = regexp.MustCompile(`"([a-z0-9_]+)"`)
)

// drop leaves out an argument of a resource that the provider refuses; where it is
// the whole resource, that is handed over.
func (a *Adoption) drop(lines []string, at int, detail string) bool {
	if at < 0 || at >= len(lines) {
		return false
	}
	start := at
	for start > 0 && !resourceLine.MatchString(lines[start]) {
		start--
	}
	m := resourceLine.FindStringSubmatch(lines[start])
	if m == nil {
		return false
	}
	r := a.at(m[1] + "." + m[2])
	if r == nil {
		return false
	}
	schema := a.block(r)
	var candidates []string
	if argument := argumentLine.FindStringSubmatch(lines[at]); argument != nil {
		candidates = append(candidates, argument[1])
	}
	if block := blockLine.FindStringSubmatch(lines[at]); block != nil {
		candidates = append(candidates, block[1])
	}
	for _, name := range inDetail.FindAllStringSubmatch(detail, -1) {
		candidates = append(candidates, name[1])
	}
	for _, name := range candidates {
		attribute := schema.Attributes[name]
		key := r.Address + " " + name
		if (attribute != nil && attribute.Optional || schema.NestedBlocks[name] != nil) && a.stages[key] != dropped {
			a.stages[key] = dropped
			return true
		}
	}
	if a.handed[r] == "" {
		a.handed[r] = "the provider refuses what the state has of it: " + strings.Join(strings.Fields(detail), " ")
		a.arrange()
		return true
	}
	return false
}

// Report says, a line each, what is beside the file, what leaves the state, and
// what the plan would still change; remaining counts the latter.
func (a *Adoption) Report(plan *tfjson.Plan) (lines []string, remaining int) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, r := range a.all {
		to := a.final[r]
		switch {
		case to == "" && a.handed[r] != "":
			add("not adopted: it leaves the state and stays in AWS: %s: %s", r.Address, a.handed[r])
		case to == "":
			add("not adopted: it leaves the state and stays in AWS: %s: this app's %s has it inline", r.Address, parents[r.Type].kind)
		case a.besides(to) && to == r.Address:
			add("%s: %s", KeptFile, to)
		case a.besides(to):
			add("%s: %s, which was %s", KeptFile, to, r.Address)
		}
	}
	if a.zones != nil {
		add("%s: local.azs: the zones %s, in this order", OverrideFile, strings.Join(a.zones, ", "))
	}
	for _, address := range slices.Sorted(maps.Keys(a.overrides)) {
		o := a.overrides[address]
		names := slices.Concat(slices.Sorted(maps.Keys(o.arguments)), slices.Sorted(maps.Keys(o.blocks)))
		address := a.address(address)
		if o.unmade {
			add("%s: %s: not created, the deployment has none", OverrideFile, address)
		}
		if len(names) > 0 {
			add("%s: %s: %s", OverrideFile, address, strings.Join(names, ", "))
		}
		if len(o.ignore) > 0 {
			add("%s: %s: ignores changes to %s", OverrideFile, address, strings.Join(o.ignore, ", "))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(a.refused)) {
		add("no setting: %s: %s", path, a.refused[path])
	}
	lines = append(lines, a.notes...)
	for _, rc := range plan.ResourceChanges {
		if rc.Mode != tfjson.ManagedResourceMode || rc.Change == nil || rc.Change.Actions.NoOp() || rc.Change.Actions.Read() || slices.Contains(rc.Change.Actions, "forget") {
			continue
		}
		remaining++
		add("%s", a.change(rc))
	}
	for _, name := range slices.Sorted(maps.Keys(plan.OutputChanges)) {
		if c := plan.OutputChanges[name]; !c.Actions.NoOp() {
			add("the plan changes the output %s: harmless, no resource depends on it", name)
		}
	}
	return lines, remaining
}

// Left counts the resources that leave the state.
func (a *Adoption) Left() int {
	n := 0
	for _, r := range a.all {
		if a.final[r] == "" {
			n++
		}
	}
	return n
}

// change says what a plan would do to a resource, and why; never a value.
func (a *Adoption) change(rc *tfjson.ResourceChange) string {
	var words []string
	for _, action := range rc.Change.Actions {
		words = append(words, string(action))
	}
	arguments := strings.Join(changed(rc.Change), ", ")
	switch c := rc.Change.Actions; {
	case c.Create():
		return fmt.Sprintf("the plan would create %s: look whether it exists already under another address before you apply", rc.Address)
	case c.Update() && arguments == "" && planjson.Unknown(rc.Change.AfterUnknown):
		return fmt.Sprintf("the plan updates %s by what is only known after the apply: harmless where a newer provider reads more than the state has", rc.Address)
	case c.Update() && arguments == "" && !reflect.DeepEqual(rc.Change.BeforeSensitive, rc.Change.AfterSensitive):
		return fmt.Sprintf("the plan updates %s: harmless, Terraform only marks what it has as sensitive", rc.Address)
	case c.Update() && arguments == "":
		return fmt.Sprintf("the plan updates %s: harmless, no argument changes", rc.Address)
	case c.Update() && onlyTags(changed(rc.Change)):
		return fmt.Sprintf("the plan updates %s (%s): harmless, tags only", rc.Address, arguments)
	case c.Update():
		return fmt.Sprintf("the plan updates %s (%s) in place", rc.Address, arguments)
	}
	return fmt.Sprintf("DO NOT APPLY: the plan would %s %s (%s)", strings.Join(words, " and "), rc.Address, arguments)
}

func onlyTags(names []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return n != "tags" && n != "tags_all" })
}
