package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestMakeHelp: every described target is listed once, in one of the two parts,
// and the second part names no target that is gone.
func TestMakeHelp(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("make", "help").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 110 {
			t.Errorf("make help has a line of %d characters, want at most 110: %s", n, line)
		}
	}
	firsts := func(pattern string, text []byte) (names []string) {
		for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
		slices.Sort(names)
		return names
	}
	want := firsts(`(?m)^([a-z-]+):.*## `, makefile)
	if got := firsts(`(?m)^  ([a-z-]+) `, out); !slices.Equal(got, want) {
		t.Errorf("make help lists %q, want %q", got, want)
	}
	maintain := regexp.MustCompile(`(?m)^MAINTAIN := (.*)$`).FindSubmatch(makefile)
	if maintain == nil {
		t.Fatal("no MAINTAIN in Makefile")
	}
	second := out[strings.Index(string(out), "Change this repository:"):]
	theirs := strings.Fields(string(maintain[1]))
	slices.Sort(theirs)
	if got := firsts(`(?m)^  ([a-z-]+) `, second); !slices.Equal(got, theirs) {
		t.Errorf("make help lists %q for maintainers, want %q", got, theirs)
	}
}

// TestMakeWithoutGo: make says what is missing, not only that it is.
func TestMakeWithoutGo(t *testing.T) {
	path := t.TempDir()
	for _, name := range []string{"make", "sh", "find"} {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Skip(err)
		}
		if err := os.Symlink(program, filepath.Join(path, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, target := range []string{"synth", "doctor", "new-env", "tools"} {
		cmd := exec.Command(filepath.Join(path, "make"), target)
		cmd.Env = []string{"PATH=" + path}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.HasPrefix(string(out), "error: go: not on PATH; install Go 1.26 or newer (https://go.dev/dl)\n") {
			t.Errorf("make %s: got %v and\n%s", target, err, out)
		}
	}
}

// TestMakeNewEnv: a Prefect API that is given on the command line is an answer; one
// that the shell happens to export is a default.
func TestMakeNewEnv(t *testing.T) {
	const given = "-set 'prefect.apiUrl=http://prefect.internal:4200/api'"
	for _, tt := range []struct {
		args, env []string
		want      bool
	}{
		{[]string{"PREFECT_API_URL=http://prefect.internal:4200/api"}, nil, true},
		{nil, []string{"PREFECT_API_URL=http://prefect.internal:4200/api"}, false},
		{nil, nil, false},
	} {
		cmd := exec.Command("make", append([]string{"-n", "new-env", "NAME=etl"}, tt.args...)...)
		cmd.Env = append(os.Environ(), tt.env...)
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(out), given) != tt.want {
			t.Errorf("%v %v: got %v and\n%s", tt.args, tt.env, err, out)
		}
	}
}
