package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// problems collects everything that is wrong, so that one run tells it all.
type problems struct{ errs []error }

func (p *problems) add(err error) {
	if err != nil {
		p.errs = append(p.errs, err)
	}
}

func (p *problems) err() error { return errors.Join(p.errs...) }

// file knows where each setting stands, so that an error found later can say so.
type file struct {
	name   string
	preset *file          // the preset beneath, or nil
	lines  map[string]int // setting path → line
}

// errorf reports a setting: its own line, or the nearest setting around it
// that the file has. A setting the file leaves to its preset is said to be so.
func (f *file) errorf(path, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if line := f.line(path); line > 0 {
		return fmt.Errorf("%s:%d: %s: %s", f.name, line, path, message)
	}
	if f.preset != nil && f.preset.line(path) > 0 {
		return fmt.Errorf("%s: %s (from %s): %s", f.name, path, f.preset.name, message)
	}
	return fmt.Errorf("%s: %s: %s", f.name, path, message)
}

func (f *file) line(path string) int {
	if line, ok := f.lines[path]; ok {
		return line
	}
	// A key missing from a list's element is reported where the element is.
	if i := strings.LastIndexByte(path, '.'); i > 0 && path[i-1] == ']' {
		return f.lines[path[:i]]
	}
	return 0
}

// has says whether a setting itself stands in the file.
func (f *file) has(path string) bool { _, ok := f.lines[path]; return ok }

// got shows a value the way it would be written in YAML.
func got(value any) string {
	if s, ok := value.(string); ok {
		if len(s) > 200 {
			return fmt.Sprintf("%.200q… (%d characters)", s, len(s))
		}
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(value)
}

// nearest is the known word closest to word, or "" when none is close.
func nearest(word string, known []string) string {
	best, score := "", 0.0
	for _, k := range slices.Sorted(slices.Values(known)) {
		s := levenshtein.Similarity(strings.ToLower(word), strings.ToLower(k), nil)
		if s > score {
			best, score = k, s
		}
	}
	if score < 0.5 {
		return ""
	}
	return best
}

// notOneOf says what was got, what is nearest and what is allowed.
func notOneOf(value string, allowed []string) string {
	if n := nearest(value, allowed); n != "" {
		return fmt.Sprintf("got %q, did you mean %q? (allowed: %s)", value, n, strings.Join(allowed, ", "))
	}
	return fmt.Sprintf("got %q, want one of: %s", value, strings.Join(allowed, ", "))
}
