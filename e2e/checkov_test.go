//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// findings compares what checkov finds in an applied stack with
// testdata/checkov/<list>.txt: neither more nor less. Where reasons is set each
// finding must have one.
//
// It scans the plan of what is applied, in which every value is known. In the
// first plan container definitions and policies are not, and checkov passes
// what it cannot see; in the configuration it cannot follow locals and variables.
// What nobody has set is left out, see configured.
func (s *stack) findings(plan []byte, list string, reasons bool) {
	s.t.Helper()
	want := readFindings(s.t, filepath.Join(root, "e2e", "testdata", "checkov", list+".txt"), reasons)
	got := s.checkov(configured(s.t, plan))
	for _, finding := range got {
		if !slices.Contains(want, finding) {
			s.t.Errorf("checkov/%s.txt: not expected: %s", list, finding)
		}
	}
	for _, finding := range want {
		if !slices.Contains(got, finding) {
			s.t.Errorf("checkov/%s.txt: not found any more, remove its line: %s", list, finding)
		}
	}
}

// checkov scans a plan and lists its findings as "check resource".
func (s *stack) checkov(plan []byte) []string {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "plan.json")
	if err := os.WriteFile(file, plan, 0o600); err != nil {
		s.t.Fatal(err)
	}
	// --skip-download: nothing is asked from the vendor's platform.
	out := s.must(s.exec(s.t.TempDir(), []string{"LOG_LEVEL=ERROR"}, tools.Checkov, "-m", "checkov.main", "--file", file,
		"--framework", "terraform_plan", "--output", "json", "--compact", "--quiet", "--soft-fail", "--skip-download"))
	var report struct {
		Results struct {
			Failed []struct {
				Check    string `json:"check_id"`
				Resource string `json:"resource"`
			} `json:"failed_checks"`
		} `json:"results"`
		Summary struct {
			ParsingErrors int `json:"parsing_errors"`
			Resources     int `json:"resource_count"`
		} `json:"summary"`
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	if report.Summary.ParsingErrors > 0 || report.Summary.Resources == 0 {
		s.t.Fatalf("checkov read %d resources with %d errors", report.Summary.Resources, report.Summary.ParsingErrors)
	}
	var findings []string
	for _, f := range report.Results.Failed {
		findings = append(findings, f.Check+" "+f.Resource)
	}
	slices.Sort(findings)
	return slices.Compact(findings)
}

// configured leaves in a plan's values what the configuration sets. Checkov
// takes a value that AWS, the emulator or the provider has added, such as the
// key that AWS chose or an empty list of log targets, for one that was set.
func configured(t *testing.T, text []byte) []byte {
	t.Helper()
	var plan map[string]any
	if err := json.Unmarshal(text, &plan); err != nil {
		t.Fatal(err)
	}
	resources := func(of string) []any {
		values, _ := plan[of].(map[string]any)
		module, _ := values["root_module"].(map[string]any)
		list, _ := module["resources"].([]any)
		if len(list) == 0 {
			t.Fatalf("no resources in the plan's %s", of)
		}
		return list
	}
	expressions := map[any]map[string]any{}
	for _, r := range resources("configuration") {
		resource := r.(map[string]any)
		expressions[resource["address"]], _ = resource["expressions"].(map[string]any)
	}
	for _, r := range resources("planned_values") {
		resource := r.(map[string]any)
		of := expressions[fmt.Sprint(resource["type"], ".", resource["name"])] // without count's index
		resource["values"] = keepBlock(resource["values"], []map[string]any{of})
	}
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// keepBlock leaves in a resource, or in a block of one, what one of blocks sets.
// There are several for a block that occurs several times: a set has another
// order in a plan.
func keepBlock(value any, blocks []map[string]any) any {
	values, ok := value.(map[string]any)
	if !ok {
		return value
	}
	kept := map[string]any{}
	for name, v := range values {
		var set []any
		for _, block := range blocks {
			if e, ok := block[name]; ok {
				set = append(set, e)
			}
		}
		if len(set) > 0 {
			kept[name] = keep(v, set...)
		}
	}
	return kept
}

// keep is for the value of one name in several blocks.
func keep(value any, expressions ...any) any {
	var blocks []map[string]any
	for len(expressions) > 0 {
		e := expressions[0]
		expressions = expressions[1:]
		switch e := e.(type) {
		case []any:
			expressions = append(expressions, e...)
		case map[string]any:
			_, refers := e["references"]
			if _, constant := e["constant_value"]; refers || constant || len(e) == 0 {
				return value
			}
			blocks = append(blocks, e)
		}
	}
	list, ok := value.([]any)
	if !ok {
		return keepBlock(value, blocks)
	}
	kept := []any{}
	for _, v := range list {
		kept = append(kept, keepBlock(v, blocks))
	}
	return kept
}

// TestConfigured: what AWS chose is no setting, what was known after apply is.
func TestConfigured(t *testing.T) {
	parallel(t)
	const configuration = `"configuration":{"root_module":{"resources":[{"address":"aws_x.a","expressions":{
		"policy":{"references":["local.p"]},
		"encryption":[{"enabled":{"constant_value":true}}],
		"rule":[{"id":{"constant_value":"1"}},{"id":{"constant_value":"2"},"filter":[{"prefix":{"constant_value":"p"}}]}]}}]}}`
	plan := func(values string) string {
		return `{` + configuration + `,"planned_values":{"root_module":{"resources":[{"name":"a","type":"aws_x","values":` + values + `}]}}}`
	}
	got := configured(t, []byte(plan(`{"arn":"chosen","policy":{"any":"thing"},"logging":[],
		"encryption":[{"enabled":true,"key":"chosen"}],
		"rule":[{"id":"2","filter":[{"prefix":"p","tag":"chosen"}]},{"id":"1","filter":[],"tag":"chosen"}]}`)))
	want := plan(`{"policy":{"any":"thing"},"encryption":[{"enabled":true}],
		"rule":[{"id":"2","filter":[{"prefix":"p"}]},{"id":"1","filter":[]}]}`)
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// readFindings reads lines of "check resource: reason"; lines that begin with
// # are remarks.
func readFindings(t *testing.T, file string, reasons bool) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var findings []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		finding, reason, _ := strings.Cut(line, ": ")
		if reasons && strings.TrimSpace(reason) == "" {
			t.Errorf("%s: %s: no reason, want \"check resource: why it stays\"", filepath.Base(file), finding)
		}
		findings = append(findings, finding)
	}
	return findings
}
