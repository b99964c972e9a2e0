package review

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed forces_new.txt
var forcesNewText string

// forcesNewOf are the attributes for which the provider replaces a resource, by type.
var forcesNewOf = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for line := range strings.Lines(forcesNewText) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] != "#" {
			all[fields[0]] = fields[1:]
		}
	}
	return all
})

// forcesNew says whether the provider replaces a resource of a type when what is at a
// path changes so.
func forcesNew(kind string, path []any, before, after any) bool {
	var keys []string
	for _, step := range path {
		if key, ok := step.(string); ok {
			keys = append(keys, key)
		}
	}
	at := strings.Join(keys, ".")
	for _, attribute := range forcesNewOf()[kind] {
		attribute, given := strings.CutSuffix(attribute, "?")
		if within(at, attribute) {
			return !given || !empty(before) && !empty(after)
		}
	}
	return false
}
