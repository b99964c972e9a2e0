package cost

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Write prints an estimate as a table, with what it assumes and what it leaves out.
func (e Estimate) Write(w io.Writer, stack string) {
	fmt.Fprintf(w, "%s costs about %s a month\n", stack, e.Total())
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Format.Footer = text.FormatDefault
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 2, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 3, Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Number: 4, Align: text.AlignRight, AlignHeader: text.AlignRight, AlignFooter: text.AlignRight},
	})
	t.AppendHeader(table.Row{"", "a month", "US dollars for one", "US dollars a month"})
	for _, part := range e.parts() {
		t.AppendSeparator()
		t.AppendRow(table.Row{part.title, "", "", part.sum.String()})
		for _, l := range part.lines {
			t.AppendRow(table.Row{"  " + l.Name, l.amount(), unitPrice(l.Price), l.USD().String()})
		}
	}
	t.AppendFooter(table.Row{"Total", "", "", e.Total().String()})
	fmt.Fprintln(w, t.Render())
	for _, line := range e.small() {
		fmt.Fprintln(w, line)
	}
}

// part is the fixed part or that by use.
type part struct {
	title string
	sum   Range
	lines []Line
}

func (e Estimate) parts() []part {
	fixed, usage := part{title: "Fixed", sum: e.Fixed()}, part{title: "By use, as assumed", sum: e.Usage()}
	for _, l := range e.Lines {
		if l.Usage {
			usage.lines = append(usage.lines, l)
		} else {
			fixed.lines = append(fixed.lines, l)
		}
	}
	var all []part
	for _, p := range []part{fixed, usage} {
		if len(p.lines) > 0 {
			all = append(all, p)
		}
	}
	return all
}

func (l Line) amount() string {
	if quantity(l.Most) != quantity(l.Quantity) {
		return quantity(l.Quantity) + " to " + amount(l.Most, l.Unit)
	}
	return amount(l.Quantity, l.Unit)
}

// unitPrice has as many digits as AWS gives.
func unitPrice(usd float64) string {
	whole, fraction, _ := strings.Cut(strings.TrimRight(fmt.Sprintf("%.7f", usd), "0"), ".")
	return whole + "." + fraction + strings.Repeat("0", max(0, 2-len(fraction)))
}

// small are the lines below the table.
func (e Estimate) small() []string {
	all := []string{"", "Prices: " + e.Source() + "."}
	if secondary := Secondary(); secondary != "" {
		all = append(all, secondary)
	}
	if caveat := e.Caveat(); caveat != "" {
		all = append(all, caveat)
	}
	if len(e.Assumptions) > 0 {
		all = append(all, "Assumptions (override with ASSUME=\"name=value …\"):")
		for _, a := range e.Assumptions {
			all = append(all, fmt.Sprintf("  %s=%s  %s", a.Name, number(a.Value), a.What))
		}
	}
	if len(e.Notes) > 0 {
		all = append(all, "Not included:")
		for _, n := range e.Notes {
			all = append(all, "  "+n.Text+" ("+few(n.Addresses)+")")
		}
	}
	return append(all, "Not subtracted: free tiers, which an account has once for all its stacks. Not added: taxes.")
}

// Source says whose prices they are.
func (e Estimate) Source() string {
	region := e.Region
	if !known(region) {
		region = Fallback
	}
	dated := e.Date
	if e.Newest != e.Date {
		dated += " to " + e.Newest
	}
	return fmt.Sprintf("AWS's on-demand prices of %s, dated %s, for a month of %d hours", region, dated, Hours)
}

// Secondary says that nobody has compared the prices with AWS's list, or "".
func Secondary() string {
	if prices.Compared != never {
		return ""
	}
	return "These prices come from secondary sources and have not been checked against AWS's list; run make prices before relying on them."
}

// Caveat is a sentence about prices that are not the region's own, or "".
func (e Estimate) Caveat() string {
	switch {
	case e.Region == "":
		return "The stack's region is not known before an apply: it is estimated as " + Fallback + "."
	case !known(e.Region):
		return fmt.Sprintf("There are no committed prices of %s: it is estimated as %s, and most regions cost more.", e.Region, Fallback)
	case len(e.Elsewhere) > 0:
		return fmt.Sprintf("Priced as in %s, because %s has no committed price: %s.", Fallback, e.Region, strings.Join(e.Elsewhere, "; "))
	}
	return ""
}

func known(region string) bool { return slices.Contains(prices.Regions, region) }

// few are addresses, the first three of many.
func few(addresses []string) string {
	if len(addresses) > 4 {
		return fmt.Sprintf("%s and %d more", strings.Join(addresses[:3], ", "), len(addresses)-3)
	}
	return strings.Join(addresses, ", ")
}
