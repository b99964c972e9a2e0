package toolchain

import (
	"os"
	"path/filepath"
	"testing"
)

func TestInstalled(t *testing.T) {
	const lock = `{"packages": {"": {"name": "app"},
		"node_modules/a": {"version": "1.0.0", "integrity": "sha512-a"}, "node_modules/mac": {"version": "1.0.0", "optional": true}}}`
	for _, tt := range []struct {
		name, installed string
		want            bool
	}{
		{"nothing", "", false},
		{"all but what is for other platforms", `{"packages": {"node_modules/a": {"version": "1.0.0", "integrity": "sha512-a", "license": "MIT"}}}`, true},
		{"all", `{"packages": {"node_modules/a": {"version": "1.0.0", "integrity": "sha512-a"}, "node_modules/mac": {"version": "1.0.0", "optional": true}}}`, true},
		{"another version", `{"packages": {"node_modules/a": {"version": "1.1.0", "integrity": "sha512-a"}}}`, false},
		{"another content", `{"packages": {"node_modules/a": {"version": "1.0.0", "integrity": "sha512-b"}}}`, false},
		{"too little", `{"packages": {}}`, false},
		{"too much", `{"packages": {"node_modules/a": {"version": "1.0.0", "integrity": "sha512-a"}, "node_modules/b": {"version": "1.0.0"}}}`, false},
		{"half a file", `{"packages": {"node_mod`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.Mkdir(filepath.Join(root, "node_modules"), 0o755); err != nil {
				t.Fatal(err)
			}
			write := func(name, text string) {
				if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("package-lock.json", lock)
			if tt.installed != "" {
				write("node_modules/.package-lock.json", tt.installed)
			}
			if got, err := installed(root); got != tt.want || err != nil {
				t.Errorf("got %t, %v, want %t", got, err, tt.want)
			}
		})
	}
}
