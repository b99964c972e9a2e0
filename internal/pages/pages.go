// Package pages reads the fenced blocks of README and docs, which tests run,
// load and apply, and the examples that are rewritten from peers'.
package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Block is a fenced block of a page.
type Block struct{ Page, Language, Text string }

var fence = regexp.MustCompile("(?ms)^( *)```([a-z]+)\n(.*?)^ *```$")

// Blocks are those of README and of every page in docs, in the checkout at root.
func Blocks(root string) ([]Block, error) {
	names, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		return nil, err
	}
	var all []Block
	for _, name := range append([]string{filepath.Join(root, "README.md")}, names...) {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		page, err := filepath.Rel(root, name)
		if err != nil {
			return nil, err
		}
		for _, m := range fence.FindAllStringSubmatch(string(data), -1) {
			all = append(all, Block{page, m[2], regexp.MustCompile("(?m)^"+m[1]).ReplaceAllString(m[3], "")})
		}
	}
	return all, nil
}

var environmentFile = regexp.MustCompile(`^environments/([a-z0-9-]+\.yaml)$`)

// Environments are the YAML blocks, by the file names in their first lines, and
// the files in examples/peers. Each has its own name: a reader who copies all of
// them overwrites none.
func Environments(root string) (map[string]Block, error) {
	all, err := below(root, environmentFile, "yaml", "yml")
	if err != nil {
		return nil, err
	}
	peers, err := filepath.Glob(filepath.Join(root, "examples", "peers", "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, name := range peers {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		base := filepath.Base(name)
		if first, ok := all[base]; ok {
			return nil, fmt.Errorf("examples/peers/%s: %s has a block for environments/%s; give each a file of its own", base, first.Page, base)
		}
		all[base] = Block{Page: "examples/peers/" + base, Language: "yaml", Text: string(data)}
	}
	return all, nil
}

var terraformFile = regexp.MustCompile(`^environments/([a-z0-9-]+/[a-z0-9_-]+\.tf)$`)

// Terraform are the HCL blocks, by the file names below environments in their
// first lines.
func Terraform(root string) (map[string]Block, error) { return below(root, terraformFile, "hcl") }

// below are the blocks in some languages, all of which are files below
// environments, by what a pattern takes of their names.
func below(root string, name *regexp.Regexp, languages ...string) (map[string]Block, error) {
	files, err := Files(root)
	if err != nil {
		return nil, err
	}
	all := map[string]Block{}
	for file, b := range files {
		if !slices.Contains(languages, b.Language) {
			continue
		}
		m := name.FindStringSubmatch(file)
		if m == nil {
			return nil, fmt.Errorf("%s: got a %s block for %s, want a name that matches %s", b.Page, b.Language, file, name)
		}
		all[m[1]] = b
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no %s block was found", languages[0])
	}
	return all, nil
}

var (
	namedFile = regexp.MustCompile(`^# ([A-Za-z0-9._/-]+)\n`)
	// unnamed are languages of blocks that are no file: what is typed, printed, drawn, or part of a program.
	unnamed = []string{"sh", "text", "mermaid", "go"}
)

// Files are all blocks that a reader saves, by the names in their first lines.
// One name is one file on all pages, in any spelling, since some file systems
// do not tell "A" from "a": a reader who copies all of them overwrites none.
func Files(root string) (map[string]Block, error) {
	blocks, err := Blocks(root)
	if err != nil {
		return nil, err
	}
	all, spelled := map[string]Block{}, map[string]bool{}
	for _, b := range blocks {
		if slices.Contains(unnamed, b.Language) {
			continue
		}
		m := namedFile.FindStringSubmatch(b.Text)
		if m == nil {
			return nil, fmt.Errorf("%s: got a %s block, want the file's name in its first line, as in \"# flows/hello.py\":\n%s", b.Page, b.Language, b.Text)
		}
		key := strings.ToLower(m[1])
		if spelled[key] {
			return nil, fmt.Errorf("%s: got a second block for %s; give each a name that no page has", b.Page, m[1])
		}
		spelled[key], all[m[1]] = true, b
	}
	return all, nil
}
