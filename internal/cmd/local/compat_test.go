package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompatRunsAllUnlessSomeIsNamed(t *testing.T) {
	all, err := chosen("")
	if err != nil || all[len(all)-2] != tofu || all[len(all)-1] != cdktn {
		t.Errorf("got %v, %v, want all Terraforms, %s and %s", all, err, tofu, cdktn)
	}
	if some, err := chosen("1.5.7,cdktn"); err != nil || len(some) != 2 {
		t.Errorf("got %v, %v, want the two that were named", some, err)
	}
	if _, err := chosen("cdktf"); err == nil || !strings.Contains(err.Error(), `ONLY: got "cdktf", want some of 1.2.9 `) {
		t.Errorf("got %v, want an error that names what there is", err)
	}
}

func TestCompatWritesNoTableThatLacksRows(t *testing.T) {
	err := run(t.Context(), []string{"compat", "-update", "-only", "tofu,cdktn"})
	if err == nil || !strings.Contains(err.Error(), "ONLY=cdktn") {
		t.Errorf("got %v, want an error that says what to type", err)
	}
}

func TestABlockIsReplacedAloneAndMustExist(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	const text = "before\n<!-- compat -->\nold\n<!-- /compat -->\n<!-- cdktn -->\nkept\n<!-- /cdktn -->\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeBlock(page, "compat", "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(text, "old\n", "\nnew\n\n", 1); string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := writeBlock(page, "other", "new\n"); err == nil {
		t.Error("got no error for a page without the block")
	}
}

func TestSameFileSeesADifference(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a": "1", "b": "1", "c": "2"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := sameFile(filepath.Join(dir, "a"), filepath.Join(dir, "b")); err != nil {
		t.Error(err)
	}
	if err := sameFile(filepath.Join(dir, "a"), filepath.Join(dir, "c")); err == nil {
		t.Error("got no error for files that differ")
	}
}

// TestReadmeTellsOfThePinnedCDKTerrain: the line is of a run with what is pinned.
func TestReadmeTellsOfThePinnedCDKTerrain(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	text, err := os.ReadFile(filepath.Join(root, "tools", "cdktn", "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var pins struct{ Dependencies, OptionalDependencies map[string]string }
	if err := json.Unmarshal(text, &pins); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := "CDK Terrain (cdktn " + pins.Dependencies["cdktn-cli"] + ", "
	if !strings.Contains(string(readme), want) {
		t.Errorf("README has no %q; run make compat ONLY=cdktn UPDATE=1", want)
	}
}
