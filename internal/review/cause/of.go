package cause

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
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
	switch {
	case c.own == "":
		return []review.Cause{{File: c.wasOwn, Text: "the file was removed"}}
	case c.isNew:
		if found, _ := c.besideOf(address, path); len(found) > 0 {
			return c.sorted(found)
		}
		return []review.Cause{c.basis()}
	}
	visited[address+" "+path] = true
	inStack := c.isStacks(address)
	if inStack {
		if found := c.bySettings(address, path); len(found) > 0 {
			return c.sorted(found)
		}
	}
	found, beside := c.besideOf(address, path)
	if len(found) > 0 {
		return c.sorted(found)
	}
	if found := c.byVariables(address, path); len(found) > 0 {
		return found
	}
	if found := c.byReferences(address, path, visited); len(found) > 0 {
		return c.sorted(found)
	}
	if inStack && path != "" && !c.configured(address, path) && !visited[address+" "] && c.changes(declaration(address)) {
		return c.of(address, "", visited) // AWS gives it
	}
	if beside {
		return nil
	}
	if len(visited) > 1 {
		return nil // what refers to it has another cause
	}
	if found := c.byOwnSettings(address, path); len(found) > 0 {
		return c.sorted(found)
	}
	switch {
	case c.drifted(address, path):
		return nil // which the review says
	case c.worlds.spent():
		return []review.Cause{{File: c.own}}
	}
	return []review.Cause{c.basis()}
}

// drifted says whether something was changed outside Terraform.
func (c *Causes) drifted(address, path string) bool {
	for _, change := range c.Changes {
		if change.Address == address && slices.ContainsFunc(change.Drifted, func(d string) bool { return path == "" || root(d) == root(path) }) {
			return true
		}
	}
	return false
}

// basis is the preset, or the kind, that all the rest of a file builds on.
func (c *Causes) basis() review.Cause {
	s, err := config.Settings(c.own, c.after.Files[c.own])
	if err != nil {
		return review.Cause{File: c.own}
	}
	for _, key := range []string{"preset", "kind"} {
		if given := entry(s, key); given != nil {
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
	_, now := c.blocks[declaration(address)]
	_, was := c.blocksBefore[declaration(address)]
	return !now && !was && !strings.HasPrefix(address, "module.")
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
	path string
	any  bool // anything of it
}

// levels are what a change is looked for in, the narrowest first.
func levels(path string) []level {
	if path == "" {
		return []level{{}, {any: true}}
	}
	var all []level
	for path = normal(path); path != ""; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		all = append(all, level{path: path})
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
		if rest, ok := strings.CutPrefix(normal(p), l.path); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
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
	if root(path) == "tags_all" { // which the provider makes of two
		if found := c.bySettings(address, "tags"+strings.TrimPrefix(path, "tags_all")); len(found) > 0 {
			return found
		}
		return c.bySettings("terraform.provider.aws", "value.default_tags.tags"+strings.TrimPrefix(path, "tags_all"))
	}
	for _, l := range levels(path) {
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
		if len(found) > 0 {
			return found
		}
	}
	return nil
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
	if len(narrowest) == 0 && len(e.inner) > 1 { // each of several may be enough
		narrowest = slices.DeleteFunc(slices.Clone(e.inner), func(i *edit) bool { return !c.effect(state{edit: i, within: e}).has(address, l) })
		if len(narrowest) < len(e.inner) {
			if len(narrowest) == 0 {
				narrowest = []*edit{e}
			}
			return narrowest
		}
	}
	// What a setting of it does not do less than the whole is the whole's.
	allOfIt := slices.ContainsFunc(narrowest, func(i *edit) bool { return !c.effectOf(i).within(whole, address) })
	if len(narrowest) == 0 || allOfIt && (len(narrowest) > 1 || e.setting().Key == "") {
		return []*edit{e}
	}
	var all []*edit
	for _, i := range narrowest {
		all = append(all, c.narrowed(i, address, l)...)
	}
	return all
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
	fewest := slices.Clone(c.edits)
	changes := func(edits []*edit) bool {
		back := map[*edit]how{}
		for _, e := range edits {
			back[e] = whole
		}
		w := c.world(c.parts, back)
		return w.err == nil && differ(c.actual, w).has(address, l)
	}
	if !changes(fewest) {
		if c.worlds.spent() {
			return []review.Cause{{File: c.own, Text: "settings that differ"}}
		}
		return []review.Cause{{Text: ownCode}}
	}
	for _, e := range c.edits {
		if fewer := slices.DeleteFunc(slices.Clone(fewest), func(other *edit) bool { return other == e }); changes(fewer) {
			fewest = fewer
		}
	}
	for _, e := range fewest {
		found = append(found, c.causeOf(e))
	}
	return found
}

// byVariables are the variables whose value somebody gives.
func (c *Causes) byVariables(address, path string) []review.Cause {
	var found []review.Cause
	for _, name := range c.references(address, path, synthesized.Resource.Variables) {
		if slices.Contains(c.Given, name) {
			found = append(found, review.Cause{Text: "the value of the variable " + name})
		}
	}
	return found
}

// byReferences are the causes of what an attribute refers to and what changes.
func (c *Causes) byReferences(address, path string, visited map[string]bool) []review.Cause {
	var found []review.Cause
	refers := c.references(address, path, synthesized.Resource.Refers)
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
func (c *Causes) references(address, path string, of func(synthesized.Resource, ...string) []string) []string {
	var all []string
	for _, r := range c.resources(address) {
		if path == "" {
			all = append(all, of(r)...)
		} else {
			all = append(all, of(r, root(path))...)
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
	_, now := c.blocks[address]
	_, was := c.blocksBefore[address]
	return now || was
}

// byOwnSettings are the settings of the file itself without which an attribute would
// have another value.
func (c *Causes) byOwnSettings(address, path string) []review.Cause {
	for _, l := range levels(path) {
		var found []review.Cause
		for _, e := range c.searched() {
			for _, e := range c.narrowed(e, address, l) {
				found = append(found, c.causeOf(e))
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
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
