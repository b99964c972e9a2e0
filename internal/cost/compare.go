package cost

import (
	"fmt"
	"slices"
	"strings"
)

// Change is a line that one of two estimates has alone, or in another amount.
type Change struct {
	Before, After *Line // nil: it has no such line.
}

// Line is the later one that there is.
func (c Change) Line() Line {
	if c.After != nil {
		return *c.After
	}
	return *c.Before
}

// Addresses are the resources that one of the lines has alone, or else all of them.
func (c Change) Addresses() []string {
	if c.Before == nil || c.After == nil {
		return c.Line().Addresses
	}
	var all []string
	for _, pair := range [][2][]string{{c.After.Addresses, c.Before.Addresses}, {c.Before.Addresses, c.After.Addresses}} {
		for _, address := range pair[0] {
			if !slices.Contains(pair[1], address) {
				all = append(all, address)
			}
		}
	}
	if len(all) == 0 {
		return c.After.Addresses
	}
	return all
}

// USD is how much more the line costs a month, less than 0 where it costs less.
func (c Change) USD() Range {
	var before, after Range
	if c.Before != nil {
		before = c.Before.USD()
	}
	if c.After != nil {
		after = c.After.USD()
	}
	return after.Minus(before)
}

// String is one sentence: "NAT gateways: 3 gateways: +$65.70 a month, $98.55 instead of $32.85".
func (c Change) String() string {
	l := c.Line()
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s a month", l.Name, c.USD().Signed())
	switch {
	case c.Before == nil:
		text.WriteString(", new")
	case c.After == nil:
		text.WriteString(", no longer there")
	default:
		fmt.Fprintf(&text, ", %s instead of %s", c.After.USD(), c.Before.USD())
	}
	if l.Usage {
		fmt.Fprintf(&text, ", %s", l.Assumption)
	}
	return text.String()
}

// Comparison is what a change does to an estimate.
type Comparison struct {
	Before, After Estimate
	Changes       []Change // In the order of the later estimate's lines, and then those that vanish.
}

// Compare finds the lines that appear, vanish or change. What differs by less than
// a cent is left out.
func Compare(before, after Estimate) Comparison {
	c := Comparison{Before: before, After: after}
	find := func(in []Line, key string) *Line {
		for i := range in {
			if in[i].Key == key {
				return &in[i]
			}
		}
		return nil
	}
	add := func(before, after *Line) {
		change := Change{before, after}
		if usd := change.USD(); cents(usd.From) != 0 || cents(usd.To) != 0 {
			c.Changes = append(c.Changes, change)
		}
	}
	for i := range after.Lines {
		add(find(before.Lines, after.Lines[i].Key), &after.Lines[i])
	}
	for i := range before.Lines {
		if find(after.Lines, before.Lines[i].Key) == nil {
			add(&before.Lines[i], nil)
		}
	}
	return c
}
