package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Address is where a state or a configuration has a resource or a module:
// module.prefect.aws_subnet.private["a"].
// https://developer.hashicorp.com/terraform/cli/state/resource-addressing
type Address struct {
	Modules []Instance // the modules around it, the outermost first; a module's own address ends with it
	Type    string     // of the resource; "": it is a module
	Instance
}

// Instance is a name, with the key that count or for_each gives it.
type Instance struct {
	Name string
	Key  string // [0], ["a"], or "" for all of them or the only one
}

func (i Instance) String() string { return i.Name + i.Key }

// String is the address as Terraform writes it.
func (a Address) String() string {
	var b strings.Builder
	for _, m := range a.Modules {
		b.WriteString("module." + m.String() + ".")
	}
	if a.Type == "" {
		return strings.TrimSuffix(b.String(), ".")
	}
	return b.String() + a.Type + "." + a.Instance.String()
}

// Whole is the address without the key of its instance.
func (a Address) Whole() Address { a.Key = ""; return a }

// In says whether it is a module or a part of it, whatever the keys.
func (a Address) In(module Address) bool {
	if module.Type != "" || len(a.Modules) < len(module.Modules) {
		return false
	}
	for i, m := range module.Modules {
		if a.Modules[i].Name != m.Name {
			return false
		}
	}
	return true
}

// ParseAddress reads an address as Terraform does.
func ParseAddress(text string) (Address, error) {
	traversal, diagnostics := hclsyntax.ParseTraversalAbs([]byte(text), "", hcl.InitialPos)
	if diagnostics.HasErrors() {
		return Address{}, fmt.Errorf("got %s, want an address such as aws_vpc.prefect or module.prefect.aws_subnet.private[0]", Got(text))
	}
	return AddressOf(traversal)
}

// AddressOf is the address that a traversal in a Terraform file is.
func AddressOf(t hcl.Traversal) (Address, error) {
	var names []Instance
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			names = append(names, Instance{Name: s.Name})
		case hcl.TraverseAttr:
			names = append(names, Instance{Name: s.Name})
		case hcl.TraverseIndex:
			key, last := keyOf(s.Key), &names[len(names)-1]
			if key == "" || last.Key != "" {
				return Address{}, fmt.Errorf("got a key that is neither a whole number nor a text, want one such as [0] or [\"a\"]")
			}
			last.Key = key
		default:
			return Address{}, fmt.Errorf("got a splat, want the address of one resource")
		}
	}
	var a Address
	for len(names) > 1 && names[0].Name == "module" && names[0].Key == "" {
		a.Modules, names = append(a.Modules, names[1]), names[2:]
	}
	switch {
	case len(names) == 0 && len(a.Modules) > 0:
		a.Instance = a.Modules[len(a.Modules)-1]
		return a, nil
	case len(names) > 0 && names[0].Name == "data":
		return a, fmt.Errorf("got a data source, want a resource: nothing but a resource is in a state for longer than a plan")
	case len(names) != 2 || names[0].Key != "":
		return a, fmt.Errorf("got %s, want <type>.<name>, or module.<name>. before it", t.RootName())
	}
	a.Type, a.Instance = names[0].Name, names[1]
	return a, nil
}

func keyOf(v cty.Value) string {
	switch v.Type() {
	case cty.String:
		return "[" + string(hclwrite.TokensForValue(v).Bytes()) + "]"
	case cty.Number:
		if i, accuracy := v.AsBigFloat().Int64(); accuracy == 0 && i >= 0 {
			return "[" + strconv.FormatInt(i, 10) + "]"
		}
	}
	return ""
}

// Kinds of statement.
const (
	Import  = "import"
	Moved   = "moved"
	Removed = "removed"
)

// Statement is an entry of terraform.import, moved or removed, or such a block in
// a Terraform file.
type Statement struct {
	Kind     string
	From, To Address                                         // those that the kind has
	Where    string                                          // how an error names it: terraform.moved[0]
	Fail     func(argument, format string, arguments ...any) // reports its argument: from or to
}

// CheckStatements finds those that Terraform refuses and those that contradict
// each other: one of them would win, and the object of the other would be lost.
func CheckStatements(all []Statement) {
	first := map[string]*Statement{} // kind, argument and address → statement
	for i := range all {
		s := &all[i]
		once := func(argument string, a Address) {
			key := s.Kind + " " + argument + " " + a.String()
			if other := first[key]; other != nil {
				s.Fail(argument, "got %s, which %s has already; remove one", a, other.Where)
			} else {
				first[key] = s
			}
		}
		if s.Kind != Import {
			once("from", s.From)
		}
		if s.Kind != Removed {
			once("to", s.To)
		}
		if s.Kind == Moved {
			s.checkMove()
		}
	}
	for i := range all {
		s := &all[i]
		if other := first[Moved+" to "+s.To.String()]; s.Kind == Import && other != nil {
			s.Fail("to", "got %s, to which %s moves another; want one: a resource is one object", s.To, other.Where)
		}
		if s.Kind != Removed {
			continue
		}
		for j := range all {
			other := &all[j]
			switch {
			case other.Kind == Moved && other.From.String() == s.From.String():
				s.Fail("from", "got %s, which %s moves; remove one", s.From, other.Where)
			case other.Kind != Removed && (other.To.Whole().String() == s.From.String() || other.To.In(s.From)):
				s.Fail("from", "got %s, where %s puts something; remove one", s.From, other.Where)
			}
		}
	}
	checkCycles(all)
}

// movable are the types that the AWS provider moves to another one, and
// Terraform's own; others stay what they are.
// https://developer.hashicorp.com/terraform/language/block/moved
var movable = map[string]string{
	"aws_vpc_security_group_egress_rule": "aws_security_group_rule", "aws_vpc_security_group_ingress_rule": "aws_security_group_rule", "terraform_data": "null_resource",
}

// ChangesType says whether a move is to another type, which Terraform knows
// since 1.8.
func (s *Statement) ChangesType() bool { return s.Kind == Moved && s.From.Type != s.To.Type }

func (s *Statement) checkMove() {
	from, to := s.From, s.To
	switch {
	case from.String() == to.String():
		s.Fail("to", "got %s, the address that it moves from; want another, or no such entry", to)
	case (from.Type == "") != (to.Type == ""):
		s.Fail("to", "got %s for %s, want both resources or both modules", to, from)
	case from.Type == "" && to.In(from) && len(to.Modules) > len(from.Modules):
		s.Fail("to", "got %s, which is within what it moves, %s", to, from)
	case from.Type != to.Type && movable[to.Type] != from.Type:
		s.Fail("to", "got %s for %s, want the same type: the provider cannot move an object of one to the other", to, from)
	}
}

// checkCycles finds moves that end nowhere. A chain is taken: it is what several
// moves, one after the other, leave behind.
func checkCycles(all []Statement) {
	next := map[string]*Statement{}
	for i := range all {
		if s := &all[i]; s.Kind == Moved && s.From.String() != s.To.String() {
			next[s.From.String()] = s
		}
	}
	reported := map[*Statement]bool{}
	for i := range all {
		var path []*Statement
		for s := next[all[i].From.String()]; all[i].Kind == Moved && s != nil && !reported[s] && len(path) <= len(all); s = next[s.To.String()] {
			if at := slices.Index(path, s); at >= 0 {
				var text []string
				for _, p := range path[at:] {
					text, reported[p] = append(text, p.From.String()), true
				}
				s.Fail("from", "got moves in a circle, %s, want one that ends where the resource is now", strings.Join(append(text, s.From.String()), " to "))
				break
			}
			path = append(path, s)
		}
	}
}
