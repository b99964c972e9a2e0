package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse reads one YAML document that must be a mapping.
func parse(name string, data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the file is empty, want settings, at least %q", name, "preset: readme")
	} else if err != nil {
		return nil, syntaxError(name, err)
	}
	if err := decoder.Decode(new(yaml.Node)); err == nil {
		return nil, fmt.Errorf("%s: got more than one YAML document, want one: one file is one stack", name)
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(name, err)
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, fmt.Errorf("%s: the file is empty, want settings, at least %q", name, "preset: readme")
	}
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: got %s, want settings as \"key: value\"", name, root.Line, kindName(root))
	}
	return root, nil
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func syntaxError(name string, err error) error {
	message, details, _ := strings.Cut(err.Error(), "\n")
	if strings.HasSuffix(message, "errors:") { // what is wrong stands below
		message, _, _ = strings.Cut("yaml: "+strings.TrimSpace(details), "\n")
	}
	if m := yamlLine.FindStringSubmatch(message); m != nil && m[1] != "" {
		return fmt.Errorf("%s:%s: not YAML: %s", name, m[1], message[len(m[0]):])
	}
	return fmt.Errorf("%s: not YAML: %s", name, strings.TrimPrefix(message, "yaml: "))
}

// check walks a document beside the type it is for: it notes each setting's
// line and reports unknown keys, duplicate keys and values of another type.
func (f *file) check(node *yaml.Node, t reflect.Type, path string, p *problems) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if t.Kind() == reflect.Pointer {
		if node.Tag == "!!null" {
			return // turns a feature of the preset off
		}
		t = t.Elem()
	}
	if node.Tag == "!!null" {
		p.add(f.errorf(path, "got no value, want %s; remove the key to keep the preset's", typeName(t)))
		return
	}
	switch {
	case t.Kind() == reflect.Struct && node.Kind == yaml.MappingNode:
		fields := fieldsOf(t)
		f.eachKey(node, path, p, func(key string, line int, child string, value *yaml.Node) {
			field, ok := fields[key]
			if !ok {
				p.add(f.unknown(key, child, line, keysOf(t)))
				return
			}
			f.check(value, field, child, p)
		})
	case t.Kind() == reflect.Map && node.Kind == yaml.MappingNode:
		f.eachKey(node, path, p, func(_ string, _ int, child string, value *yaml.Node) {
			f.check(value, t.Elem(), child, p)
		})
	case t.Kind() == reflect.Slice && node.Kind == yaml.SequenceNode:
		for i, value := range node.Content {
			child := fmt.Sprintf("%s[%d]", path, i)
			f.lines[child] = value.Line
			f.check(value, t.Elem(), child, p)
		}
	case node.Kind == yaml.ScalarNode && t == reflect.TypeFor[OneOrMore](): // a list of one
	case node.Kind == yaml.ScalarNode && strings.Contains(node.Value, "${TfToken["):
		p.add(f.errorf(path, "got %s, want text without ${TfToken[, which CDKTF takes for its own", got(node.Value)))
	case node.Kind == yaml.ScalarNode && isScalar(t) && fits(node, t):
	default:
		what := kindName(node)
		if node.Kind == yaml.ScalarNode {
			what = got(node.Value)
		}
		p.add(f.errorf(path, "got %s, want %s", what, typeName(t)))
	}
}

// eachKey visits a mapping's keys; a duplicate is reported, not visited.
func (f *file) eachKey(node *yaml.Node, path string, p *problems, visit func(key string, line int, child string, value *yaml.Node)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, line := node.Content[i].Value, node.Content[i].Line
		child := key
		if path != "" {
			child = path + "." + key
		}
		if first, ok := seen[key]; ok {
			p.add(fmt.Errorf("%s:%d: %s: given twice, first on line %d; remove one", f.name, line, child, first))
			continue
		}
		seen[key] = line
		f.lines[child] = line
		visit(key, line, child, node.Content[i+1])
	}
}

func (f *file) unknown(key, path string, line int, known []string) error {
	if n := nearest(key, known); n != "" {
		return fmt.Errorf("%s:%d: %s: unknown setting, did you mean %q?", f.name, line, path, n)
	}
	return fmt.Errorf("%s:%d: %s: unknown setting, known here: %s", f.name, line, path, strings.Join(known, ", "))
}

// fits says whether a scalar can become a t. A number or a bool where text is
// wanted is taken as written: an account id of digits is still an id.
func fits(node *yaml.Node, t reflect.Type) bool {
	if t.Kind() == reflect.String {
		return true
	}
	// By tag, not by decoding: that would cut 0.5 down to 0.
	return node.Tag == map[reflect.Kind]string{reflect.Int: "!!int", reflect.Bool: "!!bool"}[t.Kind()] &&
		node.Decode(reflect.New(t).Interface()) == nil
}

func isScalar(t reflect.Type) bool {
	return t.Kind() == reflect.String || t.Kind() == reflect.Bool || t.Kind() == reflect.Int
}

// fieldsOf maps a struct's YAML keys to their types, keysOf lists them in the
// struct's order.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for field := range yamlFields(t) {
		fields[field.Tag.Get("yaml")] = field.Type
	}
	return fields
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for field := range yamlFields(t) {
		keys = append(keys, field.Tag.Get("yaml"))
	}
	return keys
}

func yamlFields(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			tag := t.Field(i).Tag.Get("yaml")
			if tag == "" || tag == "-" {
				continue
			}
			if tag == ",inline" {
				for field := range yamlFields(t.Field(i).Type) {
					if !yield(field) {
						return
					}
				}
				continue
			}
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// decodeOver lays a document over what target holds, or over the defaults
// where it holds nothing yet. P is T without its UnmarshalYAML.
func decodeOver[T, P any](node *yaml.Node, target *T, defaults T, plain func(*T) *P) error {
	if reflect.ValueOf(target).Elem().IsZero() {
		*target = defaults
	}
	return node.Decode(plain(target))
}

func kindName(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return got(node.Value)
}

func typeName(t reflect.Type) string {
	if t == reflect.TypeFor[OneOrMore]() {
		return "text or a list"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Map:
		return "a mapping"
	case reflect.Struct:
		return "a mapping with: " + strings.Join(keysOf(t), ", ")
	case reflect.Pointer:
		return typeName(t.Elem())
	}
	return "text"
}

// OneOrMore is a list that may be written as its only element.
type OneOrMore []string

// UnmarshalYAML reads both forms.
func (o *OneOrMore) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*o = OneOrMore{node.Value}
		return nil
	}
	return node.Decode((*[]string)(o))
}
