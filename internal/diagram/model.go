// Package diagram draws a synthesized stack: as SVG, laid out by D2's ELK, and
// as a Mermaid flowchart.
package diagram

// Box is a resource, or what holds others: a VPC, a zone, a subnet.
type Box struct {
	ID    string   // Of its own among its siblings.
	Icon  string   // Of package aws-icons, without extension; "" for none.
	Title string   // Bold.
	Lines []string // What is worth knowing of it.

	Boxes   []*Box // What it holds.
	Columns int    // Of what it holds; 0: laid out by the arrows.
	Class   string // How it is drawn, see d2Classes.

	gone bool // It was there before and is no longer, see Union.
}

// Arrow goes from what acts to what it acts on.
type Arrow struct {
	From, To string // Paths of ids.
	Label    string
	Up       bool // To is drawn above From.

	change string // How it differs from before, see Union.
}

// path names an arrow as ids name a box. Arrows between the same boxes share it.
func (a Arrow) path() string { return a.From + "->" + a.To }

// Picture is what is drawn.
type Picture struct {
	Title  string
	Boxes  []*Box
	Arrows []Arrow

	places places
}
