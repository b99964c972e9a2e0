package stacks_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// unwired are the settings that change no JSON, each with the reason.
var unwired = map[string]string{
	"worker: kind":          "says which of the four the file is",
	"worker: preset":        "the loader lays the file over it",
	"worker: stack":         "the stack's name, which differs in each try",
	"state-backend: kind":   "says which of the four the file is",
	"state-backend: stack":  "the stack's name, which differs in each try",
	"state-backend: stacks": "the loader takes bucket and table from them",
	"github-actions: kind":  "says which of the four the file is",
	"github-actions: stack": "the stack's name, which differs in each try",
	"crash-events: kind":    "says which of the four the file is",
	"crash-events: stack":   "the stack's name, which differs in each try",
	"worker: additionalWorkers[].secret.valueManagedBy": "the loader takes one value alone",
	"worker: additionalWorkers[].secret.valueVersion":   "the same: no value is sent",
}

// TestEverySettingIsWired: with another value of a setting some case has
// another JSON, whatever the loader says to the value.
func TestEverySettingIsWired(t *testing.T) {
	all := map[string]*setting{}
	for kind, document := range map[string]reflect.Type{
		settings.KindWorker:        reflect.TypeFor[settings.Environment](),
		settings.KindStateBackend:  reflect.TypeFor[settings.StateBackend](),
		settings.KindGitHubActions: reflect.TypeFor[settings.GitHubActions](),
		settings.KindCrashEvents:   reflect.TypeFor[settings.CrashEventsStack](),
	} {
		eachSetting(document, kind+":", func(path string) { all[path] = &setting{} })
	}
	for _, s := range subjects(t) {
		marks := map[bool][]mark{} // apart: a text where there was none may leave out what others are in
		s.section(s.document, s.kind+":", func(path string, f settings.Field, value reflect.Value) {
			if slices.Contains(s.exposed, strings.TrimPrefix(path, "worker: ")) {
				return // its value is a variable's default, used or not
			}
			if unwired[path] == "" {
				set := !value.IsZero()
				marks[set] = append(marks[set], s.marked(f, value, all[path], len(marks[set]))...)
			}
			for _, other := range others(f, value) {
				all[path].tries = append(all[path].tries, try{s, value, other})
			}
		})
		s.look(marks[true])
		s.look(marks[false])
	}
	for path, s := range all {
		slices.SortStableFunc(s.tries, func(a, b try) int { return cmp.Compare(a.cost(), b.cost()) })
		slices.Reverse(s.tries[min(3, len(s.tries)):]) // then those that have most
		if unwired[path] != "" {
			s.tries = s.tries[:min(3, len(s.tries))]
		} else if len(s.tries) == 0 {
			t.Errorf("%s: no case has its section, want one in which it matters", path)
		}
	}
	for attempt(t, all) {
	}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		reason, known := unwired[path]
		switch s := all[path]; {
		case s.seen && known:
			t.Errorf("%s: changes the JSON, want it no longer in unwired, where it %q", path, reason)
		case !s.seen && !known && s.tried > 0:
			t.Errorf("%s: %d other values, tried in %s, changed no JSON; use the setting in constructs, call its section's step in stacks/environment.go, or say in unwired why it changes none",
				path, s.tried, strings.Join(s.in[:min(3, len(s.in))], ", "))
		}
	}
	for path := range unwired {
		if all[path] == nil {
			t.Errorf("%s: no such setting, want it no longer in unwired", path)
		}
	}
}

// TestEverySettingIsInACase: some case has another value than the default, so
// that a golden shows which attribute the setting gets to.
func TestEverySettingIsInACase(t *testing.T) {
	shown, field := map[string]bool{}, map[string]string{} // by the struct's field: an alarm's threshold is shown by any alarm's
	for _, s := range subjects(t) {
		s.section(s.document, s.kind+":", func(path string, f settings.Field, value reflect.Value) {
			switch v := value.Interface().(type) {
			case settings.Number:
				value = reflect.ValueOf(v.Value)
			case settings.Switch:
				value = reflect.ValueOf(v.Value)
			}
			byDefault := cmp.Or(strings.ReplaceAll(f.Default, ",", ""), fmt.Sprint(reflect.Zero(value.Type())))
			field[path] = f.Struct.String() + "." + f.Name
			shown[field[path]] = shown[field[path]] || fmt.Sprint(value) != byDefault
		})
	}
	for _, path := range slices.Sorted(maps.Keys(field)) {
		if !shown[field[path]] && unwired[path] == "" && !strings.HasSuffix(path, "secret.value") { // a value comes by its variable alone
			t.Errorf("%s: every case has its default; set another value in the stacks/testdata/*/environment.yaml that is about its section, then make update-golden", path)
		}
	}
}

// eachSetting visits the settings of a section and of those in it. A list of
// sections is a setting too.
func eachSetting(section reflect.Type, path string, visit func(path string)) {
	for _, f := range settings.Fields(section) {
		at := below(path, f.Key)
		inner := sectionIn(f.Type)
		if inner == nil || f.Type.Kind() == reflect.Slice {
			visit(at)
		}
		if inner != nil {
			eachSetting(inner, at+brackets(f.Type), visit)
		}
	}
}

func below(path, key string) string {
	if strings.HasSuffix(path, ":") {
		return path + " " + key
	}
	return path + "." + key
}

func brackets(t reflect.Type) string {
	if t.Kind() == reflect.Slice {
		return "[]"
	}
	return ""
}

// sectionIn is the section that a setting is, points to or lists; nil: none.
func sectionIn(t reflect.Type) reflect.Type {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer:
		return sectionIn(t.Elem())
	case reflect.Map:
		if sectionIn(t.Elem()) != nil {
			panic("a map of sections: visit them too")
		}
	case reflect.Struct:
		if len(settings.Fields(t)) > 0 {
			return t
		}
	}
	return nil
}

// subject is a case's stack whose settings are changed.
type subject struct {
	name     string // of the case
	json     []byte
	kind     string
	document reflect.Value
	stack    *string
	config   *config.Config
	exposed  []string // settings
}

func subjects(t *testing.T) []*subject {
	var all []*subject
	add := func(s subject) {
		s.json = cases()[s.name].json
		s.document = s.document.Elem()
		if *s.stack == "environment" {
			all = append(all, &s)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cases())) {
		if err := cases()[name].err; err != nil {
			t.Errorf("testdata/%s does not synthesize: %v", name, err)
			continue
		}
		for _, e := range cases()[name].Environments {
			add(subject{name: name, kind: settings.KindWorker, document: reflect.ValueOf(&e.Environment), stack: &e.Stack, exposed: slices.Collect(maps.Values(e.Terraform.Variables)),
				config: &config.Config{Environments: []*config.Environment{e}}})
		}
		for _, b := range cases()[name].StateBackends {
			add(subject{name: name, kind: settings.KindStateBackend, document: reflect.ValueOf(&b.StateBackend), stack: &b.Stack,
				config: &config.Config{StateBackends: []*config.StateBackend{b}}})
		}
		for _, g := range cases()[name].GitHubActions {
			add(subject{name: name, kind: settings.KindGitHubActions, document: reflect.ValueOf(&g.GitHubActions), stack: &g.Stack,
				config: &config.Config{GitHubActions: []*config.GitHubActions{g}}})
		}
		for _, c := range cases()[name].CrashEvents {
			add(subject{name: name, kind: settings.KindCrashEvents, document: reflect.ValueOf(&c.CrashEventsStack), stack: &c.Stack,
				config: &config.Config{CrashEvents: []*config.CrashEvents{c}}})
		}
	}
	// The largest have most of what is looked for.
	slices.SortStableFunc(all, func(a, b *subject) int { return len(b.json) - len(a.json) })
	return all
}

// section visits the settings in a section of the subject.
func (s *subject) section(v reflect.Value, path string, visit func(path string, f settings.Field, value reflect.Value)) {
	for _, f := range settings.Fields(v.Type()) {
		at, value := below(path, f.Key), f.Of(v)
		inner := sectionIn(f.Type)
		if inner == nil || f.Type.Kind() == reflect.Slice {
			visit(at, f, value)
		}
		switch {
		case inner == nil:
		case f.Type.Kind() == reflect.Slice:
			for i := range value.Len() {
				s.section(value.Index(i), at+"[]", visit)
			}
		case f.Type.Kind() != reflect.Pointer:
			s.section(value, at, visit)
		case !value.IsNil():
			s.section(value.Elem(), at, visit)
		}
	}
}

// setting is one whose effect is looked for.
type setting struct {
	tries []try
	tried int
	in    []string // cases
	seen  bool
}

// try is another value in the place of one.
type try struct {
	*subject
	value, other reflect.Value
}

// cost orders tries: a value that a case has is more likely used there, and a
// small stack is sooner made.
func (t try) cost() int {
	cost := len(t.json)
	if t.value.IsZero() {
		cost += 1e6
	}
	return cost
}

// mark is a value that stands nowhere else, so that it shows where it gets to.
type mark struct {
	setting      *setting
	value, other reflect.Value
	text         string
}

// marked marks a text or a number, unless it is one of a few.
func (s *subject) marked(f settings.Field, v reflect.Value, of *setting, n int) []mark {
	number := 1500 + n
	for bytes.Contains(s.json, []byte(fmt.Sprint(number))) {
		number += 1000
	}
	text := fmt.Sprintf("%smark%dmark", texts(f.Rule)[0], n)
	var other any
	switch value := v.Interface().(type) {
	case string:
		other = text
	case *string:
		other = &text
	case []string:
		other = append(slices.Clone(value), text)
	case int:
		other, text = number, fmt.Sprint(number)
	case *int:
		other, text = &number, fmt.Sprint(number)
	case settings.Number:
		other, text = settings.Number{Value: number}, fmt.Sprint(number)
	}
	if r := f.Rule; other == nil || r != nil && (r.Choices != nil || r.Range != nil && r.Number(number) != nil) {
		return nil
	}
	return []mark{{of, v, reflect.ValueOf(other), text}}
}

// look creates the stack with all marks at once, and sees those that get to its
// JSON. The others are tried one by one.
func (s *subject) look(marks []mark) {
	marks = slices.DeleteFunc(marks, func(m mark) bool { return m.setting.seen })
	if len(marks) < 4 { // no sooner than one by one
		return
	}
	app, was := newSynthesis(), make([]reflect.Value, len(marks))
	for i, m := range marks {
		was[i] = reflect.New(m.value.Type()).Elem()
		was[i].Set(m.value)
		m.value.Set(m.other)
	}
	err := app.add(s.config)
	for i, m := range marks {
		m.value.Set(was[i])
	}
	if stacks, synthErr := app.synth(); err == nil && synthErr == nil {
		for _, m := range marks {
			m.setting.seen = m.setting.seen || bytes.Contains(stacks["environment"], []byte(m.text))
		}
	}
}

// attempt creates a stack with the next value of each setting whose effect is not
// seen yet, all in one app, and says whether there was any.
func attempt(t *testing.T, all map[string]*setting) bool {
	app, made := newSynthesis(), map[string]*setting{}
	wants := map[string][]byte{}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		s := all[path]
		if s.seen || s.tried == len(s.tries) {
			continue
		}
		next, stack := s.tries[s.tried], fmt.Sprintf("tried-stack-%04d", len(made))
		s.tried++
		if !slices.Contains(s.in, next.name) {
			s.in = append(s.in, next.name)
		}
		if err := next.add(app, stack); err != nil {
			app.app.Node().TryRemoveChild(&stack) // what the loader refuses, constructs need not take
		}
		made[stack], wants[stack] = s, next.json
	}
	if len(made) == 0 {
		return false
	}
	stacks, err := app.synth()
	if err != nil {
		t.Fatal(err)
	}
	for stack, data := range stacks {
		made[stack].seen = !bytes.Equal(bytes.ReplaceAll(data, []byte(stack), []byte("environment")), wants[stack])
	}
	return true
}

// add adds the subject's stack under a name, with the other value.
func (t try) add(app *synthesis, stack string) error {
	value, name := reflect.New(t.value.Type()).Elem(), *t.stack
	value.Set(t.value)
	defer func() { t.value.Set(value); *t.stack = name }()
	t.value.Set(t.other)
	*t.stack = stack
	return app.add(t.config)
}
