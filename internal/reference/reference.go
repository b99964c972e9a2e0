// Package reference writes what package settings declares for those who do not
// read Go: a JSON Schema for editors, a page of every setting, and the tables of the
// page that compares them with what other projects have.
package reference

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Reference is what is known of the settings: their declaration, the comments
// in its source, and the presets.
type Reference struct {
	comments   comments
	presets    map[string]*yaml.Node
	comparison []byte
}

// kinds are the kinds of files.
var kinds = []struct {
	name     string
	settings reflect.Type
}{
	{settings.KindWorker, reflect.TypeFor[settings.Environment]()},
	{settings.KindStateBackend, reflect.TypeFor[settings.StateBackend]()},
	{settings.KindGitHubActions, reflect.TypeFor[settings.GitHubActions]()},
	{settings.KindCrashEvents, reflect.TypeFor[settings.CrashEventsStack]()},
}

// Read reads comments and presets from the project's folder.
func Read(root string) (*Reference, error) {
	r := &Reference{presets: map[string]*yaml.Node{}}
	for _, name := range config.PresetNames() {
		data, err := os.ReadFile(filepath.Join(root, "config", "presets", name+".yaml"))
		if err != nil {
			return nil, err
		}
		var document yaml.Node
		if err := yaml.Unmarshal(data, &document); err != nil {
			return nil, err
		}
		r.presets[name] = document.Content[0]
	}
	var err error
	if r.comments, err = readComments(filepath.Join(root, "settings")); err != nil {
		return nil, err
	}
	if r.comparison, err = comparison(root); err != nil {
		return nil, err
	}
	return r, r.check()
}

// check wants every setting to say what it means.
func (r *Reference) check() error {
	var errs []error
	known := map[reflect.Type]bool{}
	var section func(t reflect.Type)
	section = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || known[t] {
			return
		}
		known[t] = true
		for _, f := range settings.Fields(t) {
			if r.comments.of(&f).text == "" && (f.Struct == t || !known[f.Struct]) {
				errs = append(errs, fmt.Errorf("settings.%s.%s has no doc comment, want one that says what the setting means", f.Struct.Name(), f.Name))
			}
			section(f.Type)
		}
	}
	for _, k := range kinds {
		section(k.settings)
	}
	return errors.Join(errs...)
}

// Files are what is generated, by path in the project's folder.
func (r *Reference) Files() map[string][]byte {
	return map[string][]byte{"settings/schema.json": r.Schema(), "docs/settings.md": r.Page(), "docs/comparison.md": r.comparison}
}

// inPreset is what a preset has for a setting, nil where it has nothing.
func (r *Reference) inPreset(name, path string) *yaml.Node {
	node, section := r.presets[name], reflect.TypeFor[settings.Environment]()
	for _, key := range strings.Split(path, ".") {
		for section.Kind() == reflect.Pointer {
			section = section.Elem()
		}
		if section.Kind() != reflect.Struct {
			return nil // in a list
		}
		fields := settings.Fields(section)
		i := slices.IndexFunc(fields, func(f settings.Field) bool { return f.Key == key })
		if i < 0 {
			return nil
		}
		if node = entry(node, fields[i].Key, fields[i].Alias); node == nil {
			return nil
		}
		section = fields[i].Type
	}
	return node
}

func entry(node *yaml.Node, keys ...string) *yaml.Node {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if slices.Contains(keys, node.Content[i].Value) {
			return node.Content[i+1]
		}
	}
	return nil
}

func (r *Reference) inAnyPreset(path string) bool {
	return slices.ContainsFunc(config.PresetNames(), func(name string) bool { return r.inPreset(name, path) != nil })
}

// exposable are the settings that a Terraform variable may expose.
func (r *Reference) exposable() []string {
	var all []string
	var section func(t reflect.Type, path string)
	section = func(t reflect.Type, path string) {
		for _, f := range settings.Fields(t) {
			child := strings.TrimPrefix(path+"."+f.Key, ".")
			if f.Variable != "" {
				all = append(all, child)
			} else if f.Type.Kind() == reflect.Struct {
				section(f.Type, child)
			}
		}
	}
	section(reflect.TypeFor[settings.Environment](), "")
	return all
}
