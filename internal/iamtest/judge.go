package iamtest

import (
	"context"
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

//go:embed judge.py
var judge string

// Judged is a policy document, with its expressions resolved.
type Judged struct {
	Name     string `json:"name"`
	Document any    `json:"document"`
}

// Finding is what one of the judges, "reference" or "parliament", has against a
// policy.
type Finding struct{ Name, Judge, Finding string }

// Judge asks the judges of judge.py about policies, all in one process of the
// Python that has them: tools/requirements.txt.
func Judge(ctx context.Context, python string, policies []Judged) ([]Finding, error) {
	var findings []Finding
	return findings, run(ctx, python, judge, policies, &findings)
}

// run gives a Python program its input in a file, and reads its output.
func run(ctx context.Context, python, program string, in, out any) error {
	dir, err := os.MkdirTemp("", "judge")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "in.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	written, err := process.Output(ctx, process.Command{Path: python, Args: []string{"-W", "ignore", "-c", program, file}})
	if err != nil {
		return err
	}
	return json.Unmarshal(written, out)
}
