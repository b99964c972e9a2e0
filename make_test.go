package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMakeWithoutGo: make says what is missing, not only that it is.
func TestMakeWithoutGo(t *testing.T) {
	path := t.TempDir()
	for _, name := range []string{"make", "sh", "find"} {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Skip(err)
		}
		if err := os.Symlink(program, filepath.Join(path, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, target := range []string{"synth", "doctor", "new-env", "tools"} {
		cmd := exec.Command(filepath.Join(path, "make"), target)
		cmd.Env = []string{"PATH=" + path}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.HasPrefix(string(out), "error: go: not on PATH; install Go 1.26 or newer (https://go.dev/dl)\n") {
			t.Errorf("make %s: got %v and\n%s", target, err, out)
		}
	}
}
