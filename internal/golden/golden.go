// Package golden compares what a test made with what is committed.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files instead of comparing")

// Check compares got with the file, or writes it with -update.
func Check(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v\nrun: make update-golden", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-want +got); if this is meant, run: make update-golden\n%s", file, cmp.Diff(string(want), string(got)))
	}
}
