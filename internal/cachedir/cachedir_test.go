package cachedir

import (
	"path/filepath"
	"testing"
)

func TestPathFollowsXDG(t *testing.T) {
	base := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", base)
	if got, err := Path(); err != nil || got != filepath.Join(base, "prefect-ecs-worker") {
		t.Errorf("got %q, %v", got, err)
	}
	t.Setenv("XDG_CACHE_HOME", "relative")
	t.Setenv("HOME", base)
	if got, err := Path(); err != nil || got != filepath.Join(base, ".cache", "prefect-ecs-worker") {
		t.Errorf("relative XDG_CACHE_HOME: got %q, %v", got, err)
	}
}
