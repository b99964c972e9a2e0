package reference

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// peer is another way to deploy a worker, and what becomes of each of its inputs here.
type peer struct {
	name string // of its file, of its block in the page, and of its example in examples/peers

	Peer     string  `yaml:"peer"`
	Version  string  `yaml:"version"`
	Date     string  `yaml:"date"`     // of the version
	Source   string  `yaml:"source"`   // where the inputs are declared
	Counted  string  `yaml:"counted"`  // what is taken for an input
	Original string  `yaml:"original"` // what the example is rewritten from; empty: it has none
	Inputs   []input `yaml:"inputs"`
}

// input is what becomes of some inputs: settings alone, or one of the reasons.
type input struct {
	Names        []string `yaml:"names"`
	Settings     []string `yaml:"settings"`
	Different    string   `yaml:"different"`
	Beside       string   `yaml:"beside"` // in Terraform beside the stack
	Missing      string   `yaml:"missing"`
	Inapplicable string   `yaml:"inapplicable"`
}

// Outcomes of an input, as the page's overview has them.
const (
	setting = iota
	different
	beside
	missing
	inapplicable
)

var titles = []string{"settings here", "different", "beside the stack", "missing", "not applicable"}

func (i *input) outcome() (outcome int, reason string) {
	switch {
	case i.Different != "":
		return different, i.Different
	case i.Beside != "":
		return beside, i.Beside
	case i.Missing != "":
		return missing, i.Missing
	case i.Inapplicable != "":
		return inapplicable, i.Inapplicable
	}
	return setting, ""
}

// count says how many of a peer's inputs have each outcome, and how many there are.
func (p *peer) count() (of [5]int, all int) {
	for _, i := range p.Inputs {
		outcome, _ := i.outcome()
		of[outcome] += len(i.Names)
		all += len(i.Names)
	}
	return of, all
}

// readPeers reads them in the order of their files' names.
func readPeers(dir string) ([]*peer, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var all []*peer
	var errs []error
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		p := &peer{name: strings.TrimSuffix(filepath.Base(file), ".yaml")}
		decoder := yaml.NewDecoder(bytes.NewReader(data))
		decoder.KnownFields(true)
		if err := decoder.Decode(p); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
		} else if err := p.check(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
		}
		all = append(all, p)
	}
	return all, errors.Join(errs...)
}

// check wants each input once, with one outcome, and settings that exist.
func (p *peer) check() error {
	var errs []error
	known := map[string]bool{}
	for _, i := range p.Inputs {
		for _, name := range i.Names {
			if known[name] {
				errs = append(errs, fmt.Errorf("%s: got it twice, want each input once", name))
			}
			known[name] = true
		}
		var reasons []string
		for _, reason := range []string{i.Different, i.Beside, i.Missing, i.Inapplicable} {
			if reason != "" {
				reasons = append(reasons, reason)
			}
		}
		if len(reasons) > 1 || len(reasons) == 0 && len(i.Settings) == 0 || len(i.Settings) > 0 && len(reasons) > 0 && i.Different == "" {
			errs = append(errs, fmt.Errorf("%v: want settings, or different (with or without settings), or beside, missing or inapplicable", i.Names))
		}
		for _, path := range i.Settings {
			if !isSetting(path) {
				errs = append(errs, fmt.Errorf("%v: got the setting %s, which does not exist", i.Names, path))
			}
		}
	}
	return errors.Join(errs...)
}

// isSetting says whether a path such as worker.sidecars[].image is of a worker stack.
func isSetting(path string) bool {
	section := kinds[0].settings
	for _, key := range strings.Split(path, ".") {
		for section.Kind() == reflect.Pointer || section.Kind() == reflect.Slice {
			section = section.Elem()
		}
		if section.Kind() != reflect.Struct {
			return false
		}
		fields := settings.Fields(section)
		i := slices.IndexFunc(fields, func(f settings.Field) bool { return f.Key == strings.TrimSuffix(key, "[]") })
		if i < 0 {
			return false
		}
		section = fields[i].Type
	}
	return true
}

// comparison is docs/comparison.md with its tables written again from the
// peers.
func comparison(root string) ([]byte, error) {
	peers, err := readPeers(filepath.Join(root, "internal", "reference", "peers"))
	if err != nil {
		return nil, err
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "comparison.md"))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(peers, func(a, b *peer) int { // as the page has them
		return bytes.Index(page, []byte(begin(a.name))) - bytes.Index(page, []byte(begin(b.name)))
	})
	var overview strings.Builder
	overview.WriteString("| peer | version | inputs | " + strings.Join(titles, " | ") + " | its example |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, p := range peers {
		of, all := p.count()
		example := filepath.Join("examples", "peers", p.name+".yaml")
		_, err := os.Stat(filepath.Join(root, example))
		switch {
		case err != nil && p.Original != "" || err == nil && p.Original == "":
			return nil, fmt.Errorf("internal/reference/peers/%s.yaml: want %s, and original with the address of what it is rewritten from, or neither", p.name, example)
		case err == nil:
			example = fmt.Sprintf("[%s.yaml](../%s), [original](%s)", p.name, filepath.ToSlash(example), p.Original)
		default:
			example = "–"
		}
		fmt.Fprintf(&overview, "| [%s](%s) | %s, %s | %d | %s | %s |\n",
			p.Peer, p.Source, p.Version, p.Date, all, strings.Trim(strings.ReplaceAll(fmt.Sprint(of), " ", " | "), "[]"), example)
		if page, err = replaceBlock(page, p.name, p.tables()); err != nil {
			return nil, err
		}
	}
	return replaceBlock(page, "peers", overview.String())
}

// tables shows what is not a setting; what is, and what has no meaning here, is folded.
func (p *peer) tables() string {
	var b strings.Builder
	of, all := p.count()
	var counts []string
	for outcome, n := range of {
		if n > 0 {
			counts = append(counts, fmt.Sprint(n, " ", titles[outcome]))
		}
	}
	fmt.Fprintf(&b, "%d %s: %s.\n", all, p.Counted, strings.Join(counts, ", "))
	if of[different]+of[missing] > 0 {
		b.WriteString("\n" + p.table(different, missing))
	}
	for _, outcome := range []int{setting, beside, inapplicable} {
		if of[outcome] > 0 {
			fmt.Fprintf(&b, "\n<details><summary>%d %s</summary>\n\n%s\n</details>\n", of[outcome], titles[outcome], p.table(outcome))
		}
	}
	return b.String()
}

func (p *peer) table(outcomes ...int) string {
	var b strings.Builder
	b.WriteString("| there | here |\n|---|---|\n")
	for _, wanted := range outcomes {
		for _, i := range p.Inputs {
			outcome, reason := i.outcome()
			if outcome != wanted {
				continue
			}
			here := reason
			switch {
			case outcome == setting:
				here = code(i.Settings)
			case outcome == missing:
				here = "missing: " + reason
			case len(i.Settings) > 0:
				here = code(i.Settings) + ": " + reason
			}
			fmt.Fprintf(&b, "| %s | %s |\n", code(i.Names), here)
		}
	}
	return b.String()
}

// replaceBlock replaces what stands between two marks of a page.
func replaceBlock(page []byte, mark, text string) ([]byte, error) {
	end := fmt.Sprintf("\n<!-- /%s -->", mark)
	before, rest, found := bytes.Cut(page, []byte(begin(mark)))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !found || !closed {
		return nil, fmt.Errorf("docs/comparison.md: got no block %q to %q, which the tables go into", begin(mark), end)
	}
	return slices.Concat(before, []byte(begin(mark)+"\n"+text+end), after), nil
}

func begin(mark string) string { return fmt.Sprintf("<!-- %s -->\n", mark) }
