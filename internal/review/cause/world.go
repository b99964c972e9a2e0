package cause

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synth"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// world is a stack as it is with some settings.
type world struct {
	settings []any // resolved, by which a world is known
	data     []byte
	stack    *synthesized.Stack
	blocks   map[string]string
	users    map[string][]string // by what they refer to; filled when it is asked for
	err      error
}

// effect is what differs between two worlds: paths by address. The path "" says that
// one of them does not have the resource.
type effect map[string]map[string]bool

var errBudget = errors.New("too many syntheses")

// worlds makes worlds, each once.
type worlds struct {
	file  string            // the stack's own
	given map[string]string // values of variables
	known []*world
	left  int // how many may still be synthesized
	made  int
}

// having is a world whose synthesis is known, unless it is nil.
func (w *worlds) having(files map[string][]byte, data []byte) *world {
	if data == nil {
		return w.of(files)
	}
	_, settings, err := w.load(files)
	if err != nil {
		return &world{err: err}
	}
	return w.know(settings, worldOf(data, w.given))
}

// know keeps a world, by its settings.
func (w *worlds) know(settings []any, made *world) *world {
	made.settings = settings
	w.known = append(w.known, made)
	return made
}

// spent says whether no more may be synthesized.
func (w *worlds) spent() bool { return w.left < 0 }

// of is the world of a stack's file and those that it takes settings from.
func (w *worlds) of(files map[string][]byte) *world {
	c, settings, err := w.load(files)
	if err != nil {
		return &world{err: err}
	}
	at := slices.IndexFunc(w.known, func(k *world) bool { return reflect.DeepEqual(k.settings, settings) })
	if at >= 0 {
		return w.known[at]
	}
	if w.left--; w.left < 0 {
		return &world{err: errBudget}
	}
	w.made++
	data, err := synthesize(c)
	if err != nil {
		return w.know(settings, &world{err: err})
	}
	return w.know(settings, worldOf(data, w.given))
}

// load reads files for the one stack, and returns what that is made of.
func (w *worlds) load(files map[string][]byte) (c *config.Config, settings []any, err error) {
	if c, err = config.LoadLoosely(files); err == nil {
		settings, err = only(c, w.file)
	}
	return c, settings, err
}

// only leaves one file's stack, and returns what it is made of.
func only(c *config.Config, file string) (settings []any, err error) {
	defer recovered(&err)
	stack := ""
	for _, m := range c.Modules() {
		if m.File() == file {
			stack = m.Stack
		}
	}
	if err := c.Only(stack); err != nil {
		return nil, err
	}
	for _, e := range c.Environments {
		settings = append(settings, e.Resolve())
	}
	for _, s := range c.StateBackends {
		settings = append(settings, s.StateBackend, s.For)
	}
	for _, g := range c.GitHubActions {
		settings = append(settings, g.GitHubActions, g.States, g.RolePolicyARNs, g.Names)
	}
	for _, s := range c.CrashEvents {
		settings = append(settings, s.Resolve())
	}
	return settings, nil
}

// synthesize returns the Terraform JSON of the only stack.
func synthesize(c *config.Config) (data []byte, err error) {
	defer recovered(&err)
	made, err := synth.JSON(c)
	if err != nil {
		return nil, err
	}
	return made[c.Stacks()[0]], nil
}

// recovered makes an error of a panic: jsii's, and that of a construct that is given
// settings which no stack has.
func recovered(err *error) {
	switch p := recover().(type) {
	case nil:
	case runtime.Error:
		*err = fmt.Errorf("settings that do not go together: %w", p)
	default:
		*err = fmt.Errorf("settings that do not go together: %v", p)
	}
}

// worldOf is what was synthesized, with the values of variables that are given.
func worldOf(data []byte, given map[string]string) *world {
	stack, err := synthesized.Parse(data)
	if err != nil {
		return &world{err: err}
	}
	for name, value := range given {
		stack.SetVariable(name, value)
	}
	return &world{data: data, stack: stack, blocks: stack.Blocks()}
}

// concerned are the resources that two worlds may differ in: those that are written
// in another way, and what refers to them.
func concerned(a, b *world) map[string]bool {
	if a.users == nil {
		a.users = map[string][]string{}
		for _, r := range a.stack.Resources() {
			for _, used := range r.Uses() {
				a.users[used] = append(a.users[used], r.Address())
			}
		}
	}
	found := map[string]bool{}
	var add func(address string)
	add = func(address string) {
		if !found[address] {
			found[address] = true
			for _, user := range a.users[address] {
				add(user)
			}
		}
	}
	for address, block := range a.blocks {
		if b.blocks[address] != block {
			add(address)
		}
	}
	for address := range b.blocks {
		if _, ok := a.blocks[address]; !ok {
			add(address)
		}
	}
	return found
}

// differ compares two worlds. A resource that is there in one of them only, or at
// another address, has the path "".
func differ(a, b *world) effect {
	found, concerned := effect{}, concerned(a, b)
	part := func(w *world) *synthesized.Stack {
		return w.stack.Part(func(address string) bool { return concerned[address] })
	}
	for _, change := range review.FromStacks(part(a), part(b)) {
		paths := map[string]bool{}
		for _, attribute := range change.Attributes {
			paths[attribute.Path] = true
		}
		switch change.Action {
		case "":
			continue
		case review.Update, review.Replace:
		default:
			paths[""] = true
		}
		found[change.Address] = paths
		if change.Previous != "" {
			found[change.Previous] = map[string]bool{"": true}
		}
	}
	return found
}
