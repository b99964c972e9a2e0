package adopt

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// tree are settings by their keys, as a file has them.
type tree map[string]any

// set gives a setting a value; the path is that of errors: worker.cpu.
func (t tree) set(path string, value any) {
	keys := strings.Split(path, ".")
	at := t
	for _, key := range keys[:len(keys)-1] {
		next, ok := at[key].(tree)
		if !ok {
			next = tree{}
			at[key] = next
		}
		at = next
	}
	at[keys[len(keys)-1]] = value
}

// get is the value at a path, such as additionalWorkers[0].cpu, and whether there is one.
func (t tree) get(path string) (any, bool) {
	key, rest, deeper := strings.Cut(path, ".")
	name, index, listed := strings.Cut(strings.TrimSuffix(key, "]"), "[")
	value, ok := t[name]
	if listed && ok {
		i, err := strconv.Atoi(index)
		list, isList := value.([]tree)
		if err != nil || !isList || i >= len(list) {
			return nil, false
		}
		value = list[i]
	}
	if !deeper || !ok {
		return value, ok
	}
	section, ok := value.(tree)
	if !ok {
		return nil, false
	}
	return section.get(rest)
}

// remove takes a setting out, and sections that it leaves empty.
func (t tree) remove(path string) bool {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		_, had := t[path]
		delete(t, path)
		return had
	}
	section, ok := t.get(path[:i])
	inner, isTree := section.(tree)
	if !ok || !isTree || !inner.remove(path[i+1:]) {
		return false
	}
	if len(inner) == 0 && !strings.HasSuffix(path[:i], "]") {
		t.remove(path[:i])
	}
	return true
}

// readTree reads a YAML file as settings.
func readTree(data []byte) (tree, error) {
	var raw map[string]any
	if err := yaml.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	return toTree(raw), nil
}

func toTree(raw map[string]any) tree {
	t := tree{}
	for key, value := range raw {
		if inner, ok := value.(map[string]any); ok {
			value = toTree(inner)
		}
		t[key] = value
	}
	return t
}

// beyond is what a wanted file says that its preset does not. What the preset has
// and the wanted file does not mention stays the preset's.
func beyond(want, preset tree, section reflect.Type, expand func(string) string) tree {
	out := tree{}
	for key, value := range want {
		given, has := preset[key]
		field := fieldOf(section, key)
		inner, isTree := value.(tree)
		base, baseIsTree := given.(tree)
		switch {
		case isTree && (baseIsTree || !has) && isSection(field):
			if diff := beyond(inner, base, sectionType(field), expand); len(diff) > 0 || !has && len(inner) == 0 {
				out[key] = diff
			}
		case isTree: // a map's entries are added to the preset's
			diff := tree{}
			for entry, v := range inner {
				if old, ok := base[entry]; !ok || !equal(v, old, expand) {
					diff[entry] = v
				}
			}
			if len(diff) > 0 {
				out[key] = diff
			}
		case has && equal(value, given, expand), !has && field != nil && isDefault(field, value, expand), !has && field == nil:
		default:
			out[key] = value
		}
	}
	return out
}

func fieldOf(section reflect.Type, key string) *settings.Field {
	if section == nil {
		return nil
	}
	for _, f := range settings.Fields(section) {
		if f.Key == key {
			return &f
		}
	}
	return nil
}

// sectionType is the struct of a section's settings, or nil.
func sectionType(f *settings.Field) reflect.Type {
	if f == nil {
		return nil
	}
	t := f.Type
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

func isSection(f *settings.Field) bool {
	return sectionType(f) != nil && f.Type != reflect.TypeFor[settings.Number]() && f.Type != reflect.TypeFor[settings.Switch]()
}

// isDefault says whether a setting has that value where a file does not name it.
func isDefault(f *settings.Field, value any, expand func(string) string) bool {
	if f.Default != "" {
		return expand(f.Default) == fmt.Sprint(value)
	}
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == "" && f.Type.Kind() != reflect.Pointer
	case bool:
		return !v
	case int:
		return v == 0 && f.Type.Kind() != reflect.Pointer
	}
	v := reflect.ValueOf(value)
	return (v.Kind() == reflect.Map || v.Type() == reflect.TypeFor[[]string]()) && v.Len() == 0
}

// equal compares a value with a preset's, in which braces are replaced. The order of
// rules and of the like says nothing.
func equal(value, preset any, expand func(string) string) bool {
	v, p := plain(value, expand), plain(preset, expand)
	if _, ok := value.([]tree); ok {
		for _, list := range []any{v, p} {
			if all, ok := list.([]any); ok {
				slices.SortStableFunc(all, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
	}
	return fmt.Sprint(v) == fmt.Sprint(p)
}

func plain(v any, expand func(string) string) any {
	switch v := v.(type) {
	case string:
		return expand(v)
	case tree:
		out := map[string]any{}
		for k, e := range v {
			if e = plain(e, expand); e != nil {
				out[k] = e
			}
		}
		return out
	case map[string]any:
		return plain(toTree(v), expand)
	case map[string]string:
		out := map[string]any{}
		for k, e := range v {
			out[k] = e
		}
		return out
	case []string:
		var out []any
		for _, e := range v {
			out = append(out, expand(e))
		}
		return out
	case []tree:
		var out []any
		for _, e := range v {
			out = append(out, plain(e, expand))
		}
		return out
	case []any:
		var out []any
		for _, e := range v {
			out = append(out, plain(e, expand))
		}
		return out
	}
	return v
}

// size counts the settings of a file.
func (t tree) size() int {
	n := 0
	for _, v := range t {
		if inner, ok := v.(tree); ok {
			n += inner.size()
		} else {
			n++
		}
	}
	return n
}

// encode writes settings in the order in which they are declared, maps in that of
// their keys. Comments are by path.
func encode(t tree, section reflect.Type, path string, comments map[string]string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode}
	add := func(key string, value any, inner reflect.Type) {
		at := strings.TrimPrefix(path+"."+key, ".")
		k := &yaml.Node{}
		k.SetString(key)
		v := encodeValue(value, inner, at, comments)
		if c := comments[at]; c != "" {
			if v.Kind == yaml.ScalarNode || v.Style == yaml.FlowStyle {
				v.LineComment = c
			} else {
				k.LineComment = c
			}
		}
		node.Content = append(node.Content, k, v)
	}
	done := map[string]bool{}
	if section != nil {
		for _, f := range settings.Fields(section) {
			if value, ok := t[f.Key]; ok {
				add(f.Key, value, sectionType(&f))
				done[f.Key] = true
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if !done[key] {
			add(key, t[key], nil)
		}
	}
	if len(node.Content) == 0 {
		node.Style = yaml.FlowStyle
	}
	return node
}

func encodeValue(value any, inner reflect.Type, path string, comments map[string]string) *yaml.Node {
	switch v := value.(type) {
	case tree:
		return encode(v, inner, path, comments)
	case []tree:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for i, e := range v {
			entry := encode(e, inner, fmt.Sprintf("%s[%d]", path, i), comments)
			if inner != reflect.TypeFor[settings.AdditionalWorker]() {
				entry.Style = yaml.FlowStyle
				entry.LineComment = comments[fmt.Sprintf("%s[%d]", path, i)]
			}
			list.Content = append(list.Content, entry)
		}
		if len(v) == 0 {
			list.Style = yaml.FlowStyle
		}
		return list
	case []string:
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, e := range v {
			list.Content = append(list.Content, encodeValue(e, nil, "", nil))
		}
		return list
	case map[string]string:
		t := tree{}
		for k, e := range v {
			t[k] = e
		}
		return encode(t, nil, path, comments)
	}
	n := &yaml.Node{}
	if err := n.Encode(value); err != nil {
		panic(err) // a value of ours
	}
	return n
}

// Tree are settings by their keys, as other packages have them.
func Tree(all map[string]any) any { return toTree(all) }
