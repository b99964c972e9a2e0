package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/golden"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
	"github.com/prefect-ecs/prefect-ecs-worker/stacks"
)

func TestMain(m *testing.M) { os.Exit(kernel.Main(m)) }

// testCase is a folder of testdata: environment.yaml and what it refers to in,
// the JSON of environment.yaml's stack out.
type testCase struct {
	*config.Config
	base string // the case of its preset or kind
	json []byte
	err  error
}

// cases synthesizes every case once, one after the other: the jsii kernel takes
// one call at a time. One that fails keeps none of the others from it.
var cases = sync.OnceValue(func() map[string]testCase {
	files, _ := filepath.Glob("testdata/*/environment.yaml")
	all := map[string]testCase{}
	for _, file := range files {
		dir := filepath.Dir(file)
		all[filepath.Base(dir)] = load(dir)
	}
	return all
})

func load(dir string) (c testCase) {
	defer recovered(&c.err)
	if c.Config, c.err = config.Load(dir); c.err != nil {
		return c
	}
	c.base = settings.KindStateBackend
	if len(c.GitHubActions) > 0 {
		c.base = settings.KindGitHubActions
	}
	if len(c.CrashEvents) > 0 {
		c.base = "crash-events-alone"
	}
	for _, e := range c.Environments {
		if e.Stack == "environment" {
			c.base = e.Preset
		}
	}
	s := newSynthesis()
	if c.err = s.add(c.Config); c.err != nil {
		return c
	}
	made, err := s.synth()
	c.json, c.err = made["environment"], err
	return c
}

// synthesis is an app whose stacks are made one by one.
type synthesis struct {
	app cdktf.App
	out string
}

func newSynthesis() *synthesis {
	out, err := os.MkdirTemp("", "synth")
	if err != nil {
		panic(err)
	}
	return &synthesis{cdktf.NewApp(&cdktf.AppConfig{Outdir: &out}), out}
}

func (s *synthesis) add(c *config.Config) (err error) {
	defer recovered(&err)
	stacks.Add(s.app, c)
	return nil
}

// synth returns the JSON of the stacks by name.
func (s *synthesis) synth() (stacks map[string][]byte, err error) {
	defer os.RemoveAll(s.out)
	defer recovered(&err)
	s.app.Synth()
	files, err := filepath.Glob(filepath.Join(s.out, "stacks", "*", "cdk.tf.json"))
	stacks = map[string][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		stacks[filepath.Base(filepath.Dir(file))] = append(data, '\n')
	}
	return stacks, err
}

// recovered makes an error of a panic, jsii's kind of error.
func recovered(err *error) {
	switch p := recover().(type) {
	case nil:
	case runtime.Error: // a mistake of ours
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	default:
		*err = fmt.Errorf("panic: %v", p)
	}
}

// whole are the cases whose golden is the whole stack: the documented
// deployments, and what the changes of the other cases are changes of.
var whole = []string{"readme", "design", "production", "complete", settings.KindStateBackend, settings.KindGitHubActions, "crash-events-alone"}

func TestGolden(t *testing.T) {
	eachCase(t, func(t *testing.T, name string, data []byte) {
		if slices.Contains(whole, name) {
			golden.Check(t, filepath.Join("testdata", name, "cdk.tf.json"), data)
			return
		}
		base := cases()[name].base
		changes, err := golden.Changes(synthesized(t, base), data)
		if err != nil {
			t.Fatal(err)
		}
		golden.Check(t, filepath.Join("testdata", name, "changes.txt"), []byte("# Changes to "+base+"/cdk.tf.json: + is new, - is gone.\n"+changes))
	})
	for _, pattern := range []string{"cdk.tf.json", "changes.txt"} {
		files, err := filepath.Glob("testdata/*/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name := filepath.Base(filepath.Dir(file))
			if _, ok := cases()[name]; !ok {
				t.Errorf("%s is obsolete: no environment.yaml beside it; remove the folder", file)
			} else if slices.Contains(whole, name) != (pattern == "cdk.tf.json") {
				t.Errorf("%s is obsolete: the golden of %s is the other file; remove this one", file, name)
			}
		}
	}
}

// synthesized is the JSON of a case; a test of one that does not synthesize fails.
func synthesized(t *testing.T, name string) []byte {
	t.Helper()
	c, ok := cases()[name]
	if !ok {
		t.Fatalf("testdata/%s/environment.yaml does not exist", name)
	}
	if c.err != nil {
		t.Fatalf("testdata/%s does not synthesize: %v", name, c.err)
	}
	return c.json
}

// eachCase runs a test for each case, in order.
func eachCase(t *testing.T, test func(t *testing.T, name string, data []byte)) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(cases())) {
		t.Run(name, func(t *testing.T) { test(t, name, synthesized(t, name)) })
	}
}

// document is a synthesized stack.
type document struct {
	Data, Resource   map[string]map[string]map[string]any
	Variable, Output map[string]map[string]any
	Locals           map[string]any
	Provider         map[string]any
	Terraform        struct {
		RequiredVersion string `json:"required_version"`
	}
}

func parse(t *testing.T, data []byte) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}
