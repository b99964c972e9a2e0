// Package config reads environments: one YAML file is one stack. It lays the
// file over its preset and the defaults, checks every rule, and resolves the
// settings into Terraform templates, before a construct exists.
//
// What the settings are is said in package settings. The loader is strict:
// unknown keys, wrong types and values that AWS or Prefect would refuse are
// reported together, each with file, line and setting.
package config

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

//go:embed presets/*.yaml
var presetFiles embed.FS

// Config is everything one run synthesizes.
type Config struct {
	Environments  []*Environment
	StateBackends []*StateBackend
	GitHubActions []*GitHubActions
	CrashEvents   []*CrashEvents

	unread  map[string]bool // stacks whose files could not be read, which are reported already
	loosely bool            // settings that break a rule are taken too
}

// Stacks names the stacks, in the order of their kinds and files.
func (c *Config) Stacks() []string {
	var all []string
	for _, m := range c.makers() {
		all = append(all, m.stack)
	}
	return all
}

// Only leaves out all stacks but one. The error names those there are where it is
// none of them.
func (c *Config) Only(stack string) error {
	if all := c.Stacks(); !slices.Contains(all, stack) {
		return fmt.Errorf("stack: %s", settings.NotOneOf(stack, all))
	}
	c.Environments = slices.DeleteFunc(c.Environments, func(e *Environment) bool { return e.Stack != stack })
	c.StateBackends = slices.DeleteFunc(c.StateBackends, func(s *StateBackend) bool { return s.Stack != stack })
	c.GitHubActions = slices.DeleteFunc(c.GitHubActions, func(g *GitHubActions) bool { return g.Stack != stack })
	c.CrashEvents = slices.DeleteFunc(c.CrashEvents, func(s *CrashEvents) bool { return s.Stack != stack })
	return nil
}

// StateBackendOf is the stack that makes the bucket and the table of another one, or "".
func (c *Config) StateBackendOf(stack string) string {
	for _, s := range c.StateBackends {
		if slices.Contains(s.Stacks, stack) {
			return s.Stack
		}
	}
	return ""
}

// Environment is an environment file: its settings, and where they stand.
type Environment struct {
	settings.Environment
	*checker
}

// StateBackend is a file of kind state-backend.
type StateBackend struct {
	settings.StateBackend
	*checker

	// For is what the backends of its stacks have in common. Its DynamoDBTable is
	// empty when none of them locks by a table.
	For settings.S3Backend
}

// GitHubActions is a file of kind github-actions.
type GitHubActions struct {
	settings.GitHubActions
	*checker

	// What its stacks need of the roles.
	States         []settings.S3Backend // where they are kept
	RolePolicyARNs []string             // managed policies that the stacks attach, but for those of AWS that every one may
	Names          settings.OwnNames    // what AWS knows their resources by
}

// CrashEvents is a file of kind crash-events.
type CrashEvents struct {
	settings.CrashEventsStack
	*checker
}

// Load reads every *.yaml file of a folder: one file is one stack. The error
// holds all that is wrong in all of them, one line each.
func Load(dir string) (*Config, error) {
	names, err := Files(dir)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: got no *.yaml file, want one for each stack, such as dev.yaml with %q", dir, "preset: readme")
	}
	return LoadFiles(names...)
}

// Files are the environment files of a folder.
func Files(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%s: no such folder, want one with an environment file such as dev.yaml", dir)
	} else if err != nil {
		return nil, fmt.Errorf("%s: cannot be read as a folder: %w", dir, err)
	}
	var names []string
	for _, entry := range entries {
		if IsEnvironment(entry.Name()) {
			names = append(names, filepath.Join(dir, entry.Name()))
		}
	}
	return names, nil
}

// IsEnvironment says whether a file is an environment file, by its name.
func IsEnvironment(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// LoadStack reads a folder as Load does and, unless stack is empty, keeps that one
// stack.
func LoadStack(dir, stack string) (*Config, error) {
	c, err := Load(dir)
	if err != nil || stack == "" {
		return c, err
	}
	return c, c.Only(stack)
}

// LoadFiles reads the given files, as Load does a folder's.
func LoadFiles(names ...string) (*Config, error) { return loadFiles(names, nil) }

// LoadWith reads the given files as if there were one more, of a name and a text:
// what somebody is about to write is judged before it is written.
func LoadWith(name string, text []byte, others ...string) (*Config, error) {
	return loadFiles(append(others, name), map[string][]byte{name: text})
}

func loadFiles(names []string, texts map[string][]byte) (*Config, error) {
	c := &Config{unread: map[string]bool{}}
	var errs []error
	for _, name := range slices.Sorted(slices.Values(names)) {
		data, err := texts[name], error(nil)
		if data == nil {
			data, err = ReadRegular(name)
		}
		if err == nil {
			err = c.addFile(name, data)
		}
		if err != nil {
			c.unread[stackOf(name)] = true
		}
		errs = append(errs, err)
	}
	errs = append(errs, c.checkTogether())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

// LoadLoosely takes files that Load refuses because a setting breaks a rule, such as
// one alone of two that go together only: nothing is deployed from them, they show
// what one setting does. What cannot be read is an error still.
func LoadLoosely(files map[string][]byte) (c *Config, err error) {
	defer func() {
		// A rule relies on those that come before it.
		p := recover()
		if wrong, ok := p.(runtime.Error); ok {
			c, err = nil, fmt.Errorf("settings that do not go together: %w", wrong)
		} else if p != nil {
			panic(p)
		}
	}()
	c = &Config{unread: map[string]bool{}, loosely: true}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := c.addFile(name, files[name]); err != nil {
			return nil, err
		}
	}
	_ = c.checkTogether() // which gives each stack what it takes over from others
	return c, nil
}

func stackOf(name string) string {
	base := filepath.Base(name)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// addFile reads one file and checks it by itself.
func (c *Config) addFile(name string, data []byte) error {
	root, err := parse(name, data)
	if err != nil {
		return err
	}
	f := newFile(name)
	f.loosely = c.loosely
	switch scalarOf(root, "kind") {
	case settings.KindStateBackend:
		s := &StateBackend{}
		if s.checker, err = read(f, root, &s.StateBackend, nil); err == nil {
			c.StateBackends = append(c.StateBackends, s)
		}
	case settings.KindGitHubActions:
		g := &GitHubActions{}
		if g.checker, err = read(f, root, &g.GitHubActions, nil); err == nil {
			c.GitHubActions = append(c.GitHubActions, g)
		}
	case settings.KindCrashEvents:
		s := &CrashEvents{}
		if s.checker, err = read(f, root, &s.CrashEventsStack, nil); err == nil {
			c.CrashEvents = append(c.CrashEvents, s)
		}
	default:
		e := &Environment{}
		if e.checker, err = read(f, root, &e.Environment, e); err == nil {
			c.Environments = append(c.Environments, e)
		}
	}
	return err
}

// read lays a document over the defaults, and over its preset, and checks it.
func read(f *file, root *yaml.Node, document any, e *Environment) (*checker, error) {
	v := reflect.ValueOf(document).Elem()
	setDefaults(v)
	if e != nil {
		if err := e.applyPreset(f, root); err != nil {
			return nil, err
		}
		e.Kind = settings.KindWorker
	}
	stack := stackOf(f.name)
	v.FieldByName("Stack").SetString(stack)
	w := &walk{file: f, broken: map[string]bool{}}
	w.apply(root, v, at{})
	if e != nil {
		e.nameCluster()
	}
	c := &checker{file: f, paths: map[any]string{}, wrong: w.broken, doubtful: map[string]bool{}, partly: len(f.found) > 0, environment: e, stack: stack}
	if e != nil {
		e.checker = c
	}
	c.check(document)
	if e != nil && !c.partly {
		e.checkAcross()
	}
	if f.loosely && !c.partly {
		f.found = nil
	}
	return c, f.err()
}

// applyPreset applies the preset that a document names to the defaults.
func (e *Environment) applyPreset(f *file, root *yaml.Node) error {
	name, presets := scalarOf(root, "preset"), PresetNames()
	if name == "" {
		// The key may be misspelled, or it is the kind that is wrong.
		(&walk{file: f, broken: map[string]bool{}}).apply(root, reflect.ValueOf(&settings.Environment{}).Elem(), at{})
		if kind := scalarOf(root, "kind"); kind != "" && kind != settings.KindWorker {
			f.add("kind", "%s", settings.NotOneOf(kind, settings.Kinds))
		}
		if len(f.found) > 0 {
			return f.err()
		}
		f.add("preset", "missing, want the base of this file: %s", strings.Join(presets, ", "))
		return f.err()
	}
	if !slices.Contains(presets, name) {
		f.noteKeys(root)
		f.add("preset", "%s", settings.NotOneOf(name, presets))
		return f.err()
	}
	data, err := presetFiles.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return err
	}
	preset, err := parse(name, data)
	if err != nil {
		return err
	}
	f.preset = newFile("preset " + name)
	(&walk{file: f.preset, broken: map[string]bool{}}).apply(preset, reflect.ValueOf(&e.Environment).Elem(), at{})
	return f.preset.err()
}

// noteKeys notes where a document's own keys stand.
func (f *file) noteKeys(root *yaml.Node) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		f.lines[root.Content[i].Value] = root.Content[i].Line
	}
}

// PresetNames lists the presets.
func PresetNames() []string {
	entries, _ := presetFiles.ReadDir("presets") // embedded: cannot fail
	var names []string
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), ".yaml"))
	}
	return names
}

// ReadRegular reads a file of at most a MiB, but not a pipe, which may never end.
func ReadRegular(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case os.IsNotExist(err):
		return nil, fmt.Errorf("%s: no such file, want an environment file such as environments/dev.yaml", name)
	case err != nil:
		return nil, fmt.Errorf("%s: cannot be read: %w", name, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: cannot be read: it is not a regular file", name)
	case info.Size() > maxFileBytes:
		return nil, fmt.Errorf("%s: got %d bytes, want at most %d", name, info.Size(), maxFileBytes)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w", name, err)
	}
	return data, nil
}

// maxFileBytes is far more than a stack's settings need.
const maxFileBytes = 1 << 20

// Presets are the presets' files by name.
func Presets() (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, name := range PresetNames() {
		data, err := presetFiles.ReadFile("presets/" + name + ".yaml")
		if err != nil {
			return nil, err
		}
		all[name] = data
	}
	return all, nil
}
