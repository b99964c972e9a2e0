package stacks_test

import (
	"path/filepath"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/golden"
)

// TestGoldenPeers: the golden of an example that is rewritten from a peer's is
// what it changes of its preset's stack.
func TestGoldenPeers(t *testing.T) {
	const dir = "../examples/peers"
	c, err := config.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := newSynthesis()
	if err := s.add(c); err != nil {
		t.Fatal(err)
	}
	made, err := s.synth()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Environments {
		changes, err := golden.Changes(synthesized(t, e.Preset), made[e.Stack])
		if err != nil {
			t.Fatal(err)
		}
		golden.Check(t, filepath.Join(dir, "testdata", e.Stack+".txt"), []byte("# Changes to the stack of preset "+e.Preset+": + is new, - is gone.\n"+changes))
	}
	files, err := filepath.Glob(dir + "/testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(c.Environments) {
		t.Errorf("%s/testdata has %d files for %d examples; remove what is of none", dir, len(files), len(c.Environments))
	}
}
