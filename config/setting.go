package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Setting is one that a file sets, as it is there.
type Setting struct {
	Key   string // The name that it has now, where the file has an old one; "" for a list's element.
	Path  string // worker.cpu, additionalWorkers[0].name; "" for the whole file.
	Line  int
	Hide  bool       // Its value may be a secret.
	Words []string   // The values that it may have, where they are a few.
	Value *yaml.Node // Aliases are written out; of a mapping or a list, inner is what counts.
	Inner []*Setting // What a mapping or a list has.
}

// Settings are what a file sets, whether it is allowed or not.
func Settings(name string, data []byte) (*Setting, error) {
	root, err := parse(name, data)
	if err != nil {
		return nil, err
	}
	documents := map[string]any{
		settings.KindStateBackend: settings.StateBackend{}, settings.KindGitHubActions: settings.GitHubActions{}, settings.KindCrashEvents: settings.CrashEventsStack{},
	}
	document, ok := documents[scalarOf(root, "kind")]
	if !ok {
		document = settings.Environment{}
	}
	left := maxVisited
	whole := setting(root, reflect.TypeOf(document), at{}, &left)
	if left < 0 {
		return nil, fmt.Errorf("%s: got aliases that stand for too many settings, want at most %d; write out what is meant", name, maxVisited)
	}
	return whole, nil
}

// setting is what stands at a node; t is nil where no such setting is known.
func setting(node *yaml.Node, t reflect.Type, a at, left *int) *Setting {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	s := &Setting{Path: a.path, Line: node.Line, Hide: a.hide, Value: node}
	if *left--; *left < 0 || a.depth > maxDepth {
		*left = -1
		return s
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, child, inner := node.Content[i].Value, a.child(node.Content[i].Value, nil), reflect.Type(nil)
			child.hide = a.hide
			f := fieldOf(t, key)
			if f != nil {
				key, child, inner = f.Key, a.child(f.Key, f), f.Type
			} else if t != nil && t.Kind() == reflect.Map {
				inner = t.Elem()
				child.hide = child.hide || secretName.MatchString(key)
			}
			entry := setting(node.Content[i+1], inner, child, left)
			entry.Key, entry.Line = key, node.Content[i].Line
			if f != nil && f.Rule != nil {
				entry.Words = f.Rule.Choices
			}
			if f != nil && (entry.Words != nil || node.Content[i+1].Tag == "!!bool") {
				entry.Hide = false // a secret cannot be one of a few words
			}
			s.Inner = append(s.Inner, entry)
		}
	case yaml.SequenceNode:
		var inner reflect.Type
		if t != nil && t.Kind() == reflect.Slice {
			inner = t.Elem()
		}
		for i, value := range node.Content {
			s.Inner = append(s.Inner, setting(value, inner, a.element(i), left))
		}
	}
	return s
}

// secretName is what an environment variable, a log option or another entry of a map
// is called whose value may be a secret.
var secretName = regexp.MustCompile(`(?i)(passw|secret|token|api_?key|auth_string|credential|private_?key|access_?key)`)

// fieldOf is the setting of a section that has a key, or had it, or nil.
func fieldOf(section reflect.Type, key string) *settings.Field {
	if section == nil || section.Kind() != reflect.Struct {
		return nil
	}
	fields := settings.Fields(section)
	i := slices.IndexFunc(fields, func(f settings.Field) bool { return f.Key == key })
	if i < 0 {
		i = slices.IndexFunc(fields, func(f settings.Field) bool { return f.Alias == key })
	}
	if i < 0 {
		return nil
	}
	return &fields[i]
}

// Value is what a stack has at a path of its settings, with its file's preset and the
// defaults, as text; "" for none, and for a section.
func (c *Config) Value(file, path string) string {
	for _, m := range c.makers() {
		if m.name == file {
			return valueIn(reflect.ValueOf(m.document), path)
		}
	}
	return ""
}

// Exposed is the setting that a variable exposes, with its file: "worker.image in
// environments/dev.yaml"; "" for none, and for a secret, which belongs in no file.
func (c *Config) Exposed(variable string) string {
	for _, e := range c.Environments {
		if path := e.Terraform.Variables[variable]; path != "" && path != "secret.value" {
			return path + " in " + e.name
		}
	}
	return ""
}

func valueIn(v reflect.Value, path string) string {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if path == "" {
		switch value := v.Interface().(type) {
		case settings.Number:
			return fmt.Sprint(value.Value)
		case settings.Switch:
			return fmt.Sprint(value.Value)
		case string, int, bool:
			return fmt.Sprint(value)
		case []string:
			return "[" + strings.Join(value, ", ") + "]"
		}
		return ""
	}
	end := len(path)
	if at := strings.IndexAny(path[1:], ".["); at >= 0 {
		end = at + 1
	}
	step, rest := strings.Trim(path[:end], ".[]"), path[end:]
	switch v.Kind() {
	case reflect.Struct:
		if f := fieldOf(v.Type(), step); f != nil {
			return valueIn(f.Of(v), rest)
		}
	case reflect.Map: // whose keys may have dots
		for _, key := range v.MapKeys() {
			if name := key.String(); strings.TrimPrefix(path, ".") == name {
				return valueIn(v.MapIndex(key), "")
			}
		}
	case reflect.Slice:
		if i, err := strconv.Atoi(step); err == nil && i < v.Len() {
			return valueIn(v.Index(i), rest)
		}
	}
	return ""
}
