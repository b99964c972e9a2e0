package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Changes writes what a stack's JSON has other than that of a base: "+" is new,
// "-" is gone, "~" has such lines below it. What is new stands there whole,
// what is gone by its address alone. An element of a list goes by its name, Sid
// or the like; one without goes by its index, in the base where it is gone, in
// the stack where it is new. Stacks that differ in anything have different
// changes.
func Changes(base, stack []byte) (string, error) {
	before, err := blocks(base)
	if err != nil {
		return "", err
	}
	after, err := blocks(stack)
	if err != nil {
		return "", err
	}
	w := &writer{}
	for _, address := range union(before, after) {
		from, to := before[address], after[address]
		_, was := before[address]
		_, is := after[address]
		switch {
		case was && is && inline(from) != inline(to) && sameContainer(from, to):
			w.line(0, "~ "+address)
			w.change(2, "", from, to)
		default:
			w.entry(0, address, from, was, to, is)
		}
	}
	return w.String(), nil
}

// addresses is what Terraform puts before the name of each kind of block, and
// depths how far below its kind the block stands.
var (
	addresses = map[string]string{"resource": "", "data": "data.", "locals": "local.", "variable": "var.", "output": "output."}
	depths    = map[string]int{"resource": 2, "data": 2, "locals": 1, "variable": 1, "output": 1}
)

// blocks takes a stack apart, by address.
func blocks(data []byte) (map[string]any, error) {
	var document map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&document); err != nil {
		return nil, err
	}
	stack, all := stackName(document), map[string]any{}
	var down func(address string, depth int, value any)
	down = func(address string, depth int, value any) {
		inner, ok := value.(map[string]any)
		if !ok || depth == 0 || len(inner) == 0 {
			all[address] = value
			return
		}
		for key, v := range inner {
			down(strings.TrimPrefix(address+"."+quoted(key), "."), depth-1, v)
		}
	}
	for kind, value := range document {
		if kind == "resource" || kind == "data" {
			hideComments(stack+"/"+addresses[kind], value)
		}
		if prefix, ok := addresses[kind]; ok {
			down(strings.TrimSuffix(prefix, "."), depths[kind], value)
		} else {
			down(quoted(kind), 0, value)
		}
	}
	return all, nil
}

func stackName(document map[string]any) string {
	comment, _ := document["//"].(map[string]any)
	metadata, _ := comment["metadata"].(map[string]any)
	return fmt.Sprint(metadata["stackName"])
}

// hideComments removes CDKTF's comment from a resource where it repeats the
// address alone, and marks one that is missing.
func hideComments(prefix string, kinds any) {
	all, _ := kinds.(map[string]any)
	for kind, named := range all {
		resources, _ := named.(map[string]any)
		for name, value := range resources {
			resource, ok := value.(map[string]any)
			if !ok {
				continue
			}
			usual := map[string]any{"metadata": map[string]any{"path": prefix + kind + "." + name, "uniqueId": name}}
			if comment, ok := resource["//"]; !ok {
				resource["//"] = missing{}
			} else if inline(comment) == inline(usual) {
				delete(resource, "//")
			}
		}
	}
}

type missing struct{}

func (missing) String() string { return "missing" }

type writer struct{ strings.Builder }

func (w *writer) line(indent int, text string) {
	w.WriteString(strings.Repeat(" ", indent) + text + "\n")
}

// change writes how two values at a path differ.
func (w *writer) change(indent int, path string, from, to any) {
	switch {
	case inline(from) == inline(to):
	case !sameContainer(from, to):
		w.gone(indent, path, from)
		w.value(indent, "+ "+path, to)
	default:
		if a, ok := from.(map[string]any); ok {
			b := to.(map[string]any)
			for _, key := range union(a, b) {
				_, was := a[key]
				_, is := b[key]
				w.entry(indent, strings.TrimPrefix(path+"."+quoted(key), "."), a[key], was, b[key], is)
			}
			return
		}
		w.lists(indent, path, from.([]any), to.([]any))
	}
}

// entry writes how a key of two objects differs that may be in one of them only.
func (w *writer) entry(indent int, path string, from any, was bool, to any, is bool) {
	switch {
	case !is:
		w.gone(indent, path, from)
	case !was:
		w.value(indent, "+ "+path, to)
	default:
		w.change(indent, path, from, to)
	}
}

func (w *writer) gone(indent int, path string, value any) {
	if container(value) {
		w.line(indent, "- "+path)
	} else {
		w.line(indent, "- "+path+" = "+inline(value))
	}
}

// width is that of a line on which a new list or object still stands whole.
const width = 120

// value writes a new value whole, in one line or with its parts below it.
func (w *writer) value(indent int, name string, value any) {
	line := name + " = " + inline(value)
	if !container(value) || indent+len(line) <= width {
		w.line(indent, line)
		return
	}
	w.line(indent, name)
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			w.value(indent+4, quoted(key), v[key])
		}
	case []any:
		labels := names(v)
		for i, element := range v {
			label := "[]"
			if labels != nil {
				label = "[" + labels[i] + "]"
			}
			w.value(indent+4, label, element)
		}
	}
}

// lists writes how two lists differ.
func (w *writer) lists(indent int, path string, a, b []any) {
	switch {
	case isSet(a) && isSet(b):
		w.align(indent, a, b, texts(a), texts(b), alignment{
			from: func(int) string { return path + "[]" },
			to:   func(int) string { return path + "[]" },
		})
	case (names(a) != nil || len(a) == 0) && (names(b) != nil || len(b) == 0):
		from, to := names(a), names(b)
		// In a list that is sorted by name, a name says where it is.
		sorted := slices.IsSorted(to)
		w.align(indent, a, b, from, to, alignment{
			from: func(i int) string { return path + "[" + from[i] + "]" },
			to:   func(j int) string { return path + "[" + to[j] + "]" },
			after: func(j int) string {
				switch {
				case sorted:
					return ""
				case j == 0:
					return " (first)"
				}
				return " (after " + to[j-1] + ")"
			},
		})
	default:
		index := func(i int) string { return fmt.Sprintf("%s[%d]", path, i) }
		w.align(indent, a, b, texts(a), texts(b), alignment{from: index, to: index, pairs: true})
	}
}

// alignment says how two lists' elements are written.
type alignment struct {
	from, to func(i int) string // path of an element
	after    func(i int) string // where a new one stands; nil: its path says it
	pairs    bool               // those between equal ones belong together when there are as many in both lists
}

// align writes how two lists differ whose elements have these keys.
func (w *writer) align(indent int, a, b []any, from, to []string, l alignment) {
	i, j := 0, 0
	upTo := func(nextI, nextJ int) {
		pairs := l.pairs && nextI-i == nextJ-j
		for i < nextI || j < nextJ {
			if pairs && sameContainer(a[i], b[j]) {
				w.change(indent, l.to(j), a[i], b[j])
				i, j = i+1, j+1
				continue
			}
			if i < nextI {
				w.gone(indent, l.from(i), a[i])
				i++
			}
			if j < nextJ {
				name := l.to(j)
				if l.after != nil {
					name += l.after(j)
				}
				w.value(indent, "+ "+name, b[j])
				j++
			}
		}
	}
	for _, p := range common(from, to) {
		upTo(p[0], p[1])
		w.change(indent, l.to(j), a[i], b[j])
		i, j = i+1, j+1
	}
	upTo(len(a), len(b))
}

// nameKeys are the keys by which elements of lists are known, the first that
// all have and that is different in each.
var nameKeys = []string{"name", "Sid", "id", "containerName", "sourceVolume", "capacity_provider", "rule_name"}

// names are those of a list's elements; nil: they have none.
func names(list []any) []string {
	for _, key := range nameKeys {
		var all []string
		for _, element := range list {
			object, _ := element.(map[string]any)
			if name, ok := object[key].(string); ok && !slices.Contains(all, quoted(name)) {
				all = append(all, quoted(name))
			}
		}
		if len(all) == len(list) {
			return all
		}
	}
	return nil
}

// isSet says whether a list is one of texts in order, each once: a text then
// says where it is.
func isSet(list []any) bool {
	for i, element := range list {
		s, ok := element.(string)
		if !ok || i > 0 && list[i-1].(string) >= s {
			return false
		}
	}
	return true
}

func texts(list []any) []string {
	var all []string
	for _, element := range list {
		all = append(all, inline(element))
	}
	return all
}

// common is the longest common subsequence of two lists, as pairs of indices.
func common(a, b []string) [][2]int {
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// inline writes a value in one line, much as HCL does.
func inline(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, quoted(key)+" = "+inline(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		return "[" + strings.Join(texts(v), ", ") + "]"
	case string:
		return text(v)
	case nil:
		return "null"
	}
	return fmt.Sprint(value) // bool, json.Number, missing
}

func text(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// quoted is a key as HCL writes it.
func quoted(key string) string {
	if identifier.MatchString(key) {
		return key
	}
	return text(key)
}

func container(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return false
}

// sameContainer says whether both are objects, or both lists.
func sameContainer(a, b any) bool {
	switch a.(type) {
	case map[string]any:
		_, ok := b.(map[string]any)
		return ok
	case []any:
		_, ok := b.([]any)
		return ok
	}
	return false
}

func union(a, b map[string]any) []string {
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	return slices.Sorted(maps.Keys(keys))
}
