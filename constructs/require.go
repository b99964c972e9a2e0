package constructs

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// A prop that a construct cannot do without.
type prop struct{ name, value, pass string }

// require panics with one sentence for each prop that is missing: what it is,
// and what to pass. Constructs return no error, and Terraform would only say
// that an argument is empty.
func (g group) require(props ...prop) {
	var missing []string
	for _, p := range props {
		if p.value == "" {
			missing = append(missing, g.at()+": "+p.name+" is missing; pass "+p.pass)
		}
	}
	if missing != nil {
		panic(strings.Join(missing, "\n"))
	}
}

// refuse panics with what is wrong with a prop.
func (g group) refuse(format string, args ...any) {
	panic(g.at() + ": " + fmt.Sprintf(format, args...))
}

// String is how an error names the construct: constructs.NewWorker("etl").
func (g group) String() string {
	return cmp.Or(g.part, fmt.Sprintf("constructs.%s(%q)", g.construct, g.id))
}

// at is the construct and its stack, of which an app may have many.
func (g group) at() string {
	if g.stack == nil {
		return g.String()
	}
	return "stack " + *g.stack.Node().Id() + ": " + g.String()
}

// fill gives a section its defaults, and refuses what has none and is missing,
// and, unless the app has checked it, what its rules refuse.
func fill[T any](g group, section *T) {
	of := settings.Fill[T]
	if g.registry.unchecked {
		of = settings.FillChecked[T]
	}
	if err := of(section); err != nil {
		g.refuse("%v", err)
	}
}

// literal refuses a prop that is no field of a section by the rule of the setting.
func (g group) literal(prop, value, rule string) {
	if err := settings.Rules[rule].Literal(value); err != nil && !g.registry.unchecked {
		g.refuse("%s: %v", prop, err)
	}
}

// list refuses a literal text where a template of a list belongs: in JSON of ours
// nothing else would notice.
func (g group) list(prop, value string) {
	if value != "" && value == Escape(value) {
		g.refuse("%s: got %q, which is no list; pass network.PrivateSubnetIDs, or a template such as %q", prop, value, `${["subnet-1", "subnet-2"]}`)
	}
}

// given is the value of a prop that is no text.
func given(ok bool) string {
	if !ok {
		return ""
	}
	return "given"
}
