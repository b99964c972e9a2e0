package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// file knows where each setting stands, so that an error found later can say so.
type file struct {
	name   string
	preset *file          // the preset beneath, or nil
	lines  map[string]int // setting path → line
	found  []problem

	loosely bool // what breaks a rule is not reported

	// renamed are settings under a name that they had before.
	renamed []problem
}

// problem is one thing that is wrong, and where.
type problem struct {
	line int // 0: the file does not have the setting
	text string
}

func newFile(name string) *file { return &file{name: name, lines: map[string]int{}} }

// add reports a setting at its own line, or at the nearest setting around it
// that the file has. For a setting that comes from the preset, the error says so.
func (f *file) add(path, format string, args ...any) {
	f.found = append(f.found, f.problem(path, format, args...))
}

// addAt reports what is in a line and is no setting.
func (f *file) addAt(line int, format string, args ...any) {
	f.found = append(f.found, f.problemAt(line, format, args...))
}

func (f *file) problemAt(line int, format string, args ...any) problem {
	return problem{line, Redacted(fmt.Sprintf("%s:%d: %s", f.name, line, fmt.Sprintf(format, args...)))}
}

func (f *file) problem(path, format string, args ...any) problem {
	message := fmt.Sprintf(format, args...)
	if f.lines[path] == 0 && f.preset != nil && f.preset.has(path) && !f.replacesList(path) {
		return problem{0, Redacted(fmt.Sprintf("%s: %s (from %s): %s", f.name, path, f.preset.name, message))}
	}
	line, where := f.around(path), f.name
	if line > 0 {
		where = fmt.Sprintf("%s:%d", f.name, line)
	}
	return problem{line, Redacted(fmt.Sprintf("%s: %s: %s", where, path, message))}
}

// replacesList says whether the file has its own list around a setting: of the
// preset's nothing is left then.
func (f *file) replacesList(path string) bool {
	for i, c := range path {
		if c == '[' && f.has(path[:i]) {
			return true
		}
	}
	return false
}

// err holds all that was found, in the order of the file; what it does not have
// comes last.
func (f *file) err() error {
	slices.SortStableFunc(f.found, func(a, b problem) int {
		if (a.line == 0) != (b.line == 0) {
			return b.line - a.line
		}
		return a.line - b.line
	})
	var errs []error
	seen := map[string]bool{}
	for _, p := range f.found {
		if !seen[p.text] {
			errs = append(errs, errors.New(p.text))
		}
		seen[p.text] = true
	}
	return errors.Join(errs...)
}

// around is the line of a setting, or of the nearest around it that the file has; 0 for
// none.
func (f *file) around(path string) int {
	for ; path != ""; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		if line := f.lines[path]; line > 0 {
			return line
		}
	}
	return 0
}

// has says whether a setting itself is in the file.
func (f *file) has(path string) bool { _, ok := f.lines[path]; return ok }

// keysBelow lists the settings of a section that the file itself has.
func (f *file) keysBelow(section string) []string {
	var keys []string
	for path := range f.lines {
		if key, ok := strings.CutPrefix(path, section+"."); ok && !strings.ContainsAny(key, ".[") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// PrefectKey is a key of Prefect's API, wherever it is in a text.
var PrefectKey = regexp.MustCompile(`\bpn[ub]_[0-9A-Za-z]{8,}`)

var userInfo = regexp.MustCompile(`://[^/\s"@]+@`)

// Redacted keeps Prefect's API keys and the credentials in URLs out of what is
// printed, wherever they were put.
func Redacted(text string) string {
	return userInfo.ReplaceAllString(PrefectKey.ReplaceAllString(text, "(a Prefect API key)"), "://(credentials)@")
}
