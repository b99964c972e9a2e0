package cause

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// code is the cause where none of the files is.
const ownCode = "the app's own code"

// Of are the causes of a change: of an attribute, by the path that it has in a review,
// or with the path "" of a resource coming, going or changing at all. What is no
// resource has the address that a review gives it, such as output.topic_arn.
func (c *Causes) Of(address, path string) []review.Cause {
	return c.of(address, path, map[string]bool{})
}

func (c *Causes) of(address, path string, visited map[string]bool) []review.Cause {
	first := len(visited) == 0
	visited[address+" "+path] = true
	switch {
	case c.own == "":
		return []review.Cause{{File: c.wasOwn, Text: "the file was removed"}}
	case c.isNew():
		if found, _ := c.besideOf(address, path); len(found) > 0 {
			return c.sorted(found)
		}
		return c.sorted(c.chosen(address, path))
	}
	inStack := c.isStacks(address)
	var found []review.Cause
	if inStack {
		found = c.bySettings(address, path)
		if path == "" {
			found = append(found, c.byStatements(address)...)
		}
	}
	if len(found) > 0 {
		return c.sorted(found)
	}
	found, beside := c.besideOf(address, path)
	if len(found) > 0 {
		return c.sorted(found)
	}
	if first && (c.compared || len(c.Changes) > 0) && !c.changes(declaration(address)) {
		return nil // nothing of it differs
	}
	if beside {
		return c.sorted(c.byReferences(address, path, visited))
	}
	if path == "" {
		for _, attribute := range c.change(address).Attributes {
			if !visited[address+" "+attribute.Path] {
				found = append(found, c.of(address, attribute.Path, visited)...)
			}
		}
		if len(found) > 0 {
			return c.sorted(found)
		}
	}
	steps := []func() []review.Cause{
		func() []review.Cause { return c.byVariables(address, path) },
		func() []review.Cause { return c.byOwnSettings(address, path) },
		func() []review.Cause { return c.byReferences(address, path, visited) },
		func() []review.Cause {
			if path == "" || c.configured(address, path) || visited[address+" "] || !c.changes(declaration(address)) {
				return nil
			}
			return c.of(address, "", visited) // AWS gives it
		},
	}
	if c.unknown(address, path) {
		steps[0], steps[1], steps[2] = steps[2], steps[0], steps[1]
	}
	for _, step := range steps {
		if found := step(); len(found) > 0 {
			return c.sorted(found)
		}
	}
	switch {
	case !first: // what refers to it may have another cause
		return nil
	case c.drifted(address, path): // which the review says
		return nil
	case c.worlds.spent() || c.late:
		c.unfound = true
		return []review.Cause{{File: c.own}}
	}
	return []review.Cause{c.basis()}
}

// unknown says whether only the apply gives an attribute its value: what it refers to
// changes.
func (c *Causes) unknown(address, path string) bool {
	return slices.ContainsFunc(c.change(address).Attributes, func(a review.Attribute) bool {
		return a.Path == path && a.After == review.KnownAfterApply
	})
}

// change is what a plan does to a resource.
func (c *Causes) change(address string) review.ResourceChange {
	for _, change := range c.Changes {
		if change.Address == address {
			return change
		}
	}
	return review.ResourceChange{}
}

// byStatements are the entries of terraform.import, moved and removed by which a
// resource comes, goes on at another address or leaves the state.
func (c *Causes) byStatements(address string) []review.Cause {
	change := c.change(address)
	if change.ImportID == "" && change.Previous == "" && change.Action != review.Forget {
		return nil
	}
	var found []review.Cause
	for _, kind := range []string{settings.Import, settings.Moved, settings.Removed} {
		list := c.file
		for _, key := range []string{"terraform", kind} {
			if list != nil {
				list = entry(list, key)
			}
		}
		if list == nil {
			continue
		}
		for _, statement := range list.Inner {
			for _, argument := range statement.Inner {
				of := argument.Value.Value
				if argument.Key != "id" && (of == address || of == declaration(address) || of == change.Previous || strings.HasPrefix(address, of+".")) {
					found = append(found, review.Cause{Setting: statement.Path, File: c.own, Line: statement.Line, After: text(statement)})
					break
				}
			}
		}
	}
	return found
}

// drifted says whether something was changed outside Terraform.
func (c *Causes) drifted(address, path string) bool {
	return slices.ContainsFunc(c.change(address).Drifted, func(d string) bool { return path == "" || root(d) == root(path) })
}

// basis is the preset, or the kind, that all the rest of a file builds on.
func (c *Causes) basis() review.Cause {
	for _, key := range []string{"preset", "kind"} {
		if given := entry(c.file, key); given != nil {
			return review.Cause{Setting: key, File: c.own, Line: given.Line, After: text(given)}
		}
	}
	return review.Cause{File: c.own}
}

// isStacks says whether an address is no part of a file beside the stack alone.
func (c *Causes) isStacks(address string) bool {
	for _, r := range c.resources(address) {
		if r.Address() == declaration(address) {
			return true
		}
	}
	return !c.besideHas(declaration(address)) && !strings.HasPrefix(address, "module.")
}

// resources are those of an address in the versions, the later one first.
func (c *Causes) resources(address string) []synthesized.Resource {
	var all []synthesized.Resource
	for _, w := range []*world{c.actual, c.committed} {
		if w == nil || w.stack == nil {
			continue
		}
		for _, r := range w.stack.Resources() {
			if r.Address() == declaration(address) {
				all = append(all, r)
			}
		}
	}
	return all
}

// level is what of a resource is looked at.
type level struct {
	path   string
	any    bool // anything of the resource
	itself bool // the path itself, not what is below it
}

// levels are what a change is looked for in: it and what is below it, then what is
// around it, where that comes or goes as a whole.
func levels(path string) []level {
	if path == "" {
		return []level{{}, {any: true}}
	}
	var all []level
	for path = normal(path); path != ""; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		all = append(all, level{path: path, itself: len(all) > 0})
	}
	return append(all, level{})
}

// normal is a path in which a block that is there once has no index, as CDKTF may
// write it.
func normal(path string) string {
	return strings.TrimPrefix(strings.ReplaceAll(path, "[0]", ""), ".")
}

// root is the attribute that a path begins with.
func root(path string) string {
	path = normal(path)
	if at := strings.IndexAny(path, ".["); at >= 0 {
		return path[:at]
	}
	return path
}

// declaration is an address without the key of its instance.
func declaration(address string) string {
	if at := strings.IndexByte(address, '['); at >= 0 {
		return address[:at]
	}
	return address
}

// has says whether something of a resource differs.
func (e effect) has(address string, l level) bool {
	paths := e.on(address)
	if l.any || l.path == "" {
		return l.any && len(paths) > 0 || paths[""]
	}
	for p := range paths {
		if rest, ok := strings.CutPrefix(normal(p), l.path); ok && (rest == "" || !l.itself && (rest[0] == '.' || rest[0] == '[')) {
			return true
		}
	}
	return false
}

// bySettings are the settings that differ and cause a change, and the code.
func (c *Causes) bySettings(address, path string) []review.Cause {
	if !c.compared {
		return nil
	}
	for _, at := range allTags(address, path) {
		if found := c.atLevel(at.address, at.level); len(found) > 0 {
			return found
		}
	}
	for _, l := range levels(path) {
		if found := c.atLevel(address, l); len(found) > 0 {
			return found
		}
	}
	return nil
}

// place is where something may differ.
type place struct {
	address string
	level   level
}

// allTags are where a tag of tags_all comes from, which the provider makes of two.
func allTags(address, path string) []place {
	key, ok := strings.CutPrefix(path, "tags_all")
	if !ok {
		return nil
	}
	places := []place{{address, level{path: "tags" + key}}}
	for _, l := range levels("default_tags.tags" + key) {
		if l.path != "" {
			places = append(places, place{"terraform.provider.aws", l})
		}
	}
	return places
}

// atLevel are the settings that differ and cause something of a resource to change.
func (c *Causes) atLevel(address string, l level) []review.Cause {
	var found []review.Cause
	for _, e := range c.edits {
		for _, e := range c.narrowed(e, address, l) {
			found = append(found, c.causeOf(e))
		}
	}
	if c.code.has(address, l) {
		found = append(found, review.Cause{Text: ownCode})
	}
	if len(found) == 0 && c.total.has(address, l) {
		found = c.together(address, l)
	}
	return found
}

// narrowed are the edits in e that something is an effect of, or e itself.
func (c *Causes) narrowed(e *edit, address string, l level) []*edit {
	whole := c.effect(state{edit: e, how: whole})
	if !whole.has(address, l) {
		return nil
	}
	if e.after == nil && len(e.inner) > 0 && c.effect(state{edit: e, how: empty}).has(address, l) {
		return []*edit{e}
	}
	comes := whole.comes(address)
	if comes && e.setting().Key == "" {
		return []*edit{e} // an element of a list makes what it makes
	}
	// Of an element's settings some, such as its name, make all of it another: they
	// are not why one attribute is as it is.
	var inner []*edit
	for _, i := range e.inner {
		if c.effectOf(i).has(address, l) {
			inner = append(inner, i)
		}
	}
	narrowest := slices.DeleteFunc(slices.Clone(inner), func(i *edit) bool {
		return slices.ContainsFunc(inner, func(other *edit) bool { return c.effectOf(other).within(c.effectOf(i), address) })
	})
	if len(narrowest) == 0 && len(e.inner) > 1 && !comes { // each of several may be enough
		narrowest = slices.DeleteFunc(slices.Clone(e.inner), func(i *edit) bool { return !c.effect(state{edit: i, within: e}).has(address, l) })
		if len(narrowest) < len(e.inner) {
			if len(narrowest) == 0 {
				narrowest = []*edit{e}
			}
			return narrowest
		}
	}
	// What one setting of a list's element does to all that the element does is the element's.
	allOfIt := slices.ContainsFunc(narrowest, func(i *edit) bool { return !c.effectOf(i).within(whole, address) })
	if len(narrowest) == 0 || allOfIt && e.setting().Key == "" {
		return []*edit{e}
	}
	var all []*edit
	for _, i := range narrowest {
		all = append(all, c.narrowed(i, address, l)...)
	}
	return all
}

// comes says whether a resource comes or goes as a whole.
func (e effect) comes(address string) bool {
	paths := e.on(address)
	return len(paths) == 1 && paths[""]
}

func (c *Causes) effectOf(e *edit) effect { return c.effect(state{edit: e, how: whole}) }

// within says whether an effect on a resource is a part of another one, and not all.
func (e effect) within(other effect, address string) bool {
	mine, others := e.on(address), other.on(address)
	for path := range mine {
		if !others[path] {
			return false
		}
	}
	return len(mine) < len(others)
}

// on is the effect on a resource.
func (e effect) on(address string) map[string]bool {
	all := map[string]bool{}
	for known, paths := range e {
		if known == address || known == declaration(address) || declaration(known) == address {
			for path := range paths {
				all[path] = true
			}
		}
	}
	return all
}

// together are the settings that cause a change although none does alone: each is
// enough for it, or they can be synthesized together only.
func (c *Causes) together(address string, l level) []review.Cause {
	if c.base.err != nil {
		return []review.Cause{{Text: ownCode}}
	}
	var found []review.Cause
	if len(c.edits) == 0 {
		return []review.Cause{{Text: ownCode}}
	}
	for _, e := range c.edits {
		if c.effect(state{edit: e, opposite: true}).has(address, l) {
			found = append(found, c.causeOf(e))
		}
	}
	if len(found) > 0 {
		return found
	}
	// The fewest that change it when they are put back.
	changes := func(edits []*edit) bool {
		w := c.without(edits)
		return w.err == nil && differ(c.actual, w).has(address, l)
	}
	if !changes(c.edits) {
		if c.worlds.spent() {
			return []review.Cause{{File: c.own, Text: "settings that differ"}}
		}
		return []review.Cause{{Text: ownCode}}
	}
	fewest := c.fewest(c.edits, changes)
	if c.worlds.spent() && len(fewest) > 3 {
		return []review.Cause{{File: c.own, Text: "settings that differ"}}
	}
	for _, e := range fewest {
		found = append(found, c.causeOf(e))
	}
	return found
}

// byVariables are the variables whose given value makes an attribute what it is.
func (c *Causes) byVariables(address, path string) []review.Cause {
	var found []review.Cause
	for _, name := range slices.Sorted(maps.Keys(c.Given)) {
		made, ok := c.given[name]
		if !ok {
			rest := maps.Clone(c.Given)
			delete(rest, name)
			if w := worldOf(c.actual.data, rest); w.err == nil {
				made = differ(c.actual, w)
			}
			c.given[name] = made
		}
		if made.has(address, levels(path)[0]) || path == "" && len(made.on(address)) > 0 {
			found = append(found, review.Cause{Text: "the value of the variable " + name})
		}
	}
	return found
}

// byReferences are the causes of what an attribute refers to and what changes.
func (c *Causes) byReferences(address, path string, visited map[string]bool) []review.Cause {
	var found []review.Cause
	refers := c.references(address, path)
	for _, other := range append(refers, c.besideRefers(address, path)...) {
		if visited[other+" "] || !c.changes(other) {
			continue
		}
		found = append(found, c.of(other, "", visited)...)
	}
	return found
}

// configured says whether the stack sets an attribute.
func (c *Causes) configured(address, path string) bool {
	for _, r := range c.resources(address) {
		for _, i := range r.Instances() {
			if _, ok := i.Attributes()[root(path)]; ok {
				return true
			}
		}
	}
	return false
}

// references are what an attribute refers to, in either version.
func (c *Causes) references(address, path string) []string {
	var all []string
	for _, r := range c.resources(address) {
		if path == "" {
			all = append(all, r.Refers()...)
		} else {
			all = append(all, r.Refers(root(path))...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// changes says whether a resource changes.
func (c *Causes) changes(address string) bool {
	if c.total.has(address, level{any: true}) {
		return true
	}
	if slices.ContainsFunc(c.Changes, func(change review.ResourceChange) bool {
		return change.Action != "" && declaration(change.Address) == address
	}) {
		return true
	}
	return c.besideHas(address)
}

// byOwnSettings are the settings of the file itself without which an attribute would
// have another value.
func (c *Causes) byOwnSettings(address, path string) []review.Cause {
	places := allTags(address, path)
	if places == nil {
		for _, l := range levels(path) {
			places = append(places, place{address, l})
		}
	}
	for _, at := range places {
		var found []review.Cause
		for _, e := range c.needed(at) {
			found = append(found, c.causeOf(e))
		}
		if len(found) == 0 {
			found = c.governing(c.searched(), at)
		}
		if len(found) > 0 || c.late {
			return found
		}
	}
	return nil
}

// needed are the settings of the file itself without which something would be another.
func (c *Causes) needed(at place) []*edit {
	var found []*edit
	for _, e := range c.searched() {
		found = append(found, c.narrowed(e, at.address, at.level)...)
	}
	return found
}

// chosen are the settings of a new stack's file by which something is there, or is as
// it is, but for those that most of the stack has in common.
func (c *Causes) chosen(address, path string) []review.Cause {
	for _, l := range levels(path) {
		var found []review.Cause
		for _, e := range c.needed(place{address, l}) {
			if !c.common(e) {
				found = append(found, c.causeOf(e))
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	c.unfound = c.unfound || c.late || c.worlds.spent()
	return nil
}

// common says whether a setting, such as a name that others are made of, only changes
// how things are, and more than a third of the stack.
func (c *Causes) common(e *edit) bool {
	changed := map[string]bool{}
	for address, paths := range c.effectOf(e) {
		if paths[""] {
			return false
		}
		changed[declaration(address)] = true
	}
	return 3*len(changed) > len(c.actual.stack.Resources())
}

// commons are the innermost settings that most of the stack has in common.
func (c *Causes) commons(edits []*edit) []review.Cause {
	var found []review.Cause
	for _, e := range edits {
		if !c.common(e) {
			continue
		}
		if inner := c.commons(e.inner); len(inner) > 0 {
			found = append(found, inner...)
		} else {
			found = append(found, c.causeOf(e))
		}
	}
	return found
}

// Complete adds to a review what no line says: of a new stack what most lines come from,
// and that time was not enough for some causes.
func (c *Causes) Complete(r *review.Review) {
	if c.own != "" && c.isNew() && len(r.Lines) > 0 {
		r.Origin = append([]review.Cause{c.basis()}, c.sorted(c.commons(c.searched()))...)
	}
	if c.unfound {
		r.Notes = append(r.Notes, "Not all settings were tried, which would take long: a line that names the file alone, or of a new stack no setting, may have a cause in it that was not found.")
	}
}

// governing are the settings with another value of which something would be another,
// although the file could as well do without them.
func (c *Causes) governing(edits []*edit, at place) []review.Cause {
	var found []review.Cause
	for _, e := range edits {
		for n := range e.others() {
			if c.effect(state{edit: e, how: other + how(n)}).has(at.address, at.level) {
				found = append(found, c.causeOf(e))
				break
			}
		}
		found = append(found, c.governing(e.inner, at)...)
	}
	return found
}

// searched are the file's own settings that can be left out.
func (c *Causes) searched() []*edit {
	return slices.DeleteFunc(slices.Clone(c.ownEdits), func(e *edit) bool {
		return slices.Contains([]string{"preset", "kind", "stack"}, e.setting().Path)
	})
}

// causeOf is an edit as a cause. What its file does not have is the preset's or the
// default.
func (c *Causes) causeOf(e *edit) review.Cause {
	cause := review.Cause{Setting: e.setting().Path, File: e.file, Before: text(e.before), After: text(e.after)}
	if e.after != nil {
		cause.Line = e.after.Line
	}
	if e.own {
		cause.Before = ""
		return cause
	}
	inherited := func(c *config.Config, file string) string {
		if e.setting().Hide {
			return hidden
		}
		if c == nil {
			return ""
		}
		return short(c.Value(file, cause.Setting))
	}
	switch {
	case e.before == nil && e.file == c.own:
		cause.Before = inherited(c.configBefore, c.wasOwn)
	case e.before == nil:
		cause.Before = inherited(c.configBefore, e.file)
	case e.after == nil:
		cause.After = inherited(c.config, e.file)
	}
	return cause
}

// sorted are causes in the order of the files, the stack's own first, each once.
func (c *Causes) sorted(all []review.Cause) []review.Cause {
	slices.SortStableFunc(all, func(a, b review.Cause) int {
		other := func(x review.Cause) int {
			if x.File == c.own {
				return 0
			}
			return 1
		}
		return cmp.Or(other(a)-other(b), strings.Compare(a.File, b.File), a.Line-b.Line, strings.Compare(a.Setting, b.Setting), strings.Compare(a.Text, b.Text))
	})
	return slices.Compact(all)
}
