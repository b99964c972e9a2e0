package diagram

import (
	"fmt"
	"strings"
)

// Mermaid writes a picture as a Mermaid flowchart, which GitHub draws.
// https://mermaid.js.org/syntax/flowchart.html
func Mermaid(p *Picture) string {
	var w strings.Builder
	w.WriteString("flowchart TB\n")
	for _, b := range p.Boxes {
		mermaidBox(&w, b, "", "  ")
	}
	for _, a := range p.Arrows {
		from, to := mermaidID(a.From), mermaidID(a.To)
		if a.Label == "" {
			fmt.Fprintf(&w, "  %s --> %s\n", from, to)
		} else {
			fmt.Fprintf(&w, "  %s -->|\"%s\"| %s\n", from, mermaidEscape.Replace(a.Label), to)
		}
	}
	return w.String()
}

// Markdown is a page with the SVG beside it and the Mermaid flowchart.
func Markdown(p *Picture) string {
	return fmt.Sprintf("# %[1]s\n\n![%[1]s](%[1]s.svg)\n\n## As Mermaid\n\n```mermaid\n%[2]s```\n\nDrawn by `make diagram` from the synthesized stack.\n", p.Title, Mermaid(p))
}

func mermaidID(path string) string { return strings.ReplaceAll(path, ".", "_") }

func mermaidBox(w *strings.Builder, b *Box, inside, indent string) {
	path := b.ID
	if inside != "" {
		path = inside + "." + b.ID
	}
	all := strings.Split(strings.Join(append(lines(b.Title), b.Lines...), "\n"), "\n")
	if len(b.Boxes) == 0 {
		fmt.Fprintf(w, "%s%s[\"%s\"]\n", indent, mermaidID(path), mermaidText(all))
		return
	}
	// A group's title has one line of room.
	first := min(2, len(all))
	fmt.Fprintf(w, "%ssubgraph %s[\"%s \"]\n", indent, mermaidID(path), mermaidEscape.Replace(strings.Join(all[:first], " ")))
	if rest := all[first:]; len(rest) > 0 {
		fmt.Fprintf(w, "%s  %s_lines[\"%s\"]\n", indent, mermaidID(path), mermaidText(rest))
	}
	for _, inner := range b.Boxes {
		mermaidBox(w, inner, path, indent+"  ")
	}
	fmt.Fprintf(w, "%send\n", indent)
}

func mermaidText(lines []string) string {
	return strings.ReplaceAll(mermaidEscape.Replace(strings.Join(lines, "\n")), "\n", "<br>")
}

// mermaidEscape writes what would end or mark up a label as Mermaid's entities.
var mermaidEscape = strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;")
