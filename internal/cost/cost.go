// Package cost estimates what a synthesized stack costs a month, from prices that
// are committed (prices.yaml) and stated assumptions about its use.
package cost

//go:generate go run ../cmd/cost -page

import (
	"cmp"
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// Hours are those of a month, as AWS's own calculator counts them.
const Hours = 730

// Estimate is what a stack costs a month in US dollars.
type Estimate struct {
	Region      string       // The stack's; "" where it is not known.
	Date        string       // When the oldest of the prices was last seen in AWS's price list.
	Newest      string       // And the newest.
	Elsewhere   []string     // What is paid with prices of us-east-1, since the region's own are not committed.
	Lines       []Line       // By group, as they are read.
	Notes       []Note       // What costs something and is not estimated.
	Assumptions []Assumption // Those that lines depend on.
}

// Line is one thing that is paid for.
type Line struct {
	Key       string // What it is in every stack and whatever its size, by which two estimates are compared.
	Group     Group
	Name      string   // NAT gateways, Task of prefect-worker on demand.
	Addresses []string // Resources that cause it.

	Quantity, Most float64 // Units a month. Most is more than Quantity where a service may scale out.
	Unit           string
	Price          float64 // US dollars for one unit.

	Usage      bool   // Whether it depends on how much is used, of which Assumption says how much is assumed.
	Assumption string // "50 GB a month (nat-gb)".
}

// USD is what the line costs a month at least and at most.
func (l Line) USD() Range { return Range{l.Quantity * l.Price, max(l.Quantity, l.Most) * l.Price} }

// Range is an amount of money: From is what runs always, To is with all tasks that
// autoscaling may start.
type Range struct{ From, To float64 }

func (r Range) plus(o Range) Range { return Range{r.From + o.From, r.To + o.To} }

// Minus is how much more r is than another amount.
func (r Range) Minus(o Range) Range { return Range{r.From - o.From, r.To - o.To} }

// Group is where a line stands in an estimate.
type Group int

// The groups, in the order in which they are read.
const (
	Network Group = iota
	Tasks
	FlowRuns
	Monitoring // and logs
	Secrets    // and keys
	Other      // images, queues and state
)

// Note is about resources that cost something and are not estimated.
type Note struct {
	Addresses []string
	Text      string // One sentence.
}

// Fixed is what the stack costs whatever it does.
func (e Estimate) Fixed() Range { return e.sum(func(l Line) bool { return !l.Usage }) }

// Usage is what it costs by the assumed use.
func (e Estimate) Usage() Range { return e.sum(func(l Line) bool { return l.Usage }) }

// Total is both.
func (e Estimate) Total() Range { return e.Fixed().plus(e.Usage()) }

func (e Estimate) sum(of func(Line) bool) (sum Range) {
	for _, l := range e.Lines {
		if of(l) {
			sum = sum.plus(l.USD())
		}
	}
	return sum
}

// Of estimates a stack with the default assumptions.
func Of(stack *synthesized.Stack) Estimate { return DefaultAssumptions().Of(stack) }

// Of estimates a stack with these assumptions.
func (a Assumptions) Of(stack *synthesized.Stack) Estimate {
	e := newEstimator(stack, a)
	byType := map[string][]synthesized.Instance{}
	var types []string
	for _, r := range stack.Resources() {
		if _, ok := byType[r.Type]; !ok {
			types = append(types, r.Type)
		}
		byType[r.Type] = append(byType[r.Type], r.Instances()...)
	}
	for _, kind := range types {
		d, known := decisions[kind]
		switch {
		case len(byType[kind]) == 0:
		case !known:
			e.note("it is not known what resources of the type "+kind+" cost", addresses(byType[kind])...)
		case d.lines != nil:
			d.lines(e, byType[kind])
		case d.sentence != "":
			e.note(d.sentence, addresses(byType[kind])...)
		}
	}
	e.flowRuns()
	return e.estimate()
}

// estimator gathers an estimate's lines.
type estimator struct {
	stack       *synthesized.Stack
	region      string
	assumptions Assumptions
	lines       []Line
	notes       []Note
	assumed     map[string]bool
	elsewhere   map[string]bool
	dates       []string
	read        []tasksOf
}

func newEstimator(stack *synthesized.Stack, a Assumptions) *estimator {
	return &estimator{stack: stack, region: stack.Region(), assumptions: a, assumed: map[string]bool{}, elsewhere: map[string]bool{}}
}

// add adds a line, or its addresses and quantity to the line of its key. Lines of
// nothing are left out.
func (e *estimator) add(l Line) {
	if l.Quantity == 0 && l.Most == 0 {
		return
	}
	l.Most = max(l.Most, l.Quantity)
	for i := range e.lines {
		if e.lines[i].Key == l.Key {
			e.lines[i].Quantity += l.Quantity
			e.lines[i].Most += l.Most
			e.lines[i].Addresses = append(e.lines[i].Addresses, l.Addresses...)
			return
		}
	}
	e.lines = append(e.lines, l)
}

func (e *estimator) note(text string, at ...string) {
	for i := range e.notes {
		if e.notes[i].Text == text {
			e.notes[i].Addresses = append(e.notes[i].Addresses, at...)
			return
		}
	}
	e.notes = append(e.notes, Note{Addresses: at, Text: text})
}

// price is one of the region, or that of us-east-1.
func (e *estimator) price(name string) float64 {
	p := prices.named(name)
	usd, ok := p.USD[e.region]
	if !ok {
		usd = p.USD[Fallback]
		e.elsewhere[p.What] = !p.Global
	}
	if !slices.Contains(e.dates, p.Date) {
		e.dates = append(e.dates, p.Date)
	}
	return usd
}

// assume is how much of something is assumed, which the estimate then states.
func (e *estimator) assume(name string) float64 {
	e.assumed[name] = true
	return e.assumptions[name]
}

func (e *estimator) estimate() Estimate {
	all := Estimate{Region: e.region, Lines: e.lines, Notes: e.notes}
	slices.SortStableFunc(all.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), boolOrder(a.Usage, b.Usage), cmp.Compare(b.USD().From, a.USD().From), cmp.Compare(a.Key, b.Key))
	})
	slices.SortFunc(all.Notes, func(a, b Note) int { return cmp.Compare(a.Text, b.Text) })
	for what, elsewhere := range e.elsewhere {
		if elsewhere {
			all.Elsewhere = append(all.Elsewhere, what)
		}
	}
	slices.Sort(all.Elsewhere)
	if len(e.dates) > 0 {
		all.Date, all.Newest = slices.Min(e.dates), slices.Max(e.dates)
	}
	for _, known := range assumptions {
		if e.assumed[known.Name] {
			known.Value = e.assumptions[known.Name]
			all.Assumptions = append(all.Assumptions, known)
		}
	}
	return all
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func addresses(instances []synthesized.Instance) []string {
	var all []string
	for _, i := range instances {
		all = append(all, i.Address())
	}
	return all
}
