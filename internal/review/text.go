package review

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/mitchellh/go-wordwrap"
	"golang.org/x/term"
)

// Options are how a text is written.
type Options struct {
	Width   int  // Of a line; 0: 100.
	Color   bool // For a terminal.
	Details int  // How many attributes are listed below a line; 0: 4.
}

// To is how a text is written to a file: on a terminal in colour, unless NO_COLOR is
// set, and in its width of 60 to widest columns.
// https://no-color.org
func To(f *os.File, widest int) (o Options) {
	if !isatty.IsTerminal(f.Fd()) {
		return o
	}
	o.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		o.Width = max(60, min(width, widest))
	}
	return o
}

// String is the cause as it stands behind a line: "network.natGateways, environments/prod.yaml:12".
func (c Cause) String() string {
	var parts []string
	if c.Setting != "" {
		parts = append(parts, c.Setting)
	}
	if c.Text != "" {
		parts = append(parts, c.Text)
	}
	if where := c.Where(); where != "" {
		parts = append(parts, where)
	}
	return strings.Join(parts, ", ")
}

// Text writes a review for a terminal.
func Text(w io.Writer, r *Review, o Options) error {
	t := &text{width: cmp.Or(o.Width, 100), details: cmp.Or(o.Details, 4), color: o.Color}
	t.review(r)
	_, err := io.WriteString(w, t.String())
	return err
}

type text struct {
	strings.Builder
	width, details int
	color          bool
}

// The colours of a terminal.
const (
	bold, red, green, yellow, faint = "1", "31", "32", "33", "2"
)

func (t *text) paint(color, s string) string {
	if !t.color || color == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// symbols are what stands before a line.
var symbols = map[Action][2]string{
	Create: {"+", green}, Destroy: {"-", red}, Replace: {"±", red}, Update: {"~", yellow}, Forget: {"×", faint}, Import: {"<", green}, Move: {">", faint},
}

func (t *text) review(r *Review) {
	if len(r.Lines) == 0 {
		fmt.Fprintln(t, t.paint(bold, r.Stack+": No changes."))
		t.base(r)
		t.notes(r)
		return
	}
	fmt.Fprintln(t, t.paint(bold, r.Stack+": "+Summary(r)))
	t.base(r)
	group := Group("")
	for _, l := range folded(r.Lines) {
		if l.Group != group {
			group = l.Group
			fmt.Fprint(t, "\n", t.paint(bold, string(group)), "\n")
		}
		t.line(l)
	}
	t.notes(r)
}

// many is from how many lines on a new stack's are folded.
const many = 20

// folded has one line for each type of a stack that is made from nothing: each resource
// of it is as new as all others.
func folded(lines []Line) []Line {
	created := 0
	for _, l := range lines {
		if l.Action != "" && l.Group != Security && l.Action != Create {
			return lines
		}
		if l.Action == Create && l.Group != Security {
			created++
		}
	}
	if created < many {
		return lines
	}
	var all []Line
	at, labels := map[string]int{}, map[string][]string{}
	for _, l := range lines {
		kind, label, _ := strings.Cut(base(l.Address), ".")
		if l.Action != Create || l.Group == Security || kind == "" {
			all = append(all, l)
			continue
		}
		key := string(l.Group) + kind
		labels[key] = append(labels[key], strings.ReplaceAll(label, "_", " "))
		n, ok := at[key]
		if !ok {
			at[key] = len(all)
			all = append(all, l)
			continue
		}
		f := &all[n]
		f.Addresses, f.Attributes = slices.Concat(f.Addresses, l.Addresses), nil
		for _, c := range l.Causes {
			if !slices.Contains(f.Causes, c) {
				f.Causes = append(slices.Clone(f.Causes), c)
			}
		}
		what := kindOf(kind).plural()
		if kind == "output" || kind == "variable" {
			what = kind + "s"
		}
		f.Text = fmt.Sprintf("%d %s are created: %s.", len(f.Addresses), what, list(labels[key], 8))
	}
	return all
}

func (t *text) base(r *Review) {
	if r.Base != "" {
		fmt.Fprintln(t, t.paint(faint, "compared with "+r.Base))
	}
	if origin := Origin(r); origin != "" {
		t.wrapped("", "", "", origin)
	}
}

func (t *text) line(l Line) {
	symbol, color := " ", ""
	if s, ok := symbols[l.Action]; ok {
		symbol, color = s[0], s[1]
	}
	if l.Group == Security {
		if symbol, color = "-", green; l.Widens {
			symbol, color = "!", red
		}
	}
	t.wrapped("  "+symbol+" ", "    ", t.paint(color, symbol), l.Text+t.causes(l))
	if (l.Group != Variables || l.Action == Update) && !l.Told() {
		t.attributes(slices.DeleteFunc(slices.Clone(l.Attributes), func(a Attribute) bool { return strings.HasPrefix(a.Path, "dashboard_body") }))
	}
}

func (t *text) causes(l Line) string {
	var all []string
	for _, c := range l.Causes {
		if s := c.String(); s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, "; ") + ")"
}

func (t *text) attributes(all []Attribute) {
	for i, a := range all {
		if i == t.details && len(all) > t.details+1 {
			fmt.Fprintf(t, "      %s\n", t.paint(faint, fmt.Sprintf("and %d more", len(all)-i)))
			return
		}
		line := a.Path + ": "
		switch {
		case a.Before == "":
			line += "+ " + clip(a.After)
		case a.After == "":
			line += "- " + clip(a.Before)
		default:
			line += clip(a.Before) + " → " + clip(a.After)
		}
		t.wrapped("      ", "        ", "", line)
	}
}

// clip is a long value's beginning.
func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 160 {
		return string(r[:150]) + fmt.Sprintf("… (%d characters)", len(r))
	}
	return s
}

// wrapped writes a text in lines, the first behind first, with the mark in place of its sign.
func (t *text) wrapped(first, next, mark, s string) {
	lines := strings.Split(wordwrap.WrapString(Visible(s), uint(max(20, t.width-len([]rune(first))))), "\n")
	for i, line := range lines {
		prefix := next
		if i == 0 {
			prefix = first
			if mark != "" {
				prefix = "  " + mark + " "
			}
		}
		fmt.Fprintln(t, strings.TrimRight(prefix+line, " "))
	}
}

func (t *text) notes(r *Review) {
	if len(r.Notes) == 0 {
		return
	}
	fmt.Fprintln(t)
	for _, n := range r.Notes {
		t.wrapped("", "  ", "", n)
	}
}
