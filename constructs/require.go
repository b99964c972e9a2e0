package constructs

import "strings"

// A prop that a construct cannot do without.
type prop struct{ name, value, pass string }

// require panics with one sentence for each prop that is missing: what it is,
// and what to pass. Constructs return no error, and Terraform would only say
// that an argument is empty.
func require(construct string, props ...prop) {
	var missing []string
	for _, p := range props {
		if p.value == "" {
			missing = append(missing, "constructs."+construct+": "+p.name+" is missing; pass "+p.pass)
		}
	}
	if missing != nil {
		panic(strings.Join(missing, "\n"))
	}
}

// given is the value of a prop that is no text.
func given(ok bool) string {
	if !ok {
		return ""
	}
	return "given"
}
