package diagram

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"slices"
	"strings"

	"oss.terrastruct.com/d2/d2target"
)

// The actions that a mark shows. Any other one is a change.
const (
	Create  = "create"
	Change  = "change"
	Replace = "replace"
	Destroy = "destroy"
)

// Mark shows what a change does to what a box or an arrow is about.
type Mark struct {
	Path      string // See Place.
	Title     string // The box's.
	Action    string
	Addresses []string // What changes there.

	ID, Href string // Of the mark as an element of the page that the picture is in, and where it leads.
}

// Marks are the marks of a change, which does an action to each of some addresses.
// What a box is about decides: that a part of it is new is a change of the box.
func (p *Picture) Marks(actions map[string]string) []Mark {
	byPath := map[string]*Mark{}
	for address := range actions {
		path := p.Place(address)
		if path == "" || !p.has(path) {
			continue
		}
		if byPath[path] == nil {
			byPath[path] = &Mark{Path: path, Action: Change, Title: p.title(path)}
		}
		byPath[path].Addresses = append(byPath[path].Addresses, address)
	}
	var all []Mark
	for path, m := range byPath {
		slices.Sort(m.Addresses)
		// An arrow is about what belongs to it alone.
		about := p.places.own[path]
		if strings.Contains(path, "->") {
			about = m.Addresses
		}
		same := ""
		for i, address := range about {
			action := actions[address]
			if action == "" { // its instances may have one
				for _, a := range m.Addresses {
					if base, _ := split(a); base == address {
						action = actions[a]
					}
				}
			}
			if i > 0 && action != same {
				action = ""
			}
			if same = action; same == "" {
				break
			}
		}
		if same != "" {
			m.Action = same
		}
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b Mark) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// title is the title of a box, or of an arrow.
func (p *Picture) title(path string) string {
	if a := p.arrow(path); a != nil {
		return oneLine(a.Label)
	}
	if b := p.box(path); b != nil {
		return b.Title
	}
	return ""
}

// arrow is the arrow at a path, or nil.
func (p *Picture) arrow(path string) *Arrow {
	i := slices.IndexFunc(p.Arrows, func(a Arrow) bool { return a.path() == path })
	if i < 0 {
		return nil
	}
	return &p.Arrows[i]
}

// box is the box at a path, or nil.
func (p *Picture) box(path string) *Box {
	boxes := p.Boxes
	var found *Box
	for _, id := range strings.Split(path, ".") {
		i := slices.IndexFunc(boxes, func(b *Box) bool { return b.ID == id })
		if i < 0 {
			return nil
		}
		found, boxes = boxes[i], boxes[i].Boxes
	}
	return found
}

// has says whether there is a box or an arrow at a path.
func (p *Picture) has(path string) bool {
	return p.arrow(path) != nil || p.box(path) != nil
}

// Marked renders a picture with marks, for a page of HTML.
func Marked(ctx context.Context, p *Picture, icons string, marks []Mark) ([]byte, error) {
	diagram, svg, err := render(ctx, p, icons)
	if err != nil {
		return nil, err
	}
	end := []byte("</svg></svg>")
	at := bytes.LastIndex(svg, end)
	if at < 0 {
		return nil, fmt.Errorf("D2's picture does not end in %s", end)
	}
	var b bytes.Buffer
	b.WriteString("<g class=\"marks\">")
	for _, m := range marks {
		box, ok := place(diagram, m.Path)
		if !ok {
			return nil, fmt.Errorf("the picture has no place %s for %s", m.Path, strings.Join(m.Addresses, ", "))
		}
		m.draw(&b, box)
	}
	b.WriteString("</g>")
	return slices.Concat(svg[bytes.Index(svg, []byte("<svg")):at], b.Bytes(), svg[at:]), nil // without the XML declaration
}

type rectangle struct {
	x, y, width, height int

	tag // Where there is room for the action.
}

type tag int

const (
	below tag = iota // At the lower edge: titles are at the upper one.
	above            // At the upper edge, of what has boxes at its lower one.
	small            // Its sign alone.
)

// place is where D2 has drawn a box or the label of an arrow.
func place(d *d2target.Diagram, path string) (rectangle, bool) {
	if from, to, ok := strings.Cut(path, "->"); ok {
		for _, c := range d.Connections {
			if (c.Src == from && c.Dst == to || c.Src == to && c.Dst == from) && c.Label != "" {
				at := c.GetLabelTopLeft()
				return rectangle{int(at.X) - 6, int(at.Y) - 4, c.LabelWidth + 12, c.LabelHeight + 8, above}, true
			}
		}
		return rectangle{}, false
	}
	for _, s := range d.Shapes {
		if s.ID != path {
			continue
		}
		if s.Type == "image" { // its label is below it
			width := max(s.Width, s.LabelWidth) + 12
			return rectangle{s.Pos.X + s.Width/2 - width/2, s.Pos.Y, width, s.Height + s.LabelHeight + 10, small}, true
		}
		r := rectangle{s.Pos.X, s.Pos.Y, s.Width, s.Height, below}
		if slices.ContainsFunc(s.Classes, func(class string) bool { return slices.Contains([]string{"region", "vpc", "zone", "group"}, class) }) {
			r.tag = above
		}
		return r, true
	}
	return rectangle{}, false
}

// signs are the actions as a plan has them, for whoever does not see the colours.
var signs = map[string]string{Create: "+ create", Change: "~ change", Replace: "± replace", Destroy: "− destroy"}

// draw writes a mark: a frame, which is the link, with the action in its corner, and
// a cross over what is destroyed.
func (m Mark) draw(b *bytes.Buffer, r rectangle) {
	sign, class := signs[m.Action], m.Action
	if sign == "" {
		sign, class = m.Action, Change
	}
	fmt.Fprintf(b, `<a id="%s" href="%s" class="mark %s" aria-label="%s"><title>%s</title>`, html.EscapeString(m.ID), html.EscapeString(m.Href), class,
		html.EscapeString(fmt.Sprintf("%s: %s: %s", m.Title, m.Action, strings.Join(m.Addresses, ", "))), html.EscapeString(m.Action+": "+strings.Join(m.Addresses, ", ")))
	fmt.Fprintf(b, `<rect class="frame" x="%d" y="%d" width="%d" height="%d" rx="6"/>`, r.x-3, r.y-3, r.width+6, r.height+6)
	if m.Action == Destroy {
		fmt.Fprintf(b, `<path class="cross" d="M%d %dL%d %dM%d %dL%d %d"/>`, r.x, r.y, r.x+r.width, r.y+r.height, r.x+r.width, r.y, r.x, r.y+r.height)
	}
	width := 8*len([]rune(sign)) + 10
	x, y := r.x+r.width-width-8, r.y+r.height-8
	switch r.tag {
	case above:
		y = r.y - 13
	case small:
		sign, width = string([]rune(sign)[:1]), 20
		x, y = r.x+r.width-12, r.y+r.height-14
	}
	fmt.Fprintf(b, `<rect class="tag" x="%d" y="%d" width="%d" height="20" rx="10"/><text x="%d" y="%d" text-anchor="middle">%s</text></a>`, x, y, width, x+width/2, y+14, html.EscapeString(sign))
}
