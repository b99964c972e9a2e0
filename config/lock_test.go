package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// lockOf is a lock file as terraform init writes it.
func lockOf(version string) string {
	return `# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/aws" {
  version     = "` + version + `"
  constraints = ">= 5.82.0, < 7.0.0"
  hashes = [
    "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  ]
}
`
}

func TestLocks(t *testing.T) {
	const again = "; write it again: make lock STACK=dev"
	for _, tt := range []struct {
		name, text string
		want       string // the error; "": none
	}{
		{"takes what init wrote", lockOf("6.34.0"), ""},
		{"refuses a version that the constraint does not allow", lockOf("5.81.0"),
			`:4: version of hashicorp/aws: got 5.81.0, want one that terraform.awsProviderVersion allows, ">= 5.82.0, < 7.0.0"` + again},
		{"refuses what is no version", lockOf("latest"), `:4: version of hashicorp/aws: got "latest", want a version such as "6.34.0"` + again},
		{"refuses an invalid file", "<<<<<<< HEAD\n", ":1: got no valid lock file (Argument or block definition required), want what terraform init writes" + again},
		{"refuses a provider without a version", "provider \"registry.terraform.io/hashicorp/aws\" {\n}\n",
			":1: got no valid lock file (Missing required argument), want what terraform init writes" + again},
		{"refuses a provider without checksums", strings.Replace(lockOf("6.34.0"), `"h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",`, "", 1),
			":4: hashes of hashicorp/aws: got none, want the checksums of the provider: without one init takes whatever it gets" + again},
		{"refuses a file of other providers", strings.ReplaceAll(lockOf("6.34.0"), "/aws", "/random"), ": got no provider hashicorp/aws, want the one that the stack needs" + again},
		{"refuses an empty file", "", ": got no provider hashicorp/aws, want the one that the stack needs" + again},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "dev.yaml"), "preset: readme\n")
			writeFile(t, LockFile(dir, "dev"), tt.text)
			c, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			locks, err := c.Locks(dir)
			if tt.want == "" {
				if err != nil || len(locks) != 1 || locks[0].Stack != "dev" || string(locks[0].Text) != tt.text {
					t.Errorf("got %v, %v, want dev's file", locks, err)
				}
			} else if want := LockFile(dir, "dev") + tt.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestAStackNeedsNoLock(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "dev.yaml"), "preset: readme\n")
	c, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if locks, err := c.Locks(dir); err != nil || len(locks) > 0 {
		t.Errorf("got %v, %v, want none", locks, err)
	}
}

// TestOtherProviders: make lock writes none of them, so it must know.
func TestOtherProviders(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"of AWS alone", lockOf("6.34.0"), nil},
		{"of another one too", lockOf("6.34.0") + strings.ReplaceAll(lockOf("3.7.2"), "/aws", "/random"), []string{"registry.terraform.io/hashicorp/random"}},
		{"that is invalid", "<<<<<<< HEAD\n", nil},
	} {
		name := filepath.Join(t.TempDir(), LockFileName)
		writeFile(t, name, tt.text)
		if got, err := OtherProviders(name); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("a lock file %s: got %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
	if got, err := OtherProviders(filepath.Join(t.TempDir(), LockFileName)); err != nil || got != nil {
		t.Errorf("no lock file: got %v, %v", got, err)
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
