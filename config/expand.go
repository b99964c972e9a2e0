package config

import (
	"fmt"
	"regexp"
	"strings"
)

// referable are the settings that braces may refer to.
var referable = map[string]func(*Environment) string{
	"stack":            func(e *Environment) string { return e.Stack },
	"region":           func(e *Environment) string { return e.Region },
	"nameTag":          func(e *Environment) string { return e.NameTag },
	"cluster.name":     func(e *Environment) string { return e.Cluster.Name },
	"prefect.workPool": func(e *Environment) string { return e.Prefect.WorkPool },
}

var braces = regexp.MustCompile(`\{([A-Za-z.]+)\}`)

// Expand replaces the {setting}s in a pattern by what value says for each, and
// passes the text around them through text. Braces around anything else stay
// as they are: an environment variable may hold JSON.
func Expand(pattern string, text, value func(string) string) string {
	var b strings.Builder
	last := 0
	for _, at := range braces.FindAllStringSubmatchIndex(pattern, -1) {
		name := pattern[at[2]:at[3]]
		if _, ok := referable[name]; !ok && name != "number" {
			continue
		}
		b.WriteString(text(pattern[last:at[0]]))
		b.WriteString(value(name))
		last = at[1]
	}
	b.WriteString(text(pattern[last:]))
	return b.String()
}

// Expand replaces the {setting}s in a pattern by the settings' values.
func (e *Environment) Expand(pattern string) string {
	return Expand(pattern, func(s string) string { return s }, e.Setting)
}

// Setting is the value of a setting that braces may refer to.
func (e *Environment) Setting(name string) string {
	if name == "number" {
		return "1"
	}
	return referable[name](e)
}

// checkBraces reports braces that refer to nothing, in names, where they
// cannot be meant literally.
func checkBraces(pattern string) error {
	rest := braces.ReplaceAllStringFunc(pattern, func(match string) string {
		if _, ok := referable[match[1:len(match)-1]]; ok || match == "{number}" {
			return ""
		}
		return match
	})
	if !strings.ContainsAny(rest, "{}") {
		return nil
	}
	if match := braces.FindStringSubmatch(rest); match != nil {
		return fmt.Errorf("braces in %q: %s", pattern, notOneOf(match[1], sortedKeys(referable)))
	}
	return fmt.Errorf("got %q, want each brace to be part of a {setting}: %s", pattern, strings.Join(sortedKeys(referable), ", "))
}
