package beside

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// statement reads a block import, moved or removed. An address that each or a
// variable completes is not known here.
func (m *module) statement(b *block, attrs hcl.Attributes) (settings.Statement, bool) {
	s := settings.Statement{Kind: b.Type, Where: fmt.Sprintf("%s:%d", b.DefRange.Filename, b.DefRange.Start.Line)}
	s.Fail = func(argument, format string, args ...any) {
		m.add(attrs[argument].Expr.Range(), "%s.%s: %s", b.Type, argument, fmt.Sprintf(format, args...))
	}
	arguments := map[string]*settings.Address{"from": &s.From, "to": &s.To}
	if b.Type == settings.Import {
		delete(arguments, "from")
	} else if b.Type == settings.Removed {
		delete(arguments, "to")
	}
	for _, argument := range names(arguments) {
		a := attrs[argument]
		if a == nil {
			m.add(b.DefRange, "%s.%s: missing, want an address", b.Type, argument)
			return s, false
		}
		t, diagnostics := hcl.AbsTraversalForExpr(a.Expr)
		if diagnostics.HasErrors() {
			return s, false
		}
		address, err := settings.AddressOf(t)
		if err != nil {
			s.Fail(argument, "%s", err)
			return s, false
		}
		*arguments[argument] = address
	}
	return s, true
}

// checkExistence holds statements to what is created: an object that is moved to an
// address which nothing declares would be destroyed.
func (m *module) checkExistence(all []settings.Statement) {
	moves := map[string]bool{} // addresses from which something moves on
	for _, s := range all {
		if s.Kind == settings.Moved {
			moves[s.From.String()] = true
		}
	}
	for _, s := range all {
		if s.Kind != settings.Removed && !moves[s.To.String()] {
			m.checkTarget(s)
		}
		if s.Kind != settings.Import {
			m.checkGone(s)
		}
	}
}

// checkTarget wants something at the address to.
func (m *module) checkTarget(s settings.Statement) {
	d, within, at := m.lookUp(s.To)
	if within == nil {
		return // of a module whose files are not here
	}
	if d == nil {
		nothing := "which nothing declares"
		if len(s.To.Modules) > 0 {
			nothing = "and nothing declares " + at
		}
		if s.Kind == settings.Moved {
			nothing += " (Terraform would destroy what moves there)"
		}
		s.Fail("to", "got %s, %s%s", s.To, nothing, within.didYouMean(at))
		return
	}
	a, want := s.To, ""
	switch number := strings.HasPrefix(a.Key, "[") && !strings.HasPrefix(a.Key, `["`); {
	case d.repeated == "" && a.Key != "":
		want = "which has neither count nor for_each; want it without a key"
	case d.repeated == "count" && a.Key != "" && !number, d.repeated == "count" && a.Key == "" && s.Kind == settings.Import:
		want = "which has count; want a number as its key, such as [0]"
	case d.repeated == "for_each" && (number || a.Key == "" && s.Kind == settings.Import):
		want = "which has for_each; want a string as its key, such as [\"a\"]"
	case d.repeated == "count" && number && d.count >= 0:
		var i int
		if _, err := fmt.Sscanf(a.Key, "[%d]", &i); err == nil && i >= d.count {
			want = fmt.Sprintf("of which there are %d, the first is [0]", d.count)
		}
	}
	if want != "" {
		s.Fail("to", "got %s, %s", s.To, want)
	}
}

// checkGone wants nothing at the address from.
func (m *module) checkGone(s settings.Statement) {
	d, _, _ := m.lookUp(s.From)
	switch from := s.From; {
	case d == nil || s.Kind == settings.Moved && from.Key == "" && from.Whole().String() == s.To.Whole().String(): // to one of its own instances
	case s.Kind == settings.Removed:
		s.Fail("from", "got %s, which %s still declares; remove it there, or remove this block", from, d.where)
	case from.Key == "":
		s.Fail("from", "got %s, which %s still declares; want the old address, which nothing declares any more", from, d.where)
	case d.repeated == "count" && d.count >= 0:
		var i int
		if _, err := fmt.Sscanf(from.Key, "[%d]", &i); err == nil && i < d.count {
			s.Fail("from", "got %s, which %s still declares; want the old address, which nothing declares any more", from, d.where)
		}
	}
}

// lookUp finds what declares an address, the module that would, and what it is
// called there; no module where that is not known.
func (m *module) lookUp(a settings.Address) (d *declaration, within *module, at string) {
	within = m
	for i, call := range a.Modules {
		at = "module." + call.Name
		if d = within.declared[at]; d == nil {
			return nil, within, at
		}
		if a.Type == "" && i == len(a.Modules)-1 {
			return d, within, at
		}
		if within = within.calls[call.Name]; within == nil {
			return nil, nil, ""
		}
	}
	at = a.Type + "." + a.Name
	return within.declared[at], within, at
}
