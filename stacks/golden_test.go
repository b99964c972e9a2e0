package stacks_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/golden"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/kernel"
	"github.com/prefect-ecs/prefect-ecs-worker/stacks"
)

func TestMain(m *testing.M) { os.Exit(kernel.Main(m)) }

// cases synthesizes every folder of testdata once: environment.yaml and what
// it refers to in, the JSON of environment.yaml's stack out.
var cases = sync.OnceValue(func() map[string][]byte {
	files, err := filepath.Glob("testdata/*/environment.yaml")
	if err != nil || len(files) == 0 {
		panic("no cases in testdata")
	}
	all := map[string][]byte{}
	for _, file := range files {
		dir := filepath.Dir(file)
		all[filepath.Base(dir)] = synth(dir)
	}
	return all
})

func synth(dir string) []byte {
	c, err := config.Load(dir)
	if err != nil {
		panic(err)
	}
	out, err := os.MkdirTemp("", "synth")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(out)
	app := cdktf.NewApp(&cdktf.AppConfig{Outdir: &out})
	stacks.Add(app, c)
	app.Synth()
	data, err := os.ReadFile(filepath.Join(out, "stacks", "environment", "cdk.tf.json"))
	if err != nil {
		panic(err)
	}
	return append(data, '\n')
}

func TestGolden(t *testing.T) {
	for name, got := range cases() {
		t.Run(name, func(t *testing.T) {
			golden.Check(t, filepath.Join("testdata", name, "cdk.tf.json"), got)
		})
	}
	goldens, err := filepath.Glob("testdata/*/cdk.tf.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range goldens {
		if _, ok := cases()[filepath.Base(filepath.Dir(file))]; !ok {
			t.Errorf("%s is obsolete: no environment.yaml beside it; remove the folder", file)
		}
	}
}

// document is a synthesized stack.
type document struct {
	Data, Resource   map[string]map[string]map[string]any
	Variable, Output map[string]map[string]any
	Locals           map[string]any
	Terraform        map[string]any
}

func parse(t *testing.T, data []byte) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}
