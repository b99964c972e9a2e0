package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// parse reads one YAML document that must be a mapping.
func parse(name string, data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the file is empty, want settings, at least %q", name, "preset: readme")
	} else if err != nil {
		return nil, syntaxError(name, data, err)
	}
	if err := decoder.Decode(new(yaml.Node)); err == nil {
		return nil, fmt.Errorf("%s: got more than one YAML document, want one: one file is one stack", name)
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(name, data, err)
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, fmt.Errorf("%s: the file is empty, want settings, at least %q", name, "preset: readme")
	}
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: got %s, want settings as \"key: value\"", name, root.Line, kindOf(root))
	}
	return root, nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func syntaxError(name string, data []byte, err error) error {
	message, details, _ := strings.Cut(err.Error(), "\n")
	if strings.HasSuffix(message, "errors:") { // what is wrong stands below
		message, _, _ = strings.Cut("yaml: "+strings.TrimSpace(details), "\n")
	}
	if m := yamlLine.FindStringSubmatch(message); m != nil && m[1] != "" {
		said := message[len(m[0]):]
		at, _ := strconv.Atoi(m[1])
		line, cause := likelyCause(strings.Split(string(data), "\n"), at, said)
		if cause != "" {
			return fmt.Errorf("%s:%d: not YAML: %s (%s)", name, line, cause, Redacted(said))
		}
		return fmt.Errorf("%s:%d: not YAML: %s", name, line, Redacted(said))
	}
	return fmt.Errorf("%s: not YAML: %s", name, Redacted(strings.TrimPrefix(message, "yaml: ")))
}

// likelyCause says what is most often meant by an error of the parser, which names the
// token that it did not expect, and where: the parser's line may be one too low.
func likelyCause(lines []string, at int, said string) (line int, cause string) {
	for n := at; n <= min(at+1, len(lines)); n++ {
		if n < 1 {
			continue
		}
		text := lines[n-1]
		value := text
		if _, after, ok := strings.Cut(text, ": "); ok {
			value = after
		}
		value = strings.TrimLeft(value, " -")
		switch {
		case strings.Contains(said, "character") && strings.Contains(text[:len(text)-len(strings.TrimLeft(text, " \t"))], "\t"):
			return n, "the line is indented with a tab, want spaces"
		case strings.Contains(said, "cannot start any token") && value != "" && strings.Contains("@`%", value[:1]):
			return n, fmt.Sprintf("a value cannot begin with %s, put it in quotes", value[:1])
		case strings.Contains(said, "node content") && value != "" && strings.Contains("]}", value[:1]):
			return n, fmt.Sprintf("a %s without an opening bracket before it", value[:1])
		}
	}
	switch {
	case strings.Contains(said, "node content") || strings.Contains(said, "expected ','"):
		return unclosed(lines, at)
	case strings.Contains(said, "end of stream"):
		return at, "a quotation mark is not closed"
	case strings.Contains(said, "mapping values are not allowed"):
		if at >= 1 && at <= len(lines) && strings.Count(quotedText.ReplaceAllString(lines[at-1], ""), ": ") > 1 {
			return at, "two \": \" in one line, put the value in quotes"
		}
		return at, "the line is indented deeper than the settings around it"
	case strings.Contains(said, "could not find expected ':'"):
		return at, "a line without \": \" after its key"
	case strings.Contains(said, "did not find expected key"), strings.Contains(said, "'-' indicator"):
		return at, "near this line the indentation is not that of the settings around it, or a bracket is closed twice"
	}
	return at, ""
}

// unclosed finds the last bracket up to the line after that nothing closes.
func unclosed(lines []string, at int) (line int, cause string) {
	type bracket struct {
		line int
		what rune
	}
	var open []bracket
	for n, text := range lines[:min(at+1, len(lines))] {
		text, _, _ = strings.Cut(text, " #")
		for _, c := range quotedText.ReplaceAllString(text, "") {
			switch {
			case c == '[' || c == '{':
				open = append(open, bracket{n + 1, c})
			case (c == ']' || c == '}') && len(open) > 0:
				if last := open[len(open)-1]; last.what != c-2 { // ] is two after [, } after {
					return last.line, fmt.Sprintf("a %c is not closed", last.what)
				}
				open = open[:len(open)-1]
			}
		}
	}
	if len(open) == 0 {
		return at, ""
	}
	last := open[len(open)-1]
	return last.line, fmt.Sprintf("a %c is not closed", last.what)
}

var quotedText = regexp.MustCompile(`"(\\.|[^"\\])*"|'[^']*'`)

// walk lays a document over settings: it sets what the document has, notes
// each setting's line, gives sections that were not there their defaults, and
// reports unknown keys and values of another type.
type walk struct {
	*file
	first   *settings.Environment // what additional workers begin with
	broken  map[string]bool       // settings whose value could not be read
	visited int
}

// A document that means more settings than this has aliases that multiply.
const (
	maxVisited = 20000
	maxDepth   = 32
)

// at is where a walk is.
type at struct {
	path  string
	field *settings.Field // nil: the document itself
	hide  bool
	depth int
}

func (a at) child(key string, f *settings.Field) at {
	path := key
	if a.path != "" {
		path = a.path + "." + key
	}
	return at{path, f, a.hide || f != nil && f.Hide, a.depth + 1}
}

func (a at) element(i int) at {
	a.path, a.depth = fmt.Sprintf("%s[%d]", a.path, i), a.depth+1
	return a
}

func (w *walk) fail(a at, format string, args ...any) {
	w.broken[a.path] = true
	w.add(a.path, format, args...)
}

func (w *walk) apply(node *yaml.Node, v reflect.Value, a at) {
	w.visited++
	if w.visited > maxVisited || a.depth > maxDepth {
		if w.visited <= maxVisited+1 {
			w.fail(a, "got aliases that stand for too many settings, want at most %d; write out what is meant", maxVisited)
		}
		w.visited = maxVisited + 1
		return
	}
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if v.Kind() == reflect.Pointer {
		w.applyPointer(node, v, a)
		return
	}
	switch section := v.Addr().Interface().(type) {
	case *settings.Number:
		n := 0
		w.apply(node, reflect.ValueOf(&n).Elem(), a)
		*section = settings.Count(n)
		return
	case *settings.Switch:
		v = reflect.ValueOf(&section.Value).Elem()
	case *settings.AdditionalWorker:
		if node.Kind == yaml.MappingNode {
			first := copyOf(*w.first, func(reflect.Value, *settings.Field, string) {})
			section.Worker = first.Worker
			section.Differ(scalarOf(node, "name"))
			section.Begin(&first, scalarOf(node, "name"), func(key string) bool { return hasKey(node, key) })
		}
	}
	switch {
	case node.Tag == "!!null":
		w.fail(a, "got no value, want %s; remove the key to keep the preset's", typeName(v.Type()))
	case v.Kind() == reflect.Struct && node.Kind == yaml.MappingNode:
		w.applyMapping(node, v, a)
	case v.Kind() == reflect.Map && node.Kind == yaml.MappingNode:
		w.applyMap(node, v, a)
	case v.Kind() == reflect.Slice && node.Kind == yaml.SequenceNode:
		list := reflect.MakeSlice(v.Type(), len(node.Content), len(node.Content))
		for i, value := range node.Content {
			element := a.element(i)
			w.lines[element.path] = value.Line
			setDefaults(list.Index(i))
			w.apply(value, list.Index(i), element)
		}
		v.Set(list)
	case v.Type() == reflect.TypeFor[settings.OneOrMore]() && node.Kind == yaml.ScalarNode: // a list of one
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		w.applyScalar(node, v.Index(0), a)
	case node.Kind == yaml.ScalarNode && isScalar(v.Type()):
		w.applyScalar(node, v, a)
	default:
		w.fail(a, "got %s, want %s", a.got(node), typeName(v.Type()))
	}
}

// applyPointer: null turns a feature of the preset off; anything else turns it
// on, with its defaults where it was off.
func (w *walk) applyPointer(node *yaml.Node, v reflect.Value, a at) {
	if node.Tag == "!!null" {
		v.SetZero()
		return
	}
	if v.IsNil() {
		v.Set(reflect.New(v.Type().Elem()))
		setDefaults(v.Elem())
		if a.field != nil && a.field.Default != "" {
			setDefault(v.Elem(), a.field)
		}
	}
	w.apply(node, v.Elem(), a)
}

func (w *walk) applyMapping(node *yaml.Node, v reflect.Value, a at) {
	fields := settings.Fields(v.Type())
	var last func() // additional workers begin with the first one's settings
	w.eachKey(node, a, func(key string, line int, value *yaml.Node) {
		i := slices.IndexFunc(fields, func(f settings.Field) bool { return f.Key == key })
		if i < 0 { // an old name, where no new setting has it
			i = slices.IndexFunc(fields, func(f settings.Field) bool { return f.Alias == key })
		}
		if i < 0 {
			w.unknown(key, line, a, v.Type())
			return
		}
		f := &fields[i]
		child := a.child(f.Key, f)
		if key != f.Key {
			if w.has(child.path) {
				w.addAt(line, "%s: given twice, as %s on line %d too; remove one", a.child(key, f).path, f.Key, w.lines[child.path])
				return
			}
			w.renamed = append(w.renamed, w.problemAt(line, "%s: is now called %s; the old name is read until the next release", a.child(key, f).path, f.Key))
		}
		w.lines[child.path] = line
		if f.Type == reflect.TypeFor[[]settings.AdditionalWorker]() {
			last = func() { w.apply(value, f.Of(v), child) }
			return
		}
		w.apply(value, f.Of(v), child)
	})
	if last != nil {
		w.first = v.Addr().Interface().(*settings.Environment)
		last()
	}
}

// applyMap adds a mapping's entries to those that are there.
func (w *walk) applyMap(node *yaml.Node, v reflect.Value, a at) {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	w.eachKey(node, a, func(key string, line int, value *yaml.Node) {
		child := a.child(key, nil)
		child.hide = a.hide
		w.lines[child.path] = line
		if key == "__proto__" {
			w.fail(child, "got a name that JavaScript, in which CDKTF is written, reserves; want another")
			return
		}
		entry := reflect.New(v.Type().Elem()).Elem()
		w.apply(value, entry, child)
		v.SetMapIndex(reflect.ValueOf(key), entry)
	})
}

// eachKey visits a mapping's keys; what is no text or a duplicate is reported,
// not visited.
func (w *walk) eachKey(node *yaml.Node, a at, visit func(key string, line int, value *yaml.Node)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, line := node.Content[i], node.Content[i].Line
		if key.Kind != yaml.ScalarNode || key.Tag == "!!null" || key.Tag == "!!binary" || key.Value == "" {
			w.addAt(line, "%s: got a key that is not text, want a name; quote it if you mean it", a.child("?", nil).path)
			continue
		}
		if first, ok := seen[key.Value]; ok {
			w.addAt(line, "%s: given twice, first on line %d; remove one", a.child(key.Value, nil).path, first)
			continue
		}
		seen[key.Value] = line
		visit(key.Value, line, node.Content[i+1])
	}
}

var yamlTags = map[reflect.Kind][]string{
	// A number or a bool where text is wanted is taken as written: an account id
	// of digits is still an id.
	reflect.String: {"!!str", "!!int", "!!bool", "!!float", "!!timestamp"},
	reflect.Int:    {"!!int"},
	reflect.Bool:   {"!!bool"},
}

func (w *walk) applyScalar(node *yaml.Node, v reflect.Value, a at) {
	// By tag, not by decoding: that would cut 0.5 down to 0.
	if !slices.Contains(yamlTags[v.Kind()], node.Tag) {
		w.fail(a, "got %s, want %s", a.got(node), typeName(v.Type()))
		return
	}
	if v.Kind() != reflect.String {
		if err := node.Decode(v.Addr().Interface()); err != nil {
			w.fail(a, "got %s, want %s", a.got(node), typeName(v.Type()))
		}
		return
	}
	switch text := node.Value; {
	case strings.Contains(text, "{TfToken["):
		w.fail(a, "got %s, want text without {TfToken[, which CDKTF treats as its own", a.got(node))
	case PrefectKey.MatchString(text):
		w.fail(a, "got a value with a Prefect API key in it, want none: a secret must never be in a file; give it as the Terraform variable, e.g. TF_VAR_prefect_api_key")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\t\r", r) }):
		w.fail(a, "got %s, want text without control characters", a.got(node))
	default:
		v.SetString(text)
	}
}

// setDefaults gives a section that is new its defaults.
func setDefaults(v reflect.Value) {
	if v.Kind() != reflect.Struct {
		return
	}
	fields := settings.Fields(v.Type())
	for i := range fields {
		f := &fields[i]
		switch {
		case f.Type.Kind() == reflect.Pointer:
		case f.Default != "":
			setDefault(f.Of(v), f)
		case f.Type.Kind() == reflect.Struct:
			setDefaults(f.Of(v))
		}
	}
}

func setDefault(v reflect.Value, f *settings.Field) {
	w := walk{file: newFile(f.Name), broken: map[string]bool{}}
	w.apply(defaultNode(f), v, at{path: f.Key})
	if err := w.err(); err != nil {
		panic(fmt.Sprintf("the default of %s.%s: %v", f.Struct, f.Name, err)) // a tag of ours
	}
}

// defaultNode reads a default as YAML; text that only YAML would quote needs
// no quotes in a tag.
func defaultNode(f *settings.Field) *yaml.Node {
	if f.Type.Kind() == reflect.String {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f.Default}
	}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(f.Default), &document); err != nil {
		panic(fmt.Sprintf("the default of %s.%s: %v", f.Struct, f.Name, err)) // a tag of ours
	}
	return document.Content[0]
}

// hasKey says whether a mapping has a key that is not null, or by a dot one of a
// mapping in it.
func hasKey(root *yaml.Node, key string) bool {
	key, inner, nested := strings.Cut(key, ".")
	if root.Kind == yaml.AliasNode {
		root = root.Alias
	}
	for i := 0; root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		if value := root.Content[i+1]; root.Content[i].Value == key && value.Tag != "!!null" {
			return !nested || hasKey(value, inner)
		}
	}
	return false
}

func scalarOf(root *yaml.Node, key string) string {
	for i := 0; i+1 < len(root.Content); i += 2 {
		value := root.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if root.Content[i].Value == key && value.Kind == yaml.ScalarNode && value.Tag != "!!null" {
			return value.Value
		}
	}
	return ""
}

func isScalar(t reflect.Type) bool {
	return t.Kind() == reflect.String || t.Kind() == reflect.Bool || t.Kind() == reflect.Int
}

// got shows a value, unless it may be a secret.
func (a at) got(node *yaml.Node) string {
	if a.hide && node.Kind == yaml.ScalarNode {
		return "a value that is not repeated here, as it may be a secret"
	}
	return kindOf(node)
}

func kindOf(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return settings.Got(node.Value)
}

func typeName(t reflect.Type) string {
	if t == reflect.TypeFor[settings.OneOrMore]() {
		return "text or a list"
	}
	switch t.Kind() {
	case reflect.Struct:
		return "a mapping with: " + strings.Join(keysOf(t), ", ")
	case reflect.Pointer:
		return typeName(t.Elem())
	}
	return cmp.Or(map[reflect.Kind]string{reflect.Bool: "true or false", reflect.Int: "a whole number", reflect.Slice: "a list", reflect.Map: "a mapping"}[t.Kind()], "text")
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for _, f := range settings.Fields(t) {
		keys = append(keys, f.Key)
	}
	return keys
}
