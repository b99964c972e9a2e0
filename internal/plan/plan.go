// Package plan has Terraform plan a synthesized stack, in little more than the time
// that the plan itself takes: it initializes the folder only when that is needed,
// and starts the AWS provider once, while the stack is still being synthesized,
// where Terraform alone would start it several times.
package plan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// Stack is one that is planned.
type Stack struct {
	Name      string
	Dir       string   // where it is synthesized to, and Terraform runs
	Terraform string   // Terraform or OpenTofu
	VarFiles  []string // absolute
	Args      []string // more of terraform plan's
	Keep      string   // where the plan file is left; "": nowhere, it holds secrets in plain text

	// What errors say more with; each may be left out.
	Where        func(address string) string // the setting that makes a resource, and where it stands
	Setting      func(name string) string    // what gives a variable its value in the environment file: "prefect.apiUrl in environments/dev.yaml"
	Beside       string                      // the folder beside the environment file, from where files are copied
	Maker        string                      // the stack that makes the bucket and the table of the state
	UnreadValues string                      // a file of values that is there and was not named

	// Detail is told what Terraform does, in a few words.
	Detail func(format string, args ...any)

	initialized bool // in this run
}

// Planned is a plan.
type Planned struct {
	Plan     *tfjson.Plan // empty where nothing changes
	Warnings []tfjson.Diagnostic
}

// Plan plans the stack. An error of Terraform's is a [Failed]. served is nil, or what
// [Stack.Serve] has started for it.
func (s *Stack) Plan(ctx context.Context, served *Served) (*Planned, error) {
	if _, ok := s.upToDate(); !ok {
		if err := s.init(ctx); err != nil {
			return nil, err
		}
	}
	planned, err := s.plan(ctx, served)
	var failed *Failed
	if errors.As(err, &failed) && failed.wantsInit() && !s.initialized {
		if err := s.init(ctx); err != nil {
			return nil, err
		}
		planned, err = s.plan(ctx, nil) // what is served may be what init has replaced
	}
	return planned, err
}

func (s *Stack) plan(ctx context.Context, served *Served) (*Planned, error) {
	tmp, err := os.MkdirTemp("", "prefect-ecs-plan-") // readable by its owner alone
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	file := filepath.Join(tmp, "tfplan")
	env := append(served.env(s), quick()...)
	args := []string{"plan", "-json", "-input=false", "-detailed-exitcode", "-out=" + file}
	for _, name := range s.VarFiles {
		args = append(args, "-var-file="+name)
	}
	s.Detail("starting Terraform")
	events := &events{stack: s, expected: s.resources()}
	var stderr bytes.Buffer
	err = process.Run(ctx, process.Command{Path: s.Terraform, Args: append(args, s.Args...), Dir: s.Dir, Env: env, Stdout: events, Stderr: &stderr})
	events.end()
	changes := false
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &exit) && exit.ExitCode() == 2:
		changes = true
	case err != nil:
		return nil, events.failed(err, stderr.String())
	}
	s.remember(events.refreshed)
	if s.Keep != "" {
		if err := keep(file, s.Keep); err != nil {
			return nil, fmt.Errorf("OUT: %w", err)
		}
	}
	if !changes {
		return &Planned{Plan: &tfjson.Plan{}, Warnings: events.warnings()}, nil
	}
	s.Detail("reading the plan")
	text, err := s.show(ctx, file, env)
	if err != nil {
		return nil, err
	}
	plan := &tfjson.Plan{}
	plan.UseJSONNumber(true)
	if err := plan.UnmarshalJSON(text); err != nil {
		return nil, fmt.Errorf("terraform show -json: %w", err)
	}
	return &Planned{plan, events.warnings()}, nil
}

// quick has Terraform and its providers, which end before it is worth it, collect less
// garbage, up to a gigabyte each. That is a quarter of their time. What the user has
// set stays.
func quick() []string {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	return []string{"GOGC=400", "GOMEMLIMIT=1GiB"}
}

func (s *Stack) show(ctx context.Context, file string, env []string) ([]byte, error) {
	var stderr bytes.Buffer
	text, err := process.Output(ctx, process.Command{Path: s.Terraform, Args: []string{"show", "-json", file}, Dir: s.Dir, Env: env, Unset: []string{"TF_CLI_ARGS*"}, Stderr: &stderr})
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w\n%s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return text, err
}

// keep copies a plan file, which holds secrets, to where its owner alone reads it.
func keep(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(out.Name())
		}
	}()
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// events reads what terraform plan -json prints, a JSON object in each line.
// https://developer.hashicorp.com/terraform/internals/machine-readable-ui
type events struct {
	stack       *Stack
	expected    int // resources, by the last plan; 0: not known
	refreshed   int
	part        []byte
	diagnostics []tfjson.Diagnostic
	other       []string // lines that are no diagnostics
}

func (e *events) Write(p []byte) (int, error) {
	e.part = append(e.part, p...)
	for {
		i := bytes.IndexByte(e.part, '\n')
		if i < 0 {
			return len(p), nil
		}
		e.line(e.part[:i])
		e.part = e.part[i+1:]
	}
}

func (e *events) end() {
	if len(e.part) > 0 {
		e.line(e.part)
	}
	e.part = nil
}

func (e *events) line(text []byte) {
	var event struct {
		Type       string
		Message    string `json:"@message"`
		Diagnostic tfjson.Diagnostic
	}
	if json.Unmarshal(text, &event) != nil {
		if text = bytes.TrimSpace(text); len(text) > 0 {
			e.other = append(e.other, string(text))
		}
		return
	}
	switch event.Type {
	case "refresh_complete":
		e.refreshed++
		if e.expected >= e.refreshed {
			e.stack.Detail("refreshing %d of %d", e.refreshed, e.expected)
		} else {
			e.stack.Detail("refreshed %d", e.refreshed)
		}
	case "planned_change", "change_summary":
		e.stack.Detail("planning")
	case "diagnostic":
		e.diagnostics = append(e.diagnostics, event.Diagnostic)
	}
}

func (e *events) warnings() []tfjson.Diagnostic {
	return slices.DeleteFunc(slices.Clone(e.diagnostics), func(d tfjson.Diagnostic) bool { return d.Severity != tfjson.DiagnosticSeverityWarning })
}
