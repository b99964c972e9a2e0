//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// TestLock: a lock file beside the environment file is what init holds to. A
// provider that differs from it, in its version or in one bit, is refused.
func TestLock(t *testing.T) {
	p := newProjectAsUsers(t, nil)
	made := filepath.Join(p.dir, "cdktf.out", "stacks", "design", config.LockFileName)
	kept := config.LockFile(filepath.Join(p.dir, "environments"), "design")
	p.stack("design", designVars)
	chosen := readFile(t, made)

	lock := func(text string) *stack {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(kept, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(filepath.Dir(made), ".terraform")); err != nil {
			t.Fatal(err)
		}
		p.synth(nil)
		return &stack{p, filepath.Dir(made), designVars}
	}

	s := lock(chosen)
	s.must(s.terraform("init", "-input=false", "-lockfile=readonly"))
	s.must(s.terraform("plan", "-input=false"))
	if readFile(t, made) != chosen {
		t.Errorf("init changed the lock file:\n%s", readFile(t, made))
	}

	hash := strings.Index(chosen, `"h1:`)
	for name, tt := range map[string]struct{ text, want string }{
		"another build":   {chosen[:hash] + `"h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",` + "\n  ]\n}\n", "doesn't match any of the checksums"},
		"another version": {strings.Replace(chosen, tools.Provider.Version, "5.99.1", 1), "5.99.1"},
	} {
		s := lock(tt.text)
		out, err := s.terraform("init", "-input=false")
		if err == nil || !strings.Contains(unwrapped(out), tt.want) {
			t.Errorf("%s: init: got %v, want a refusal with %q:\n%s", name, err, tt.want, out)
		}
		if out, err := s.terraform("plan", "-input=false"); err == nil {
			t.Errorf("%s: a plan succeeded:\n%s", name, out)
		}
	}

	if tools.Provider.Origin != "built" {
		return // the registry would be asked for the provider of four platforms
	}
	if err := os.Remove(kept); err != nil {
		t.Fatal(err)
	}
	err := p.run(process.Command{Path: "make", Args: []string{"-s", "lock", "STACK=design", "ENVIRONMENTS=" + filepath.Dir(filepath.Dir(kept))},
		Dir: root, Env: append(p.env, "PREFECT_ECS_PROVIDER=build")})
	if err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, kept); got != chosen {
		t.Errorf("make lock wrote:\n%s\nand init:\n%s", got, chosen)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
