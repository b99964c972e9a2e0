package revision

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func repository(t *testing.T) (dir string, run func(args ...string)) {
	t.Helper()
	dir = t.TempDir()
	run = func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	run("init", "-q", "-b", "main")
	return dir, run
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRevision(t *testing.T) {
	dir, run := repository(t)
	write(t, dir+"/environments/dev.yaml", "one")
	write(t, dir+"/environments/dev/a.tf", "a")
	write(t, dir+"/main.go", "package main")
	run("add", ".")
	run("commit", "-q", "-m", "first")
	write(t, dir+"/environments/dev.yaml", "two")
	write(t, dir+"/new.go", "package main")

	run("checkout", "-q", "-b", "other")
	run("checkout", "-q", "main")
	run("commit", "-q", "--allow-empty", "-m", "main goes on")
	run("checkout", "-q", "other")

	r, err := Find(t.Context(), filepath.Join(dir, "environments"), "main")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.String(), "main (") {
		t.Errorf("got %q, want main and its hash", r)
	}
	if fork, err := git(t.Context(), dir, "rev-parse", "other"); err != nil || r.Hash != strings.TrimSpace(fork) {
		t.Errorf("got %s, %v, want the commit at which the branch began, %s", r.Hash, err, fork)
	}
	changed, err := r.Changed(t.Context())
	if want := []string{"environments/dev.yaml", "new.go"}; err != nil || !slices.Equal(changed, want) {
		t.Errorf("got %v, %v, want %v", changed, err, want)
	}
	to := t.TempDir()
	if ok, err := r.Extract(t.Context(), "environments", to); !ok || err != nil {
		t.Fatal(ok, err)
	}
	for name, want := range map[string]string{"dev.yaml": "one", "dev/a.tf": "a"} {
		if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
	if ok, err := r.Extract(t.Context(), "nowhere", t.TempDir()); ok || err != nil {
		t.Errorf("a folder that is not there: got %v, %v", ok, err)
	}
	if got, _ := os.ReadFile(dir + "/environments/dev.yaml"); string(got) != "two" {
		t.Errorf("the checkout was changed: %q", got)
	}
	for _, name := range []string{"nope", "--help", ""} {
		if _, err := Find(t.Context(), dir, name); err == nil || !strings.Contains(err.Error(), "such as main") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v, want one line with what there is", name, err)
		}
	}
	if _, err := Find(t.Context(), t.TempDir(), "main"); err == nil || !strings.Contains(err.Error(), "not in a git repository") {
		t.Errorf("outside: got %v", err)
	}
}
