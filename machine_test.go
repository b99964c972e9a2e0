package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// What can be wrong with the machine rather than with the settings.

// limitFiles is a command line that runs another one as on a disk with no more
// than 51,200 bytes left for any file.
func limitFiles(args ...string) []string {
	return append([]string{"sh", "-c", `ulimit -f 100; exec "$@"`, "sh"}, args...)
}

func TestTemporaryFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no TMPDIR")
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	full, readOnly := t.TempDir(), t.TempDir()
	if err := os.Chmod(readOnly, 0o500); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, dir, want string
		full            bool
	}{
		{"that does not exist", filepath.Join(full, "none"), "no such file or directory", false},
		{"that is a file", file, "not a directory", false},
		{"that is full", full, "file too large", true},
		{"that cannot be written to", readOnly, "permission denied", false},
	} {
		for _, stock := range []string{"", "1"} {
			t.Run(tt.name+" "+stock, func(t *testing.T) {
				if tt.dir == readOnly && os.Geteuid() == 0 {
					t.Skip("root may write everywhere")
				}
				dir := t.TempDir()
				write(t, filepath.Join(dir, "environments", "prod.yaml"), "preset: production\n")
				command := []string{executable(t)}
				if tt.full {
					command = limitFiles(command...)
				}
				stderr, code := runWith(t, dir, []string{"TMPDIR=" + tt.dir, "PREFECT_ECS_STOCK_JSII=" + stock}, command...)
				want := "TMPDIR: got " + tt.dir + ": " + tt.want + "; set TMPDIR to a folder that can be written to, with 50 MB free\n"
				if got := withoutWarnings(stderr); code != 1 || got != want {
					t.Errorf("got exit code %d and:\n%.2000s\nwant 1 and:\n%s", code, got, want)
				}
				if left, _ := os.ReadDir(full); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		}
	}
}

// TestHomeThatHoldsNoCache: Node tries for ever to make a folder in /proc.
func TestHomeThatHoldsNoCache(t *testing.T) {
	if _, err := os.Stat("/proc/1"); err != nil {
		t.Skip("no /proc")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "environments", "dev.yaml"), "preset: readme\n")
	stderr, code := runWith(t, dir, []string{"HOME=/proc/1", "XDG_CACHE_HOME="}, executable(t))
	if got := withoutWarnings(stderr); code != 0 || got != "" {
		t.Errorf("got exit code %d and:\n%s\nwant 0 and nothing", code, got)
	}
	if _, err := os.Stat(filepath.Join(dir, "cdktf.out", "stacks", "dev", "cdk.tf.json")); err != nil {
		t.Error(err)
	}
}

func withoutWarnings(stderr string) string {
	var b strings.Builder
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "warning: ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
