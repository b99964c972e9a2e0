package plan

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclparse"

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
	for _, pair := range os.Environ() {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, "TF_VAR_") {
			hide(strings.TrimPrefix(name, "TF_VAR_"), value)
		}
	}
	for _, arg := range s.Args {
		arg = strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(arg, "-"), "var="), `'"`)
		if name, value, ok := strings.Cut(arg, "="); ok {
			hide(name, strings.Trim(value, `'"`))
		}
	}
	files := slices.Clone(s.VarFiles)
	for _, pattern := range []string{"terraform.tfvars", "terraform.tfvars.json", "*.auto.tfvars", "*.auto.tfvars.json"} { // which Terraform reads by itself
		found, _ := filepath.Glob(filepath.Join(s.Dir, pattern))
		files = append(files, found...)
	}
	for _, file := range files {
		parse := hclparse.NewParser().ParseHCLFile
		if strings.HasSuffix(file, ".json") {
			parse = hclparse.NewParser().ParseJSONFile
		}
		parsed, _ := parse(file)
		if parsed == nil {
			continue
		}
		attributes, _ := parsed.Body.JustAttributes()
		for name, a := range attributes {
			if v, diagnostics := a.Expr.Value(nil); !diagnostics.HasErrors() {
				hide(name, synthesized.Text(v))
			}
		}
	}
	slices.SortFunc(hidden, func(a, b string) int { return len(b) - len(a) }) // one may begin with another
	var pairs []string
	for _, value := range hidden {
		pairs = append(pairs, value, "(sensitive value)")
	}
	return strings.NewReplacer(pairs...).Replace
}

// sensitive names the variables whose values nobody is to see.
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
