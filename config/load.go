package config

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed presets/*.yaml
var presetFiles embed.FS

// Config is everything one run synthesizes.
type Config struct {
	Workers       []*Environment
	StateBackends []*StateBackend
	GitHubActions []*GitHubActions
}

// Load reads every *.yaml file of a folder: one file is one stack. The error
// holds all that is wrong in all of them, one line each.
func Load(dir string) (*Config, error) {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%s: no such folder, want one with an environment file such as dev.yaml", dir)
	} else if err != nil {
		return nil, fmt.Errorf("%s: cannot be read as a folder: %w", dir, err)
	}
	var names []string
	for _, entry := range entries {
		if ext := strings.ToLower(filepath.Ext(entry.Name())); ext == ".yaml" || ext == ".yml" {
			names = append(names, filepath.Join(dir, entry.Name()))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: got no *.yaml file, want one for each stack, such as dev.yaml with %q", dir, "preset: readme")
	}
	return LoadFiles(names...)
}

// LoadFiles reads the given files, as Load does a folder's.
func LoadFiles(names ...string) (*Config, error) {
	var c Config
	var p problems
	for _, name := range slices.Sorted(slices.Values(names)) {
		data, err := readRegular(name)
		if err != nil {
			p.add(readError(name, err))
			continue
		}
		p.add(c.addFile(filepath.ToSlash(name), data))
	}
	c.checkTogether(&p)
	if err := p.err(); err != nil {
		return nil, err
	}
	return &c, nil
}

// addFile decodes one file and checks it by itself.
func (c *Config) addFile(name string, data []byte) error {
	root, err := parse(name, data)
	if err != nil {
		return err
	}
	base := filepath.Base(name)
	stack := strings.TrimSuffix(base, filepath.Ext(base))
	switch scalarOf(root, "kind") {
	case KindStateBackend:
		s := defaultStateBackend(stack)
		s.file = &file{name: name, lines: map[string]int{}}
		if err := s.file.decode(root, s); err != nil {
			return err
		}
		c.StateBackends = append(c.StateBackends, s)
		return s.validate()
	case KindGitHubActions:
		g := defaultGitHubActions(stack)
		g.file = &file{name: name, lines: map[string]int{}}
		if err := g.file.decode(root, g); err != nil {
			return err
		}
		c.GitHubActions = append(c.GitHubActions, g)
		return g.validate()
	}
	e, err := newEnvironment(name, stack, root)
	if err != nil {
		return err
	}
	c.Workers = append(c.Workers, e)
	return e.validate()
}

func newEnvironment(name, stack string, root *yaml.Node) (*Environment, error) {
	e := &Environment{file: &file{name: name, lines: map[string]int{}}}
	if preset := scalarOf(root, "preset"); preset != "" {
		if err := e.applyPreset(preset); err != nil {
			e.file.check(root, reflect.TypeFor[Environment](), "", &problems{}) // for the line
			return nil, e.file.errorf("preset", "%s", err)
		}
	}
	e.Kind, e.Stack = KindWorker, stack
	if err := e.file.decode(root, e); err != nil {
		return nil, err
	}
	return e, e.layAdditionalWorkers()
}

// applyPreset fills the environment with a preset's settings.
func (e *Environment) applyPreset(name string) error {
	presets := PresetNames()
	if !slices.Contains(presets, name) {
		return errors.New(notOneOf(name, presets))
	}
	data, err := presetFiles.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return err
	}
	root, err := parse(name, data)
	if err != nil {
		return err
	}
	e.file.preset = &file{name: "preset " + name, lines: map[string]int{}}
	return e.file.preset.decode(root, e)
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

// decode checks the document against the target's type and, when nothing is
// wrong, lays it over what the target holds.
func (f *file) decode(root *yaml.Node, target any) error {
	var p problems
	f.check(root, reflect.TypeOf(target).Elem(), "", &p)
	if err := p.err(); err != nil {
		return err
	}
	if err := root.Decode(target); err != nil {
		return syntaxError(f.name, err)
	}
	return nil
}

// checkTogether finds what only shows across files: two stacks with one name,
// two with one state, a state backend of a stack that is not there.
func (c *Config) checkTogether(p *problems) {
	stacks, states := map[string]*file{}, map[string]*file{}
	unique := func(seen map[string]*file, key, path, what string, f *file) {
		if first, ok := seen[key]; ok {
			p.add(f.errorf(path, "got %s, which %s has already; give each its own", what, first.name))
			return
		}
		seen[key] = f
	}
	for _, e := range c.Workers {
		unique(stacks, strings.ToLower(e.Stack), "stack", "stack name "+got(e.Stack), e.file)
		path, state := e.identity()
		unique(states, state, path, "state "+state, e.file)
	}
	for _, s := range c.StateBackends {
		unique(stacks, strings.ToLower(s.Stack), "stack", "stack name "+got(s.Stack), s.file)
		unique(states, "file "+s.StatePath(), "localStatePath", "state file "+s.StatePath(), s.file)
		p.add(s.resolve(c.Workers))
	}
	for _, g := range c.GitHubActions {
		unique(stacks, strings.ToLower(g.Stack), "stack", "stack name "+got(g.Stack), g.file)
		unique(states, "file "+g.StatePath(), "localStatePath", "state file "+g.StatePath(), g.file)
		p.add(g.resolve(c.Workers))
	}
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

// readRegular reads a file, but not a pipe, which may never end.
func readRegular(name string) ([]byte, error) {
	if info, err := os.Stat(name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	return os.ReadFile(name)
}

func readError(name string, err error) error {
	if os.IsNotExist(err) {
		return fmt.Errorf("%s: no such file, want an environment file such as environments/dev.yaml", name)
	}
	return fmt.Errorf("%s: cannot be read: %w", name, err)
}
