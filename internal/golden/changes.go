package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Changes writes what a stack's JSON has other than that of a base: "+" is new,
// "-" is gone, "~" has such lines below it. What is new is there completely, what is
// gone by its address alone. An element of a list goes by its name, Sid or the
// like; one without goes by its index, in the base where it is gone, in the
// stack where it is new. Stacks that differ in anything have different changes.
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
