//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCheckov scans the plan of each stack and compares what checkov finds
// with testdata/checkov/<stack>.txt: neither more nor less.
func TestCheckov(t *testing.T) {
	p := newProject(t, nil)
	for _, tt := range []struct {
		stack   string
		vars    map[string]string
		reasons bool // whether each finding must have a reason
	}{
		{"dev", withSecret, false},
		{"design", designVars, false},
		{"state-backend", nil, true},
		{"prod", prodVars, true},
	} {
		t.Run(tt.stack, func(t *testing.T) {
			want := readFindings(t, filepath.Join(root, "e2e", "testdata", "checkov", tt.stack+".txt"), tt.reasons)
			got := p.in(t).local(tt.stack, tt.vars).checkov()
			for _, finding := range got {
				if !slices.Contains(want, finding) {
					t.Errorf("not expected: %s", finding)
				}
			}
			for _, finding := range want {
				if !slices.Contains(got, finding) {
					t.Errorf("not found any more, remove its line: %s", finding)
				}
			}
		})
	}
}

// local initializes a stack with its state in a file, to plan it without the
// bucket of its backend.
func (p *project) local(name string, vars map[string]string) *stack {
	p.t.Helper()
	override := filepath.Join(p.dir, "cdktf.out", "stacks", name, "backend_override.tf")
	if err := os.WriteFile(override, []byte("terraform {\n  backend \"local\" {}\n}\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return p.stack(name, vars)
}

// checkov scans the stack's plan and lists its findings as "check resource".
// The plan rather than the configuration: in the latter checkov cannot follow
// locals and variables, and some checks pass that should not.
func (s *stack) checkov() []string {
	s.t.Helper()
	plan, file := filepath.Join(s.t.TempDir(), "plan"), filepath.Join(s.t.TempDir(), "plan.json")
	s.must(s.terraform("plan", "-input=false", "-out="+plan))
	text := s.must(s.exec(s.dir, nil, tools.Terraform.Path, "show", "-json", plan))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
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
