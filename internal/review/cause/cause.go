// Package cause finds what caused a change of a stack: which setting, in which file
// and line. It asks what would be without the change: a setting that differs between
// two versions of an environment file is put back by itself, the stack is synthesized
// again, and what then differs is what the setting caused. So there is no table of
// settings and what they do.
//
// It synthesizes in this process: call [kernel.Start] first, and nothing of jsii at
// the same time.
package cause

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Version is what a stack is made of at one time.
type Version struct {
	// Files are the environment files of its folder and the Terraform beside the
	// stack, by the names that causes show. None: it is not known.
	Files map[string][]byte

	// JSON is what was synthesized of it; nil: what this program makes of Files.
	JSON []byte

	// Other says that another program made JSON, or this one with other code.
	Other bool
}

// Read reads a version from a folder of environment files. Causes show its files as
// if they were in the folder show.
func Read(dir, show, stack string) (Version, error) {
	v := Version{Files: map[string][]byte{}}
	patterns := []string{"*.yaml", "*.yml"}
	for _, end := range []string{"*.tf", "*.tf.json", "*.tofu", "*.tofu.json"} {
		patterns = append(patterns, filepath.Join(stack, end))
	}
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return v, err
		}
		for _, file := range files {
			name, err := filepath.Rel(dir, file)
			if err != nil {
				return v, err
			}
			data, err := os.ReadFile(file)
			if err != nil {
				return v, err
			}
			v.Files[filepath.ToSlash(filepath.Join(show, name))] = data
		}
	}
	return v, nil
}

// Within and AtLeast limit a search that somebody waits for, see [Options].
const (
	Within  = 3 * time.Second
	AtLeast = 30
)

// Options are what else is known of a change.
type Options struct {
	Stack string

	// Most is how many syntheses may be made; 0: 150.
	Most int

	// Within is how long the settings of a file are searched that has no earlier version
	// to compare it with; 0: as long as it takes.
	Within time.Duration

	// AtLeast is how many syntheses are made before Within ends the search, so that a
	// machine that is slow or busy finds what another finds.
	AtLeast int

	// Changes are a plan's, where there is one.
	Changes []review.ResourceChange

	// Given are the values of variables for which somebody does not want the default.
	Given map[string]string
}

// Causes are those of one change.
type Causes struct {
	Options
	after, before Version
	compared      bool              // before is known
	own           string            // the stack's file
	wasOwn        string            // and before; "": there was none
	file          *config.Setting   // what is in own
	given         map[string]effect // of the values of variables

	worlds    *worlds
	parts     map[string]*part
	edits     []*edit
	effects   map[state]effect
	actual    *world // with the settings of after
	base      *world // with those of before
	committed *world // what was synthesized of before, by whatever code
	total     effect // between committed and actual
	code      effect // between committed and base
	ownPart   *part  // the file laid over none
	ownEdits  []*edit
	searching time.Duration // spent on ownEdits
	late      bool          // some of them were not searched
	unfound   bool          // something has no better cause for that

	config, configBefore *config.Config // of the versions, nil where it cannot be read

	blocks, blocksBefore map[string][]block
}

// state is what is put back of an edit in the later version. Opposite, it is all others
// in the earlier one, and within a section all others in that.
type state struct {
	edit     *edit
	how      how
	opposite bool
	within   *edit
}

const mostSyntheses = 150

// Compare prepares to say what caused what differs between two versions. Before may
// have no files; then a change is one from what the state has.
func Compare(before, after Version, o Options) (*Causes, error) {
	c := &Causes{Options: o, before: before, after: after, compared: len(before.Files) > 0, effects: map[state]effect{}, given: map[string]effect{}}
	c.blocks, c.blocksBefore = blocksOf(after.Files), blocksOf(before.Files)
	settingsOf := func(v Version) (map[string]*config.Setting, string, error) {
		all, own := map[string]*config.Setting{}, ""
		for _, name := range slices.Sorted(maps.Keys(v.Files)) {
			if !config.IsEnvironment(name) {
				continue
			}
			s, err := config.Settings(name, v.Files[name])
			if err != nil {
				return nil, "", err
			}
			all[name] = s
			if stackOf(name, s) == o.Stack {
				own = name
			}
		}
		return all, own, nil
	}
	now, own, err := settingsOf(after)
	if err != nil {
		return nil, err
	}
	was, wasOwn, err := settingsOf(before)
	if err != nil {
		return nil, err
	}
	c.own, c.wasOwn, c.file = own, wasOwn, now[own]
	if own == "" && wasOwn == "" {
		return nil, fmt.Errorf("stack: got %q, which has no environment file in either version", o.Stack)
	}
	if own == "" {
		return c, nil // all of the stack goes
	}
	c.compared = c.compared && wasOwn != "" // else the state is of a file that is not here
	c.worlds = &worlds{file: own, given: o.Given, left: cmp.Or(o.Most, mostSyntheses)}
	c.parts = map[string]*part{}
	for name, s := range now {
		if name != own && kind(now[own]) == settings.KindWorker {
			continue // no other file has a say in it
		}
		earlier := s
		if c.compared {
			earlier = was[name]
			if name == own {
				earlier = was[wasOwn]
			}
		}
		part, edits := merge(name, earlier, s, false)
		c.parts[name], c.edits = part, append(c.edits, edits...)
	}
	for name, s := range was {
		if kind(now[own]) != settings.KindWorker && now[name] == nil && name != wasOwn {
			part, edits := merge(name, s, nil, false)
			c.parts[name], c.edits = part, append(c.edits, edits...)
		}
	}
	slices.SortStableFunc(c.edits, func(a, b *edit) int { return strings.Compare(a.file, b.file) })
	c.ownPart, c.ownEdits = merge(own, &config.Setting{Value: &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}}, now[own], true)
	c.config, _ = config.LoadLoosely(c.relevant(after)) // nil where the synthesis fails
	c.configBefore, _ = config.LoadLoosely(c.relevant(before))
	if err := c.synthesize(); err != nil {
		return nil, err
	}
	return c, nil
}

// isNew says whether the stack is made from nothing.
func (c *Causes) isNew() bool {
	return onlyCreates(c.Changes) || len(c.Changes) == 0 && len(c.before.Files) > 0 && c.wasOwn == ""
}

// onlyCreates says whether a plan makes a stack from nothing.
func onlyCreates(changes []review.ResourceChange) bool {
	return len(changes) > 0 && !slices.ContainsFunc(changes, func(c review.ResourceChange) bool { return c.Action != review.Create && c.Type != "" })
}

// Prepare makes the syntheses that tell one setting's changes from another's, so that
// they are done while somebody waits for something else. Of makes what is missing.
func (c *Causes) Prepare() {
	edits := c.edits
	if len(edits) == 0 {
		edits = c.searched()
	}
	for _, e := range edits {
		c.effectOf(e)
	}
}

// synthesize makes the versions themselves.
func (c *Causes) synthesize() error {
	if c.actual = c.worlds.having(c.relevant(c.after), c.after.JSON); c.actual.err != nil {
		return fmt.Errorf("stack %s: cannot be synthesized: %w", c.Stack, c.actual.err)
	}
	if !c.compared {
		return nil
	}
	if c.before.JSON != nil {
		if c.committed = worldOf(c.before.JSON, c.Given); c.committed.err != nil {
			return fmt.Errorf("stack %s before the change: %w", c.Stack, c.committed.err)
		}
	}
	if c.base = c.actual; len(c.edits) > 0 {
		files, err := written(c.parts, back(c.edits))
		if err != nil {
			return err
		}
		known := c.before.JSON
		if c.before.Other {
			known = nil
		}
		c.base = c.worlds.having(files, known)
	}
	if c.committed == nil {
		c.committed = c.base
	}
	c.code = effect{}
	if c.base.err == nil {
		c.code = differ(c.committed, c.base)
	}
	if c.committed.err == nil {
		c.total = differ(c.committed, c.actual)
	}
	return nil
}

// Before is the Terraform JSON that this program makes of the version before; nil where
// that is not known.
func (c *Causes) Before() []byte {
	if c.base == nil {
		return nil
	}
	return c.base.data
}

// relevant are a version's files that make the stack.
func (c *Causes) relevant(v Version) map[string][]byte {
	all := map[string][]byte{}
	for name, data := range v.Files {
		if c.parts[name] != nil || name == c.wasOwn {
			all[name] = data
		}
	}
	return all
}

// stackOf is the name of a file's stack.
func stackOf(name string, s *config.Setting) string {
	if given := entry(s, "stack"); given != nil && given.Value.Value != "" {
		return given.Value.Value
	}
	base := filepath.Base(name)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

func kind(s *config.Setting) string {
	if given := entry(s, "kind"); given != nil {
		return given.Value.Value
	}
	return settings.KindWorker
}

// world is the stack with some edits put back.
func (c *Causes) world(parts map[string]*part, back map[*edit]how) *world {
	files, err := written(parts, back)
	if err != nil {
		return &world{err: err}
	}
	return c.worlds.of(files)
}

// written are the files with some edits put back.
func written(parts map[string]*part, back map[*edit]how) (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, p := range parts {
		node := p.node(back)
		if node == nil {
			continue
		}
		data, err := yaml.Marshal(node)
		if err != nil {
			return nil, err
		}
		files[name] = data
	}
	return files, nil
}

// effect is what an edit causes: what differs when it alone is put back. Where that
// cannot be synthesized, it is what differs when nothing but it is made, or what only
// it adds to the fewest that can be put back with it. It is nil where neither is known.
func (c *Causes) effect(s state) effect {
	if known, ok := c.effects[s]; ok {
		return known
	}
	c.effects[s] = nil // what is asked for on the way
	made := c.made(s)
	if made == nil && s == (state{edit: s.edit, how: whole}) && slices.Contains(c.edits, s.edit) && !c.worlds.spent() {
		if made = c.made(state{edit: s.edit, opposite: true}); made == nil {
			made = c.added(s.edit)
		}
	}
	c.effects[s] = made
	return made
}

func (c *Causes) made(s state) effect {
	parts := c.parts
	if s.edit.own {
		if c.Within > 0 && c.searching > c.Within && c.worlds.made >= c.AtLeast {
			c.late = true
			return nil
		}
		defer func(start time.Time) { c.searching += time.Since(start) }(time.Now())
		parts = maps.Clone(parts)
		parts[c.own] = c.ownPart
	}
	from, back := c.actual, map[*edit]how{s.edit: s.how}
	switch {
	case s.opposite:
		from, back = c.base, map[*edit]how{}
		for _, e := range c.edits {
			if e != s.edit {
				back[e] = whole
			}
		}
	case s.within != nil:
		from, back = c.world(parts, map[*edit]how{s.within: whole}), map[*edit]how{}
		for _, e := range s.within.inner {
			if (e == s.edit) == (s.within.after == nil) {
				back[e] = whole
			}
		}
	}
	w := c.world(parts, back)
	if w.err != nil || from == nil || from.err != nil {
		return nil
	}
	return differ(from, w)
}

// added is what an edit adds to the fewest that can be put back with it.
func (c *Causes) added(e *edit) effect {
	if c.base == nil || c.base.err != nil {
		return nil
	}
	group := c.fewest(c.edits, func(edits []*edit) bool {
		return slices.Contains(edits, e) && c.without(edits).err == nil
	})
	added := maps.Clone(differ(c.actual, c.without(group)))
	for _, other := range group {
		if other == e {
			continue
		}
		for address, paths := range c.effect(state{edit: other, how: whole}) {
			rest := maps.Clone(added[address])
			for path := range paths {
				delete(rest, path)
			}
			if added[address] = rest; len(rest) == 0 {
				delete(added, address)
			}
		}
	}
	return added
}

// without is the world with some edits put back.
func (c *Causes) without(edits []*edit) *world { return c.world(c.parts, back(edits)) }

func back(edits []*edit) map[*edit]how {
	all := map[*edit]how{}
	for _, e := range edits {
		all[e] = whole
	}
	return all
}

// fewest are edits that are enough, without any that is not needed.
func (c *Causes) fewest(edits []*edit, enough func([]*edit) bool) []*edit {
	found := slices.Clone(edits)
	for _, e := range edits {
		if c.worlds.spent() {
			break
		}
		if fewer := slices.DeleteFunc(slices.Clone(found), func(other *edit) bool { return other == e }); enough(fewer) {
			found = fewer
		}
	}
	return found
}

// Stacks are the stacks of a version's environment files, but for those of files that
// cannot be read.
func Stacks(v Version) []string {
	var all []string
	for name, data := range v.Files {
		if !config.IsEnvironment(name) {
			continue
		}
		if s, err := config.Settings(name, data); err == nil {
			all = append(all, stackOf(name, s))
		}
	}
	slices.Sort(all)
	return all
}

// Synthesized is how many syntheses were made.
func (c *Causes) Synthesized() int {
	if c.worlds == nil {
		return 0
	}
	return c.worlds.made
}
