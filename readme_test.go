package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentedGo: each Go block is in an example word for word, so that it
// compiles and is applied by e2e.
func TestDocumentedGo(t *testing.T) {
	files, err := filepath.Glob("examples/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(data)
	}
	found := 0
	for _, b := range blocks(t) {
		if b.Language != "go" {
			continue
		}
		found++
		// A block may be a function's body, whose lines have one tab more.
		indented := "\t" + strings.ReplaceAll(strings.ReplaceAll(b.Text, "\n", "\n\t"), "\n\t\n", "\n\n")
		if !strings.Contains(code.String(), strings.TrimRight(indented, "\t")) && !strings.Contains(code.String(), b.Text) {
			t.Errorf("%s has Go that no example has; copy it from one of %v:\n%s", b.Page, files, b.Text)
		}
	}
	if found == 0 {
		t.Error("no Go block was found")
	}
}
