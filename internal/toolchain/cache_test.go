package toolchain

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

func testPreparer(t *testing.T) *preparer {
	t.Helper()
	return &preparer{root: t.TempDir(), cache: t.TempDir(), log: progress.New(io.Discard)}
}

func TestEntryIsMadeOnceAndWhole(t *testing.T) {
	p := testPreparer(t)
	made := 0
	fill := func(_ context.Context, tmp, final string) error {
		made++
		if isDir(final) {
			t.Error("the final folder exists before it is whole")
		}
		return os.WriteFile(filepath.Join(tmp, "file"), nil, 0o644)
	}
	for range 2 {
		dir, err := p.entry(t.Context(), "tool", fill)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "file")); err != nil {
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("made %d times, want 1", made)
	}
}

func TestFailedEntryLeavesNothingAndCanBeTriedAgain(t *testing.T) {
	p := testPreparer(t)
	leftover := filepath.Join(p.cache, "tool.tmp-1")
	if err := os.Mkdir(leftover, 0o755); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if _, err := p.entry(t.Context(), "tool", func(context.Context, string, string) error { return broken }); !errors.Is(err, broken) {
		t.Fatalf("got %v, want %v", err, broken)
	}
	for _, pattern := range []string{"tool", "tool.tmp-*"} {
		if found, _ := filepath.Glob(filepath.Join(p.cache, pattern)); len(found) > 0 {
			t.Errorf("left behind: %v", found)
		}
	}
	if _, err := p.entry(t.Context(), "tool", func(context.Context, string, string) error { return nil }); err != nil {
		t.Errorf("second try: %v", err)
	}
}

func TestInterruptedEntryIsNotKept(t *testing.T) {
	p := testPreparer(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := p.entry(ctx, "tool", func(context.Context, string, string) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || isDir(filepath.Join(p.cache, "tool")) {
		t.Errorf("got %v, and the entry exists: %v", err, isDir(filepath.Join(p.cache, "tool")))
	}
}

// TestPrune: what was used goes on, what was not goes, and what another program
// holds or is not ours stays.
func TestPrune(t *testing.T) {
	p := testPreparer(t)
	long := time.Now().Add(-unused - time.Hour)
	for _, name := range []string{"python-old", "python-used", "python-held", "kernel-old", "emulators"} {
		if err := os.Mkdir(filepath.Join(p.cache, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"python-old.lock", "python-held.lock", "npm-old.lock", "durations.json"} {
		if err := os.WriteFile(filepath.Join(p.cache, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(p.cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if err := os.Chtimes(filepath.Join(p.cache, entry.Name()), long, long); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.entry(t.Context(), "python-used", nil); err != nil {
		t.Fatal(err)
	}
	held := flock.New(filepath.Join(p.cache, "python-held.lock"))
	if ok, err := held.TryLock(); err != nil || !ok {
		t.Fatal(ok, err)
	}
	defer func() { _ = held.Unlock() }()
	removed, err := p.prune()
	if err != nil || !slices.Equal(removed, []string{"python-old"}) {
		t.Errorf("got %v, %v, want the old one alone", removed, err)
	}
	var left []string
	if entries, err = os.ReadDir(p.cache); err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		left = append(left, entry.Name())
	}
	if want := []string{"durations.json", "emulators", "kernel-old", "python-held", "python-held.lock", "python-used"}; !slices.Equal(left, want) {
		t.Errorf("left %v, want %v", left, want)
	}
}
