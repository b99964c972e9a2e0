package diagram

import (
	"fmt"
	"strconv"
	"strings"
)

// d2 writes a picture in D2's language. iconOf gives an icon's URL.
func d2(p *Picture, iconOf func(string) string) string {
	var w strings.Builder
	w.WriteString(d2Classes)
	for _, b := range p.Boxes {
		d2Box(&w, b, iconOf)
	}
	for _, a := range p.Arrows {
		from, arrow, to := a.From, "->", a.To
		if a.Up {
			from, arrow, to = a.To, "<-", a.From
		}
		fmt.Fprintf(&w, "%s %s %s: %s%s\n", from, arrow, to, quote(a.Label), d2Changes[a.change])
	}
	return w.String()
}

// quote is a text as D2 reads it, in which ${x} is no variable.
func quote(text string) string { return strings.ReplaceAll(strconv.Quote(text), "${", `\${`) }

// d2Changes are how arrows are drawn that are new or gone.
var d2Changes = map[string]string{
	"new":  ` { style: { stroke: "#1f883d"; stroke-width: 3 } }`,
	"gone": ` { style: { stroke: "#d1242f"; stroke-dash: 4 } }`,
}

func d2Box(w *strings.Builder, b *Box, iconOf func(string) string) {
	fade, dash := "", ""
	if b.gone {
		fade, dash = "; style.opacity: 0.6", "style: { stroke: \"#d1242f\"; stroke-dash: 4 }\n"
	}
	switch {
	case b.Class == "icon":
		fmt.Fprintf(w, "%s: %s { shape: image; icon: %q; width: 40; height: 40; style.font-size: 13%s }\n", b.ID, quote(b.Title), iconOf(b.Icon), fade)
	case len(b.Boxes) == 0 && b.Icon != "":
		fmt.Fprintf(w, "%s: \"\" {\nclass: card\n"+dash+"grid-columns: 2\ngrid-gap: 8\npicture: \"\" { shape: image; icon: %q; width: 40; height: 40 }\ntext: \"\" {\nclass: plain\ngrid-columns: 1\ngrid-gap: 0\n", b.ID, iconOf(b.Icon))
		fmt.Fprintf(w, "title: %s { shape: text; style.font-size: 14; style.bold: true }\n", quote(b.Title))
		if len(b.Lines) > 0 {
			fmt.Fprintf(w, "lines: %s { shape: text; style.font-size: 13; style.bold: false }\n", quote(strings.Join(b.Lines, "\n")))
		}
		w.WriteString("}\n}\n")
	default:
		label := strings.Join(append(lines(b.Title), b.Lines...), "\n")
		fmt.Fprintf(w, "%s: %s {\n", b.ID, quote(label))
		if b.Class != "" {
			fmt.Fprintf(w, "class: %s\n", b.Class)
		}
		w.WriteString(dash)
		if b.Columns > 0 {
			fmt.Fprintf(w, "grid-columns: %d\ngrid-gap: 12\n", b.Columns)
		}
		for _, inner := range b.Boxes {
			d2Box(w, inner, iconOf)
		}
		w.WriteString("}\n")
	}
}

// d2Classes are how boxes are drawn, in the colours of AWS's own diagrams.
const d2Classes = `direction: down
classes: {
  region: { style: { fill: transparent; stroke: "#00a4a6"; stroke-dash: 3; font-size: 18 } }
  vpc: { style: { fill: transparent; stroke: "#8c4fff"; font-size: 16 } }
  zone: { style: { fill: transparent; stroke: "#00a4a6"; stroke-dash: 4; font-size: 14 } }
  public: { style: { fill: transparent; stroke: "#7aa116"; font-size: 13 } }
  private: { style: { fill: transparent; stroke: "#00a4a6"; font-size: 13 } }
  group: { style: { fill: transparent; stroke: "#ed7100"; font-size: 16 } }
  card: { style: { fill: transparent; stroke: "#7d8998"; border-radius: 6 } }
  plain: { style: { fill: transparent; stroke: transparent } }
  row: { style: { fill: transparent; stroke: transparent } }
  outside: { style: { fill: transparent; stroke: "#7d8998"; border-radius: 6; font-size: 14 } }
}
`
