package cause

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
)

// TestEachChangeIsItsSettings takes two settings at a time from the golden
// environments: what only one of them changes when it is made alone is caused by that
// one, and not by the other, when both are made. CAUSE_SEED=2 takes other pairs.
func TestEachChangeIsItsSettings(t *testing.T) {
	const pairs = 3
	seed := uint64(13)
	if text := os.Getenv("CAUSE_SEED"); text != "" {
		_, _ = fmt.Sscan(text, &seed)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	changes := goldenChanges(t)
	tested, attributes := 0, 0
	for range 500 {
		if tested == pairs {
			break
		}
		a := changes[random.IntN(len(changes))]
		b := changes[random.IntN(len(changes))]
		if a.preset != b.preset || a.section == b.section {
			continue
		}
		if !loads(a.text) || !loads(b.text) || !loads(a.text+b.setting) {
			continue
		}
		n := checkPair(t, a, b)
		if n > 0 {
			tested++
		}
		attributes += n
	}
	if tested < pairs {
		t.Errorf("got %d pairs of changes that can be told apart, want %d", tested, pairs)
	}
	t.Logf("%d attributes of %d pairs", attributes, tested)
}

// TestEveryChangeHasASetting: whatever a golden environment changes in its preset's
// stack, settings of the file with their lines are the cause.
func TestEveryChangeHasASetting(t *testing.T) {
	for _, name := range []string{"literal", "lock-s3"} {
		data, err := os.ReadFile(filepath.Join("../../../stacks/testdata", name, "environment.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := config.Settings(name, data)
		if err != nil {
			t.Fatal(err)
		}
		before := []byte("preset: " + entry(whole, "preset").Value.Value + "\n")
		c, err := Compare(Version{Files: map[string][]byte{"e.yaml": before}}, Version{Files: map[string][]byte{"e.yaml": data}}, Options{Stack: "e"})
		if err != nil {
			t.Fatal(err)
		}
		if len(c.total) < 3 {
			t.Errorf("%s: got %d resources that differ, want more", name, len(c.total))
		}
		for address, paths := range c.total {
			for path := range paths {
				found := c.Of(address, path)
				if len(found) == 0 || slices.ContainsFunc(found, func(cause review.Cause) bool {
					return cause.Text != "" || cause.Line == 0 || cause.Setting == "preset"
				}) {
					t.Errorf("%s: %s %s: got %+v, want settings of the file", name, address, path, found)
				}
			}
		}
	}
}

// change is a section of a golden environment, laid over its preset.
type change struct{ preset, section, setting, text string }

// goldenChanges are those of all environments, without the sections that others refer to.
func goldenChanges(t *testing.T) []change {
	t.Helper()
	files, err := filepath.Glob("../../../stacks/testdata/*/environment.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden environments: ", err)
	}
	var all []change
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := config.Settings(file, data)
		if err != nil {
			t.Fatal(err)
		}
		preset := entry(whole, "preset")
		if preset == nil {
			continue
		}
		for _, s := range whole.Inner {
			inner := s.Inner
			if s.Value.Kind != yaml.MappingNode || s.Key == "tags" {
				inner = []*config.Setting{s}
			}
			for _, i := range inner {
				node := &yaml.Node{Kind: yaml.MappingNode}
				key := func(name string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: name} }
				if i == s {
					node.Content = []*yaml.Node{key(s.Key), plain(s)}
				} else {
					node.Content = []*yaml.Node{key(s.Key), {Kind: yaml.MappingNode, Content: []*yaml.Node{key(i.Key), plain(i)}}}
				}
				setting, err := yaml.Marshal(node)
				if err != nil {
					t.Fatal(err)
				}
				text := "preset: " + preset.Value.Value + "\n"
				if s.Key != "preset" {
					all = append(all, change{preset.Value.Value, s.Key, string(setting), text + string(setting)})
				}
			}
		}
	}
	return all
}

func loads(text string) bool {
	dir, err := os.MkdirTemp("", "cause-")
	if err != nil {
		return false
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "e.yaml")
	if os.WriteFile(file, []byte(text), 0o600) != nil {
		return false
	}
	_, err = config.LoadFiles(file)
	return err == nil
}

// checkPair returns how many attributes were looked at.
func checkPair(t *testing.T, a, b change) (attributes int) {
	version := func(text string) Version { return Version{Files: map[string][]byte{"e.yaml": []byte(text)}} }
	before := "preset: " + a.preset + "\n"
	alone := func(c change) effect {
		compared, err := Compare(version(before), version(c.text), Options{Stack: "e"})
		if err != nil {
			t.Fatal(err)
		}
		return compared.total
	}
	byA, byB := alone(a), alone(b)
	both, err := Compare(version(before), version(a.text+b.setting), Options{Stack: "e"})
	if err != nil {
		t.Fatal(err)
	}
	lines := len(strings.Split(a.text, "\n")) // from the next one on they are the other's
	check := func(only, other effect, section string, mine func(line int) bool) {
		for address, paths := range only {
			for path := range paths {
				if len(other.on(address)) > 0 || !both.total[address][path] {
					continue
				}
				attributes++
				found := both.Of(address, path)
				for _, cause := range found {
					if !mine(cause.Line) || !strings.HasPrefix(cause.Setting, section) {
						t.Errorf("%s %s: got %+v\nwant one in %s of:\n%s", address, path, cause, section, a.text+b.setting)
					}
				}
				if len(found) == 0 {
					t.Errorf("%s %s: got no cause, want one in %s of:\n%s", address, path, section, a.text+b.setting)
				}
			}
		}
	}
	check(byA, byB, a.section, func(line int) bool { return line < lines })
	check(byB, byA, b.section, func(line int) bool { return line >= lines })
	return attributes
}

// TestAligned: which elements of two lists belong together.
func TestAligned(t *testing.T) {
	for _, tt := range []struct{ before, after, want string }{
		{"[a, b]", "[a, b]", "0-0 1-1"},
		{"[a, b, c]", "[a, c]", "0-0 1- 2-1"},
		{"[a, c]", "[a, b, c]", "0-0 -1 1-2"},
		{"[a]", "[b]", "0-0"},
		{"[{name: a, x: 1}, {name: b, x: 1}]", "[{name: b, x: 2}]", "0- 1-0"},
		{"[{name: a, x: 1}]", "[{name: b, x: 1}, {name: a, x: 2}]", "-0 0-1"},
		{"[{p: 1, q: 1}, {p: 2, q: 2}]", "[{p: 2, q: 3}]", "0- 1-0"},
		{"[]", "[a]", "-0"},
	} {
		settings := func(text string) []*config.Setting {
			s, err := config.Settings("e.yaml", []byte("a: "+text+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			return s.Inner[0].Inner
		}
		before, after := settings(tt.before), settings(tt.after)
		var got []string
		for _, pair := range aligned(before, after) {
			index := func(all []*config.Setting, s *config.Setting) string {
				if s == nil {
					return ""
				}
				return fmt.Sprint(slices.Index(all, s))
			}
			got = append(got, index(before, pair[0])+"-"+index(after, pair[1]))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s and %s: got %s, want %s", tt.before, tt.after, strings.Join(got, " "), tt.want)
		}
	}
}
