package review

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// What a reader sees of a value that has none to show.
const (
	KnownAfterApply = "(known after apply)"
	Sensitive       = "(sensitive)"
	None            = "" // Of an attribute that is not there.
)

// differ collects the attributes in which two resources differ.
type differ struct {
	replaces func(path []any, before, after any) bool // nil: nothing does
	all      []Attribute
}

// difference compares a resource's attributes before and after.
func difference(before, after map[string]any, replaces func(path []any, before, after any) bool) []Attribute {
	d := &differ{replaces: replaces}
	d.maps(nil, "", before, after)
	slices.SortStableFunc(d.all, func(a, b Attribute) int { return strings.Compare(a.Path, b.Path) })
	return d.all
}

func (d *differ) add(steps []any, path string, before, after any) {
	if secretName(path) {
		before, after = hide(before), hide(after)
	}
	a := Attribute{Path: path, Before: show(before), After: show(after)}
	if d.replaces != nil {
		a.Replaces = d.replaces(steps, before, after)
	}
	if a.Before == a.After && a.After != Sensitive && a.After != KnownAfterApply {
		a.After += " (computed from other values)"
	}
	d.all = append(d.all, a)
}

func (d *differ) values(steps []any, path string, before, after any) {
	before, after = document(before), document(after)
	if same(before, after) {
		return
	}
	// A block that is there once is as good as a list of it.
	if l, ok := before.([]any); ok && len(l) == 1 && isMap(l[0]) && isMap(after) {
		before = l[0]
	}
	if l, ok := after.([]any); ok && len(l) == 1 && isMap(l[0]) && isMap(before) {
		after = l[0]
	}
	switch b := before.(type) {
	case map[string]any:
		if a, ok := after.(map[string]any); ok {
			d.maps(steps, path, b, a)
			return
		}
	case []any:
		if a, ok := after.([]any); ok {
			d.lists(steps, path, b, a)
			return
		}
	}
	d.add(steps, path, before, after)
}

func isMap(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

func (d *differ) maps(steps []any, path string, before, after map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(union(before, after))) {
		next := key
		if !plain.MatchString(key) {
			next = strconv.Quote(key)
		}
		if path != "" {
			next = path + "." + next
		}
		d.values(append(slices.Clone(steps), key), next, before[key], after[key])
	}
}

var plainIndex = regexp.MustCompile(`^\d+$`)

var plain = regexp.MustCompile(`^[\w-]+$`)

func union(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, b)
	return all
}

// lists compares elements by what they are called, else those that are most alike;
// the place of an element says nothing but in a command.
func (d *differ) lists(steps []any, path string, before, after []any) {
	if !slices.ContainsFunc(slices.Concat(before, after), container) {
		d.scalars(steps, path, before, after)
		return
	}
	if len(before) == 1 && len(after) == 1 && isMap(before[0]) && isMap(after[0]) && label(before[0]) == "" && label(after[0]) == "" {
		d.values(append(slices.Clone(steps), 0), path, before[0], after[0])
		return
	}
	from, to := labels(before), labels(after)
	at := func(label string) string {
		if len(before) <= 1 && len(after) <= 1 && plainIndex.MatchString(label) {
			return path // A block that is there once.
		}
		return path + "[" + label + "]"
	}
	step := func(i int) []any { return append(slices.Clone(steps), i) }
	rest := make([]int, 0, len(before))
	used := make([]bool, len(after))
	match := func(i int, is func(j int) bool) bool {
		for j := range after {
			if !used[j] && is(j) {
				used[j] = true
				d.values(step(j), at(to[j]), before[i], after[j])
				return true
			}
		}
		return false
	}
	for i := range before {
		if !match(i, func(j int) bool { return same(before[i], after[j]) }) {
			rest = append(rest, i)
		}
	}
	rest = slices.DeleteFunc(rest, func(i int) bool {
		return label(before[i]) != "" && match(i, func(j int) bool { return from[i] == to[j] })
	})
	for _, i := range rest {
		if named(before[i]) == "" {
			// Those that have no name: the one that is most alike, if half of it is.
			best, most := -1, 0.5
			for j := range after {
				if alike := alike(before[i], after[j]); !used[j] && named(after[j]) == "" && alike >= most {
					best, most = j, alike
				}
			}
			if best >= 0 {
				used[best] = true
				d.values(step(best), at(to[best]), before[i], after[best])
				continue
			}
		}
		d.add(step(i), at(from[i]), before[i], nil)
	}
	for j := range after {
		if !used[j] {
			d.add(step(j), at(to[j]), nil, after[j])
		}
	}
}

// scalars says which elements are gone and which are new, or the order where only
// that is another one and means something.
func (d *differ) scalars(steps []any, path string, before, after []any) {
	gone, added := minus(before, after), minus(after, before)
	if len(gone) == 0 && len(added) == 0 {
		if unordered.MatchString(path) {
			return
		}
		gone, added = before, after
	}
	d.add(steps, path, elements(gone), elements(added))
}

// unordered are lists whose order says nothing, and which providers or AWS may reorder.
var unordered = regexp.MustCompile(`(?i)(action|resource|principal|service|aws|cidr_blocks|subnets|subnet_ids|security_groups|route_table_ids|values|actions|capacity_providers|add|drop|_arns|architectures|condition.*)$`)

// elements shows a list without brackets.
type elements []any

func minus(a, b []any) []any {
	var left []any
	rest := slices.Clone(b)
	for _, v := range a {
		if i := slices.IndexFunc(rest, func(w any) bool { return same(v, w) }); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
		} else {
			left = append(left, v)
		}
	}
	return left
}

func container(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// scalar says whether a value is known and single: 80 is as good as "80".
func scalar(v any) bool {
	switch v.(type) {
	case string, bool, float64, json.Number, int:
		return true
	}
	return false
}

// labels are what a list's elements are called in a path: each another.
func labels(list []any) []string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = label(v)
		if all[i] == "" || slices.Contains(all[:i], all[i]) {
			all[i] = strconv.Itoa(i)
		}
	}
	return all
}

// names are the keys by which elements of lists are known.
var names = []string{"Sid", "sid", "name", "key", "id", "containerPath", "containerName", "sourceVolume", "capacity_provider", "rule_name", "rule_id", "subnet_id", "cidr_block", "destination_cidr_block"}

func named(v any) string {
	for _, key := range names {
		if name, ok := at(v, key).(string); ok && name != "" {
			return name
		}
	}
	return ""
}

// label is what an element is called: by its name, or by what it says.
func label(v any) string {
	if name := named(v); name != "" {
		return name
	}
	if m, ok := v.(map[string]any); ok {
		switch {
		case m["from_port"] != nil && m["protocol"] != nil:
			return rule{protocol: textOf(m["protocol"]), from: textOf(m["from_port"]), to: textOf(m["to_port"])}.ports()
		case m["Action"] != nil && m["Effect"] != nil:
			if actions := listOf(m["Action"]); len(actions) > 0 {
				return fmt.Sprint(textOf(m["Effect"]), " ", textOf(actions[0]))
			}
		}
	}
	return ""
}

// alike is the share of what two values have in common.
func alike(a, b any) float64 {
	left, right := map[string]bool{}, map[string]bool{}
	leaves("", a, left)
	leaves("", b, right)
	common := 0
	for l := range left {
		if right[l] {
			common++
		}
	}
	return float64(2*common) / float64(max(1, len(left)+len(right)))
}

func leaves(path string, v any, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			leaves(path+"."+k, e, found)
		}
	case []any:
		for _, e := range v {
			leaves(path+"[]", e, found)
		}
	default:
		if !empty(v) {
			found[path+"="+fmt.Sprint(v)] = true
		}
	}
}

// document is a JSON document in a text taken apart; all else as it is.
func document(v any) any {
	s, ok := v.(string)
	if !ok || len(s) < 2 || s[0] != '{' && s[0] != '[' {
		return v
	}
	var parsed any
	if json.Unmarshal([]byte(s), &parsed) != nil || !container(parsed) {
		return v
	}
	return parsed
}

// same says whether two values say the same: nothing is nothing, whether null or "",
// one element is a list of it, and a document may be spelled as one likes.
func same(a, b any) bool {
	a, b = document(a), document(b)
	if empty(a) && empty(b) {
		return true
	}
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			return false
		}
		for key := range union(a, b) {
			if !same(a[key], b[key]) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b) || scalar(a) && scalar(b) && textOf(a) == textOf(b)
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, e := range v {
			if !empty(e) {
				return false
			}
		}
		return true
	}
	return false
}

// secretName says whether an attribute is one whose value is not for a reader's eyes:
// what environment variables call a password or the like.
func secretName(path string) bool {
	if name := environment.FindStringSubmatch(path); name != nil {
		return secretWord.MatchString(name[1])
	}
	return secretAttribute.MatchString(path)
}

var (
	environment = regexp.MustCompile(`environment(?:\.variables\.|\[)"?([^\]"]+)`)
	secretWord  = regexp.MustCompile(`(?i)(passw|secret|token|api_?key|auth_string|credential|private_?key|access_?key|connection_?string|webhook)`)

	variableName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

	// secretAttribute is one whose value is a secret itself, not the name or the ARN of one.
	secretAttribute = regexp.MustCompile(`(?i)(^|[._-])(secret_string|secret_binary|password|master_password|(splunk-)?token|api_?key|private_?key)$`)
)

func hide(v any) any {
	if empty(v) {
		return v
	}
	return synthesized.Secret{}
}

// account is what a synthesis has for the account's number.
var account = regexp.MustCompile(`\baws_caller_identity\.\w+\.account_id\b`)

// show is a value as a reader wants it: short, and no secret.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return None
	case string:
		return config.Redacted(account.ReplaceAllString(v, "<account>"))
	case synthesized.Secret:
		return Sensitive
	case synthesized.Unknown:
		if v.Expression == "" {
			return KnownAfterApply
		}
		return config.Redacted(v.Expression)
	case elements:
		all := make([]string, len(v))
		for i, e := range v {
			all[i] = show(e)
		}
		return strings.Join(all, ", ")
	case []any:
		all := make([]string, len(v))
		for i, e := range v {
			all[i] = show(document(e))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case map[string]any:
		var all []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if empty(v[key]) {
				continue
			}
			value := v[key]
			if name, ok := v["name"].(string); ok && key == "value" && secretWord.MatchString(name) {
				value = hide(value)
			}
			if !container(value) && (secretAttribute.MatchString(key) || variableName.MatchString(key) && secretWord.MatchString(key)) {
				value = hide(value)
			}
			all = append(all, key+": "+show(document(value)))
		}
		return "{" + strings.Join(all, ", ") + "}"
	}
	return config.Redacted(textOf(v))
}

// textOf is a scalar as a text, or "".
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	case int:
		return strconv.Itoa(v)
	case synthesized.Unknown:
		if v.Expression == "" {
			return v.Refers
		}
		return strings.TrimSuffix(strings.TrimPrefix(v.Expression, "${"), "}")
	}
	return ""
}

// listOf are the elements of a value: itself where it is no list.
func listOf(v any) []any {
	v = document(v)
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}
