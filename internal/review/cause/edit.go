package cause

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
)

// edit is one setting that differs between two versions of a file. Any of a file's
// edits can be put back without the others.
type edit struct {
	file          string
	before, after *config.Setting // nil: the version does not have it
	inner         []*edit         // the settings in a section that one version alone has
	own           bool            // it is one of a file laid over none
}

func (e *edit) setting() *config.Setting {
	if e.after != nil {
		return e.after
	}
	return e.before
}

// part is a setting of two versions laid over each other.
type part struct {
	key           string
	before, after *config.Setting
	edit          *edit   // nil: both have it, and what differs is in inner
	inner         []*part // of mappings and lists
}

// merge lays two versions of a file over each other; either may be nil. What differs
// is in the edits, from the outermost.
func merge(file string, before, after *config.Setting, own bool) (*part, []*edit) {
	m := &merger{file: file, own: own}
	return m.part(before, after, &m.edits), m.edits
}

type merger struct {
	file  string
	own   bool
	edits []*edit
}

func (m *merger) part(before, after *config.Setting, edits *[]*edit) *part {
	p := &part{before: before, after: after}
	switch {
	case before != nil && after != nil && before.Value.Kind == after.Value.Kind && before.Value.Kind != yaml.ScalarNode:
		p.key = after.Key
		for _, pair := range pairs(before, after) {
			p.inner = append(p.inner, m.part(pair[0], pair[1], edits))
		}
		return p
	case before != nil && after != nil && equal(before, after):
		p.key = after.Key
		return p
	}
	p.edit = &edit{file: m.file, before: before, after: after, own: m.own}
	*edits = append(*edits, p.edit)
	one := p.edit.setting()
	p.key = one.Key
	for _, s := range one.Inner {
		switch {
		case before == nil:
			p.inner = append(p.inner, m.part(nil, s, &p.edit.inner))
		case after == nil:
			p.inner = append(p.inner, m.part(s, nil, &p.edit.inner))
		}
	}
	return p
}

// how an edit is put back.
type how int

const (
	whole how = iota + 1
	empty     // A section that was removed, without what was in it.
	other     // The first of the setting's other values; the rest follow.
)

// others are other values that a setting could have. They show what it governs where
// leaving it out changes nothing, as the preset has the same value.
func (e *edit) others() []*yaml.Node {
	if e.after == nil || e.after.Value.Kind != yaml.ScalarNode {
		return nil
	}
	node := e.after.Value
	value := func(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: node.Tag, Value: text} }
	if at := slices.Index(e.after.Words, node.Value); at >= 0 {
		words := e.after.Words
		if len(words) > 4 { // sizes: the neighbours
			words = words[max(0, at-1):min(len(words), at+2)]
		}
		var all []*yaml.Node
		for _, word := range words {
			if word != node.Value {
				all = append(all, value(word))
			}
		}
		return all
	}
	switch node.Tag {
	case "!!bool":
		return []*yaml.Node{value(strconv.FormatBool(node.Value != "true"))}
	case "!!int":
		if n, err := strconv.Atoi(node.Value); err == nil {
			return []*yaml.Node{value(strconv.Itoa(n + 1)), value(strconv.Itoa(2 * n))}
		}
	case "!!str":
		return []*yaml.Node{value(node.Value + "x")}
	}
	return nil
}

// node is the setting as the later version has it, but for the edits that are put
// back; nil where it is not there.
func (p *part) node(back map[*edit]how) *yaml.Node {
	e := p.edit
	switch {
	case e == nil && len(p.inner) == 0:
		return plain(p.after)
	case e == nil:
		return p.section(p.after, back)
	case back[e] >= other:
		return e.others()[back[e]-other]
	case e.before != nil && back[e] == whole:
		return plain(e.before)
	case back[e] == whole:
		return nil
	case e.after != nil && len(p.inner) == 0:
		return plain(e.after)
	case e.after != nil:
		return p.section(e.after, back)
	}
	if made := p.section(e.before, back); back[e] == empty || len(made.Content) > 0 {
		return made
	}
	return nil
}

// section is one with what is in it.
func (p *part) section(like *config.Setting, back map[*edit]how) *yaml.Node {
	made := &yaml.Node{Kind: like.Value.Kind, Tag: like.Value.Tag}
	for _, inner := range p.inner {
		if value := inner.node(back); value != nil {
			add(made, inner.key, value)
		}
	}
	return made
}

// add adds an entry to a mapping, or an element to a list.
func add(to *yaml.Node, key string, value *yaml.Node) {
	if to.Kind == yaml.MappingNode {
		to.Content = append(to.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key})
	}
	to.Content = append(to.Content, value)
}

// plain is a setting's value without comments, anchors and aliases.
func plain(s *config.Setting) *yaml.Node {
	made := &yaml.Node{Kind: s.Value.Kind, Tag: s.Value.Tag, Value: s.Value.Value}
	if made.Kind == yaml.ScalarNode {
		made.Style = s.Value.Style
	}
	for _, inner := range s.Inner {
		add(made, inner.Key, plain(inner))
	}
	return made
}

// equal says whether two settings mean the same.
func equal(a, b *config.Setting) bool {
	if a.Value.Kind != b.Value.Kind || a.Key != b.Key || len(a.Inner) != len(b.Inner) {
		return false
	}
	switch a.Value.Kind {
	case yaml.ScalarNode:
		return a.Value.Value == b.Value.Value && a.Value.Tag == b.Value.Tag
	case yaml.MappingNode:
		for _, one := range a.Inner {
			if other := entry(b, one.Key); other == nil || !equal(one, other) {
				return false
			}
		}
		return true
	}
	for i := range a.Inner {
		if !equal(a.Inner[i], b.Inner[i]) {
			return false
		}
	}
	return true
}

func entry(s *config.Setting, key string) *config.Setting {
	for _, inner := range s.Inner {
		if inner.Key == key {
			return inner
		}
	}
	return nil
}

// pairs are the entries or elements of two settings that belong together; of a pair
// one is nil where its version has none.
func pairs(before, after *config.Setting) [][2]*config.Setting {
	var all [][2]*config.Setting
	if after.Value.Kind == yaml.SequenceNode {
		return aligned(before.Inner, after.Inner)
	}
	for _, s := range after.Inner {
		all = append(all, [2]*config.Setting{entry(before, s.Key), s})
	}
	for _, s := range before.Inner {
		if entry(after, s.Key) == nil {
			all = append(all, [2]*config.Setting{s, nil})
		}
	}
	return all
}

// aligned pairs the elements of two lists: those that are equal or have one name, and
// between them those that have most in common, in order.
func aligned(before, after []*config.Setting) [][2]*config.Setting {
	// best[i][j] is how much before[i:] and after[j:] have in common.
	best := make([][]int, len(before)+1)
	for i := range best {
		best[i] = make([]int, len(after)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(after) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if n := likeness(before[i], after[j]); n > 0 {
				best[i][j] = max(best[i][j], n+best[i+1][j+1])
			}
		}
	}
	var all [][2]*config.Setting
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch n := 0; {
		case i == len(before):
			all = append(all, [2]*config.Setting{nil, after[j]})
			j++
		case j == len(after):
			all = append(all, [2]*config.Setting{before[i], nil})
			i++
		default:
			if n = likeness(before[i], after[j]); n > 0 && best[i][j] == n+best[i+1][j+1] {
				all = append(all, [2]*config.Setting{before[i], after[j]})
				i, j = i+1, j+1
			} else if best[i][j] == best[i+1][j] {
				all = append(all, [2]*config.Setting{before[i], nil})
				i++
			} else {
				all = append(all, [2]*config.Setting{nil, after[j]})
				j++
			}
		}
	}
	return all
}

// likeness says how much two elements of a list have in common: 0 where they are two
// things, most where they are equal.
func likeness(a, b *config.Setting) int {
	const most = 1000
	switch {
	case equal(a, b):
		return most
	case a.Value.Kind != yaml.MappingNode || b.Value.Kind != yaml.MappingNode:
		return 1 // one took the other's place, if nothing else did
	}
	for _, key := range []string{"name", "sid"} {
		x, y := entry(a, key), entry(b, key)
		if (x == nil) != (y == nil) {
			return 0
		}
		if x != nil && !equal(x, y) {
			return 1
		}
		if x != nil {
			return most - 1
		}
	}
	n := 1
	for _, inner := range a.Inner {
		if other := entry(b, inner.Key); other != nil && equal(inner, other) {
			n += 2
		}
	}
	return min(n, most-2)
}
