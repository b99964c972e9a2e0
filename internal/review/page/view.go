package page

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/diagram"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
)

const (
	shortValue     = 160   // characters of a value that is shown beside its name
	mostValue      = 20000 // characters of any value
	mostDiff       = 1000  // lines of a diff
	mostAttributes = 6     // as many attributes as a line shows without being asked
)

// document is what page.html is filled with. Its texts are as review.Visible has
// them; the template escapes them.
type document struct {
	Style   template.CSS
	Stacks  []view
	Filters []filter
}

// Title names the page in a browser's tab.
func (d document) Title() string {
	if len(d.Stacks) == 1 {
		return "Review of " + d.Stacks[0].Name + ": " + d.Stacks[0].Summary
	}
	return fmt.Sprintf("Review of %d stacks", len(d.Stacks))
}

type filter struct {
	Group review.Group
	Slug  string
	Count int
}

type view struct {
	ID, Name, Base, Summary, Origin string
	Planned                         bool
	Counts                          []count
	Cost                            string // "" where it is not known
	Groups                          []group
	Notes                           []string
	Picture                         template.HTML
}

type count struct {
	Action, Sign, Text string
}

type group struct {
	review.Group
	Slug  string
	Lines []line
}

type line struct {
	ID, Address, Text string
	Action            review.Action
	Sign, Verb        string
	Class             string
	Others            []string // Addresses, where it is about several.
	Box               string   // The mark in the picture; "" for none.
	Attributes, More  []attribute
	Causes            []cause

	about []string
}

type attribute struct {
	Path          string
	Before, After string
	Replaces      bool
	Diff          []diffLine // Instead of Before and After where they are long.
	Added         int        // Lines.
	Removed       int
}

type diffLine struct {
	Class, Sign, Text string
}

type cause struct {
	Setting, Text, Where, Before, After string
}

func newView(ctx context.Context, id, icons string, s Stack) (view, error) {
	r := s.Review
	v := view{ID: id, Name: review.Visible(r.Stack), Base: review.Visible(r.Base), Summary: review.Visible(review.Summary(r)), Origin: review.Visible(review.Origin(r)), Planned: r.Planned}
	counts := r.Count()
	for _, a := range review.Actions {
		if counts[a] > 0 {
			v.Counts = append(v.Counts, count{string(a), signs[a], fmt.Sprintf("%d %s", counts[a], a.Done())})
		}
	}
	if r.Cost.Known {
		v.Cost = r.Cost.String()
	}
	for _, n := range r.Notes {
		v.Notes = append(v.Notes, review.Visible(n))
	}
	n := 0
	for _, g := range review.Groups {
		shown := group{Group: g, Slug: slug(g)}
		for _, l := range r.In(g) {
			n++
			shown.Lines = append(shown.Lines, newLine(fmt.Sprintf("%s-line-%d", id, n), l))
		}
		if len(shown.Lines) > 0 {
			v.Groups = append(v.Groups, shown)
		}
	}
	return v, v.draw(ctx, icons, s)
}

// draw adds the picture, with marks that lead to the lines, and the lines' ways back.
func (v *view) draw(ctx context.Context, icons string, s Stack) error {
	if s.Before == nil && s.After == nil {
		return nil
	}
	first := map[string]int{}      // the first line about an address, as they are read
	actions := map[string]string{} // the most dangerous one of an address
	var lines []*line
	for _, g := range v.Groups {
		for i := range g.Lines {
			lines = append(lines, &g.Lines[i])
			for _, address := range g.Lines[i].about {
				if at, ok := first[address]; !ok || lines[at].Action == "" && g.Lines[i].Action != "" {
					first[address] = len(lines) - 1
				}
				if a := drawnAs[g.Lines[i].Action]; slices.Index(danger, a) > slices.Index(danger, actions[address]) {
					actions[address] = a
				}
			}
		}
	}
	picture := diagram.Union(s.Before, s.After, actions)
	marks := picture.Marks(actions)
	ids := map[string]string{} // of the marks, by the paths of their boxes
	for i := range marks {
		m := &marks[i]
		m.ID, m.Title = fmt.Sprintf("%s-box-%d", v.ID, i+1), review.Visible(m.Title)
		to := len(lines)
		for _, address := range m.Addresses {
			to = min(to, first[address])
		}
		m.Href, ids[m.Path] = "#"+lines[to].ID, m.ID
	}
	svg, err := diagram.Marked(ctx, picture, icons, marks)
	if err != nil {
		return err
	}
	for _, l := range lines {
		for _, address := range l.about {
			l.Box = cmp.Or(l.Box, ids[picture.Place(address)])
		}
	}
	// D2 escapes labels, and diagram what it draws on top.
	v.Picture = template.HTML(bytes.TrimSpace(svg))
	return nil
}

// danger are the actions of package diagram, the most dangerous one last.
var danger = []string{diagram.Create, diagram.Change, diagram.Replace, diagram.Destroy}

var drawnAs = map[review.Action]string{
	review.Create: diagram.Create, review.Import: diagram.Create, review.Update: diagram.Change, review.Move: diagram.Change,
	review.Replace: diagram.Replace, review.Destroy: diagram.Destroy, review.Forget: diagram.Destroy,
}

var signs = map[review.Action]string{
	review.Create: "+", review.Import: "<", review.Update: "~", review.Move: ">", review.Replace: "±", review.Destroy: "−", review.Forget: "×",
}

func slug(g review.Group) string { return strings.ReplaceAll(strings.ToLower(string(g)), " ", "-") }

func newLine(id string, l review.Line) line {
	made := line{ID: id, Address: review.Visible(l.Address), Text: review.Visible(l.Text), Action: l.Action, about: l.Addresses, Sign: signs[l.Action], Verb: l.Action.Verb(), Class: string(l.Action)}
	if l.Group == review.Security {
		made.Sign, made.Verb, made.Class = "✓", "narrows", "create"
		if l.Widens {
			made.Sign, made.Verb, made.Class = "!", "widens", "destroy"
		}
	}
	if len(l.Addresses) > 1 {
		for _, address := range l.Addresses {
			made.Others = append(made.Others, review.Visible(address))
		}
	}
	for _, a := range l.Attributes {
		made.Attributes = append(made.Attributes, newAttribute(a))
	}
	switch {
	case l.Told():
		made.Attributes, made.More = nil, made.Attributes
	case len(made.Attributes) > mostAttributes:
		made.Attributes, made.More = made.Attributes[:mostAttributes-1], made.Attributes[mostAttributes-1:]
	}
	for _, c := range l.Causes {
		made.Causes = append(made.Causes, cause{
			Setting: review.Visible(c.Setting), Text: review.Visible(c.Text), Where: review.Visible(c.Where()), Before: clip(c.Before, shortValue), After: clip(c.After, shortValue),
		})
	}
	return made
}

func newAttribute(a review.Attribute) attribute {
	made := attribute{Path: review.Visible(a.Path), Replaces: a.Replaces}
	before, after := laidOut(a.Before), laidOut(a.After)
	if utf8.RuneCountInString(before) <= shortValue && utf8.RuneCountInString(after) <= shortValue && !strings.Contains(before+after, "\n") {
		made.Before, made.After = before, after
		return made
	}
	made.Diff = diff(before, after)
	for _, l := range made.Diff {
		switch l.Sign {
		case "+":
			made.Added++
		case "-":
			made.Removed++
		}
	}
	return made
}

// laidOut is a value as it is read: JSON on one line gets several.
func laidOut(value string) string {
	value = strings.TrimSpace(value)
	if utf8.RuneCountInString(value) > shortValue && !strings.Contains(value, "\n") && (value[0] == '{' || value[0] == '[') {
		var b bytes.Buffer
		if json.Indent(&b, []byte(value), "", "  ") == nil {
			value = b.String()
		}
	}
	return clip(value, mostValue)
}

func clip(value string, most int) string {
	value = review.Visible(value)
	if n := utf8.RuneCountInString(value) - most; n > 0 {
		return fmt.Sprintf("%s … %s", string([]rune(value)[:most]), english.Plural(n, "more character", ""))
	}
	return value
}

// diff has the lines of a value that change, and some around them.
func diff(before, after string) []diffLine {
	classes := map[string]string{"-": "del", "+": "ins"}
	var all []diffLine
	for i, hunk := range review.Hunks(before, after, 3) {
		if i > 0 {
			all = append(all, diffLine{"gap", " ", "…"})
		}
		for _, l := range hunk {
			all = append(all, diffLine{classes[l.Sign], l.Sign, l.Text})
		}
	}
	if n := len(all) - mostDiff; n > 0 {
		all = append(all[:mostDiff], diffLine{"gap", " ", "… " + english.Plural(n, "more line", "")})
	}
	return all
}
