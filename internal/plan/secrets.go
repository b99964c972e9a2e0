package plan

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// secrets replaces the values of sensitive variables in a text: Terraform prints a
// value that a rule of its variable refuses, sensitive or not.
func (s *Stack) secrets() func(text string) string {
	sensitive := s.sensitive()
	var hidden []string
	hide := func(name, value string) {
		if sensitive[name] && value != "" {
			hidden = append(hidden, value)
			if quoted, err := json.Marshal(value); err == nil {
				hidden = append(hidden, strings.Trim(string(quoted), `"`))
			}
		}
	}
	s.values(hide)
	slices.SortFunc(hidden, func(a, b string) int { return len(b) - len(a) }) // one may begin with another
	var pairs []string
	for _, value := range hidden {
		pairs = append(pairs, value, "(sensitive value)")
	}
	return strings.NewReplacer(pairs...).Replace
}

// Values are those of the variables, as far as they are given here.
func (s *Stack) Values() map[string]string {
	all := map[string]string{}
	s.values(func(name, value string) { all[name] = value })
	return all
}

// values visits what the user gives to variables, in Terraform's order: the last one
// of a variable counts.
func (s *Stack) values(visit func(name, value string)) {
	for _, pair := range os.Environ() {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, "TF_VAR_") {
			visit(strings.TrimPrefix(name, "TF_VAR_"), value)
		}
	}
	var files []string
	for _, pattern := range []string{"terraform.tfvars", "terraform.tfvars.json", "*.auto.tfvars", "*.auto.tfvars.json"} { // which Terraform reads by itself
		found, _ := filepath.Glob(filepath.Join(s.Dir, pattern))
		files = append(files, found...)
	}
	for _, file := range append(files, s.VarFiles...) {
		parsed, _ := parse(file)
		if parsed == nil {
			continue
		}
		attributes, _ := parsed.Body.JustAttributes()
		for name, a := range attributes {
			if v, diagnostics := a.Expr.Value(nil); !diagnostics.HasErrors() {
				visit(name, synthesized.Text(v))
			}
		}
	}
	for _, arg := range s.Args {
		arg = strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(arg, "-"), "var="), `'"`)
		if name, value, ok := strings.Cut(arg, "="); ok {
			visit(name, strings.Trim(value, `'"`))
		}
	}
}

// Given are the values of the stack's own variables that somebody gives.
func (s *Stack) Given() map[string]string {
	all := s.Values()
	declared := s.sensitive()
	maps.DeleteFunc(all, func(name, _ string) bool { _, ok := declared[name]; return !ok })
	return all
}

// sensitive says of each variable whether nobody is to see its value.
func (s *Stack) sensitive() map[string]bool {
	all := map[string]bool{}
	var stack struct {
		Variable map[string]struct{ Sensitive bool }
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, synthesized.FileName))
	if err != nil || json.Unmarshal(data, &stack) != nil {
		return all
	}
	for name, v := range stack.Variable {
		all[name] = v.Sensitive
	}
	return all
}
