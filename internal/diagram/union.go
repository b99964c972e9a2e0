package diagram

import (
	"maps"
	"slices"
	"strings"
)

// Union is one picture of a stack before and after a change: what is gone stays in
// its place, crossed out, and a line that is new or gone begins with + or −. One
// picture, rather than two, has what comes beside what it comes in place of. Either
// may be nil. actions are those of the change, by address: a box that is gone and
// none of whose resources is destroyed has moved.
func Union(before, after *Picture, actions map[string]string) *Picture {
	if before == nil {
		before = &Picture{}
	}
	if after == nil {
		after = &Picture{Title: before.Title}
	}
	p := &Picture{Title: after.Title, Boxes: unite(before.Boxes, after.Boxes), places: places{boxes: map[string]string{}, own: map[string][]string{}, owners: map[string]string{}}}
	for _, of := range []*Picture{before, after} {
		maps.Copy(p.places.boxes, of.places.boxes)
		maps.Copy(p.places.owners, of.places.owners)
		for path, own := range of.places.own {
			for _, address := range own {
				p.places.own[path] = addOnce(p.places.own[path], address)
			}
		}
	}
	destroyed := map[string]bool{}
	for address, action := range actions {
		if action == Destroy {
			destroyed[p.Place(address)] = true
		}
	}
	p.Boxes = stay("", p.Boxes, destroyed)
	p.Arrows = slices.DeleteFunc(uniteArrows(before.Arrows, after.Arrows), func(a Arrow) bool { return !p.has(a.From) || !p.has(a.To) })
	return p
}

// stay leaves out what is gone and not destroyed.
func stay(in string, boxes []*Box, destroyed map[string]bool) []*Box {
	var all []*Box
	for _, b := range boxes {
		path := strings.TrimPrefix(in+"."+b.ID, ".")
		c := *b
		c.Boxes = stay(path, b.Boxes, destroyed)
		inGone := slices.ContainsFunc(slices.Collect(maps.Keys(destroyed)), func(p string) bool { return p == path || strings.HasPrefix(p, path+".") })
		if !b.gone || inGone {
			all = append(all, &c)
		}
	}
	return all
}

// unite has the boxes that there are, and after each the ones that are gone and
// stood there.
func unite(before, after []*Box) []*Box {
	is := map[string]*Box{}
	for _, b := range after {
		is[b.ID] = b
	}
	var all []*Box
	was := map[string]*Box{}
	for _, b := range before {
		was[b.ID] = b
	}
	next := 0 // the first box of before that is not in all yet
	for _, b := range after {
		old := was[b.ID]
		if old == nil {
			all = append(all, b)
			continue
		}
		for ; next < len(before) && before[next].ID != b.ID; next++ {
			if is[before[next].ID] == nil {
				all = append(all, gone(before[next]))
			} else if slices.ContainsFunc(all, func(have *Box) bool { return have.ID == before[next].ID }) {
				continue
			} else {
				break // it comes later
			}
		}
		if next < len(before) && before[next].ID == b.ID {
			next++
		}
		all = append(all, uniteBox(old, b))
	}
	for _, b := range before {
		if is[b.ID] == nil && !slices.ContainsFunc(all, func(have *Box) bool { return have.ID == b.ID }) {
			all = append(all, gone(b))
		}
	}
	return all
}

// gone is a box that is no longer there, nor is what it holds.
func gone(b *Box) *Box {
	c := *b
	c.gone = true
	c.Boxes = nil
	for _, inner := range b.Boxes {
		c.Boxes = append(c.Boxes, gone(inner))
	}
	return &c
}

func uniteBox(before, after *Box) *Box {
	b := *after
	b.Boxes = unite(before.Boxes, after.Boxes)
	b.Lines = uniteLines(before.Lines, after.Lines)
	b.Title = uniteTitle(before.Title, after.Title)
	if b.Columns > 1 && b.Columns == len(after.Boxes) {
		b.Columns = min(len(b.Boxes), max(b.Columns, 5)) // in one row, as far as that is readable
	}
	return &b
}

// uniteTitle has both of what differs: ECS cluster a → b.
func uniteTitle(before, after string) string {
	if before == after {
		return after
	}
	was, is := strings.Fields(before), strings.Fields(after)
	same := 0
	for same < min(len(was), len(is)) && was[same] == is[same] {
		same++
	}
	end := 0
	for end < min(len(was), len(is))-same && was[len(was)-1-end] == is[len(is)-1-end] {
		end++
	}
	parts := slices.Concat(is[:same], was[same:len(was)-end], []string{"→"}, is[same:])
	return strings.Join(parts, " ")
}

// uniteLines has all lines, each that is new or gone with a sign. Of a list, such as
// the actions of a service, only those elements have one.
func uniteLines(before, after []string) []string {
	var all []string
	next := 0
	goneBefore := func(end int) { // lines that are gone and stood before one that is there
		for ; next < end; next++ {
			if !slices.Contains(after, before[next]) && !slices.ContainsFunc(after, func(l string) bool { return sameList(before[next], l) }) {
				all = append(all, "− "+before[next])
			}
		}
	}
	for _, line := range after {
		at := slices.Index(before, line)
		if at < 0 {
			at = slices.IndexFunc(before, func(l string) bool { return sameList(l, line) && !slices.Contains(after, l) })
		}
		if at >= next {
			goneBefore(at)
			next = at + 1
		}
		switch {
		case at < 0:
			if next < len(before) { // most often it is in place of the next one
				goneBefore(next + 1)
			}
			all = append(all, "+ "+line)
		case before[at] == line:
			all = append(all, line)
		default:
			all = append(all, uniteList(before[at], line))
		}
	}
	goneBefore(len(before))
	return all
}

// sameList says whether two lines list what there is of the same: ecs: RunTask, StopTask.
func sameList(a, b string) bool {
	nameA, as := list(a)
	nameB, bs := list(b)
	both := 0
	for _, e := range as {
		if slices.Contains(bs, e) {
			both++
		}
	}
	return nameA == nameB && (nameA != "" || len(as) > 1 && (as[0] == bs[0] || both*2 > max(len(as), len(bs))))
}

// list takes a line apart: what it lists, and its name, if it has one.
func list(line string) (name string, all []string) {
	name, rest, ok := strings.Cut(oneLine(line), ": ")
	if !ok {
		name, rest = "", oneLine(line)
	}
	return name, strings.Split(rest, ", ")
}

func uniteList(before, after string) string {
	name, is := list(after)
	_, was := list(before)
	var all []string
	for _, e := range is {
		if !slices.Contains(was, e) {
			e = "+" + e
		}
		all = append(all, e)
	}
	for _, e := range was {
		if !slices.Contains(is, e) {
			all = append(all, "−"+e)
		}
	}
	if name != "" {
		name += ": "
	}
	return wrapped(name+strings.Join(all, ", "), 44)
}

func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }

func uniteArrows(before, after []Arrow) []Arrow {
	var all []Arrow
	left := slices.Clone(before)
	take := func(is func(Arrow) bool) (Arrow, bool) {
		i := slices.IndexFunc(left, is)
		if i < 0 {
			return Arrow{}, false
		}
		a := left[i]
		left = slices.Delete(left, i, i+1)
		return a, true
	}
	rest := make([]bool, len(after))
	for i, a := range after {
		_, same := take(func(b Arrow) bool { return b == a })
		rest[i] = !same
	}
	for i, a := range after {
		if rest[i] {
			old, ok := take(func(b Arrow) bool { return b.path() == a.path() && b.Up == a.Up })
			if ok {
				a.Label = "− " + old.Label + "\n+ " + a.Label
				a.change = "changed"
			} else {
				a.change = "new"
			}
		}
		all = append(all, a)
	}
	for _, a := range left {
		a.change = "gone"
		all = append(all, a)
	}
	return all
}
