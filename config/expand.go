package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// referable are the settings that braces may refer to, with their rules.
var referable = map[string]string{
	"cluster.name": "clusterName", "nameTag": "nameTag", "prefect.workPool": "workPool", "region": "region", "stack": "stackName",
}

// Referable lists them.
var Referable = slices.Sorted(maps.Keys(referable))

var braces = regexp.MustCompile(`\{([A-Za-z.]+)\}`)

// A part of a text is literal, or refers to a setting.
type part struct{ text, setting string }

// parts splits a text at its braces. Braces around anything unknown are text.
func parts(pattern string) []part {
	var all []part
	last := 0
	for _, at := range braces.FindAllStringSubmatchIndex(pattern, -1) {
		name := pattern[at[2]:at[3]]
		if referable[name] == "" && name != "number" {
			continue
		}
		all = append(all, part{text: pattern[last:at[0]]}, part{setting: name})
		last = at[1]
	}
	return append(all, part{text: pattern[last:]})
}

// Expand replaces the {setting}s in a text by the settings' values.
func (e *Environment) Expand(pattern string) string {
	var b strings.Builder
	for _, p := range parts(pattern) {
		b.WriteString(p.text)
		if p.setting != "" {
			b.WriteString(e.setting(p.setting))
		}
	}
	return b.String()
}

// setting is the value of a setting that braces may refer to.
func (e *Environment) setting(name string) string {
	if name == "number" {
		return "1"
	}
	return fmt.Sprint(e.valueAt(name))
}

// checkBraces reports braces that refer to nothing, where they cannot be meant
// literally.
func checkBraces(pattern string, number bool) error {
	rest := ""
	for _, p := range parts(pattern) {
		if p.setting == "number" && !number {
			return fmt.Errorf("got %q, want no {number}: it numbers what each zone has one of: subnets, eip, natGateway and privateRouteTable in network.nameTags", pattern)
		}
		rest += p.text
	}
	if !strings.ContainsAny(rest, "{}") {
		return nil
	}
	if match := braces.FindStringSubmatch(rest); match != nil {
		return fmt.Errorf("braces in %q: %s", pattern, settings.NotOneOf(match[1], Referable))
	}
	return fmt.Errorf("got %q, want each brace to be part of a {setting}: %s", pattern, strings.Join(Referable, ", "))
}

// checkLiteral reports braces in a setting in which they are not replaced.
func checkLiteral(text string) error {
	for _, p := range parts(text) {
		if p.setting != "" {
			return fmt.Errorf("got %s, want no {%s}: braces are not replaced in this setting; write out what is meant", settings.Got(text), p.setting)
		}
	}
	return nil
}
