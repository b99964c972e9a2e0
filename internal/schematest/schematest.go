// Package schematest holds files of settings against their JSON Schema, for
// the tests of several packages.
package schematest

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v3"
)

// Schema is a JSON Schema of YAML files.
type Schema struct{ *jsonschema.Schema }

// Open reads a schema, which must be one itself.
func Open(file string) (*Schema, error) {
	s, err := jsonschema.NewCompiler().Compile(file)
	return &Schema{s}, err
}

// Refused lists the settings of a file that the schema refuses, named as the
// loader names them; "*.key" is a map's key. What is no JSON is an error.
func (s *Schema) Refused(text string) ([]string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	if document.Kind == 0 { // nothing but comments
		document = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	value, err := new(reader).value(&document)
	if err != nil {
		return nil, err
	}
	err = s.Validate(value)
	if err == nil {
		return nil, nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil, err
	}
	return refused(invalid, value), nil
}

func refused(e *jsonschema.ValidationError, document any) []string {
	if k, ok := e.ErrorKind.(*kind.PropertyNames); ok {
		return []string{"*." + k.Property} // the library does not keep where it is
	}
	at := path(e.InstanceLocation, document)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		return below(at, k.Properties...)
	case *kind.Required:
		return below(at, k.Missing...)
	}
	if len(e.Causes) == 0 {
		return []string{at}
	}
	var all []string
	for _, cause := range e.Causes {
		all = append(all, refused(cause, document)...)
	}
	return all
}

func path(keys []string, document any) string {
	path := ""
	for _, key := range keys {
		switch value := document.(type) {
		case []any:
			i, _ := strconv.Atoi(key)
			path, document = fmt.Sprintf("%s[%d]", path, i), value[i]
		case map[string]any:
			path, document = below(path, key)[0], value[key]
		}
	}
	return path
}

func below(path string, keys ...string) []string {
	var all []string
	for _, key := range keys {
		if path != "" {
			key = path + "." + key
		}
		all = append(all, key)
	}
	return all
}

// reader makes of a node what it is to a schema: keys and times are text.
type reader struct{ visited int }

// maxVisited: an alias may stand for itself.
const maxVisited = 100000

func (r *reader) value(node *yaml.Node) (any, error) {
	if r.visited++; r.visited > maxVisited {
		return nil, fmt.Errorf("line %d: aliases that stand for more than %d values", node.Line, maxVisited)
	}
	switch node.Kind {
	case yaml.DocumentNode:
		return r.value(node.Content[0])
	case yaml.AliasNode:
		return r.value(node.Alias)
	case yaml.SequenceNode:
		all := []any{}
		for _, element := range node.Content {
			value, err := r.value(element)
			if err != nil {
				return nil, err
			}
			all = append(all, value)
		}
		return all, nil
	case yaml.MappingNode:
		return r.mapping(node)
	}
	if node.Tag == "!!timestamp" {
		return node.Value, nil
	}
	var value any
	err := node.Decode(&value)
	return value, err
}

func (r *reader) mapping(node *yaml.Node) (any, error) {
	all := map[string]any{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if _, ok := all[key.Value]; ok || key.Kind != yaml.ScalarNode || key.Tag == "!!null" || key.Value == "" {
			return nil, fmt.Errorf("line %d: %q is given twice, or is no text", key.Line, key.Value)
		}
		value, err := r.value(node.Content[i+1])
		if err != nil {
			return nil, err
		}
		all[key.Value] = value
	}
	return all, nil
}
