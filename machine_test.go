package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
				want := "error: TMPDIR: got " + tt.dir + ": " + tt.want + "; set TMPDIR to a folder that can be written to, with 50 MB free\n"
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

// TestHomeThatHoldsNoCache: Node tries forever to make a folder in /proc.
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

// TestFullDiskLeavesTheOutputAlone: the disk is full when the second stack is
// written, or the manifest after them.
func TestFullDiskLeavesTheOutputAlone(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not on the PATH")
	}
	for _, full := range []string{filepath.Join("b", "cdk.tf.json"), "manifest.json"} {
		t.Run(full, func(t *testing.T) {
			dir := t.TempDir()
			out := filepath.Join(dir, "out")
			env := []string{"CDKTF_OUTDIR=" + out}
			for _, name := range []string{"a", "b"} {
				write(t, filepath.Join(dir, "environments", name+".yaml"), "preset: readme\n")
			}
			if stderr, code := runWith(t, dir, env, executable(t)); code != 0 {
				t.Fatalf("exit code %d:\n%s", code, stderr)
			}
			write(t, filepath.Join(out, "stacks", "a", ".terraform.lock.hcl"), "Terraform's own")
			write(t, filepath.Join(out, "stacks", "gone", "cdk.tf.json"), "the CLI removes it")
			before := files(t, out)

			for _, name := range []string{"a", "b"} {
				write(t, filepath.Join(dir, "environments", name+".yaml"), "preset: readme\nregion: eu-west-1\n")
			}
			// As on a full disk: the file can be made, but nothing be written to it.
			write(t, filepath.Join(dir, "full.js"), `const fs = require('fs'), write = fs.writeFileSync;
fs.writeFileSync = function (file, ...rest) {
  if (!String(file).endsWith(`+"`"+full+"`"+`)) return write.call(fs, file, ...rest);
  write.call(fs, file, '');
  throw new Error('ENOSPC: no space left on device, write');
};`)
			stderr, code := runWith(t, dir, append(env, "NODE_OPTIONS=--require "+filepath.Join(dir, "full.js")), executable(t))
			if got, _, _ := strings.Cut(withoutWarnings(stderr), "\n"); code != 1 || !strings.HasSuffix(got, "ENOSPC: no space left on device, write") {
				t.Errorf("got exit code %d and:\n%s\nwant 1 and the reason", code, stderr)
			}
			left := files(t, out)
			for name, was := range before {
				if left[name] != was {
					t.Errorf("%s has changed: it had %d bytes and has %d", name, len(was), len(left[name]))
				}
			}
			if len(left) != len(before) {
				t.Errorf("got the files %v, want those of before", slices.Sorted(maps.Keys(left)))
			}

			if stderr, code := runWith(t, dir, env, executable(t)); code != 0 {
				t.Fatalf("the next run: exit code %d:\n%s", code, stderr)
			}
			after := files(t, out)
			for name, want := range map[string]string{
				"stacks/a/cdk.tf.json":         "eu-west-1",
				"stacks/b/cdk.tf.json":         "eu-west-1",
				"stacks/a/.terraform.lock.hcl": "Terraform's own",
				"stacks/gone/cdk.tf.json":      "the CLI removes it",
			} {
				if !strings.Contains(after[name], want) {
					t.Errorf("after the next run: no %q in %s", want, name)
				}
			}
			if len(after) != len(before) {
				t.Errorf("after the next run: got %v, want the files of before", slices.Sorted(maps.Keys(after)))
			}
		})
	}
}

// files returns the contents of all files below dir by their names in it.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		all[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
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
