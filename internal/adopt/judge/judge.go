// Package judge adopts a deployment with Terraform as the judge: it synthesizes
// what package adopt writes, plans it on a copy of the state, and goes on until
// the plan has nothing left that could be settled. The state that it was given is
// only read.
package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/adopt"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// Tools are what a deployment is adopted with.
type Tools struct {
	// Synthesize writes the cdktf.out of a stack in a folder with environments. Its
	// error is what this app says of a file that it refuses.
	Synthesize func(ctx context.Context, dir, stack string) error

	Terraform string   // or OpenTofu
	Env       []string // over the environment
	Removed   bool     // whether it knows blocks removed
}

// Job is a state to adopt.
type Job struct {
	Tools
	State   []byte
	Name    string         // of the stack; "": of the cluster
	Backend map[string]any // of terraform.backend
	AWS     bool           // whether there are credentials for AWS
	Log     io.Writer

	dir   string // of its own, removed at the end
	built *adopt.Adoption
	lost  []string // what the state has and AWS has not
}

// Result is an adopted deployment. Files are by their names in the folder of the
// environments.
type Result struct {
	Name      string
	Files     map[string][]byte
	Report    []string // what was written besides settings, and what a plan would still change
	Remaining int      // changes that a plan still has, but for moves and what leaves the state
	Variables []string // that every plan must be given
	Planned   bool     // on what AWS has, not on the state alone
	Left      int      // resources that leave the state
	Shown     bool     // the state was given as terraform show -json prints it, which is no state to go on with
}

// rounds are more than any deployment has needed.
const rounds = 12

// Adopt adopts a state. Nothing is left of what it wrote for itself.
func (j *Job) Adopt(ctx context.Context) (result *Result, err error) {
	state, err := adopt.ParseState(j.State)
	if err != nil {
		return nil, err
	}
	if j.dir, err = os.MkdirTemp("", "prefect-ecs-adopt-"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(j.dir)) }()
	presets, err := config.Presets()
	if err != nil {
		return nil, err
	}
	options := adopt.Options{Name: j.Name, Backend: adopt.Tree(j.Backend), Presets: presets, Removed: j.Removed}
	first, err := adopt.New(state, options) // what is wrong is said before anything takes long
	if err != nil {
		return nil, err
	}
	j.say("%s", first.Summary())
	shown := state.Shown
	if state, options.Schemas, err = j.read(ctx, state, first); err != nil {
		return nil, err
	}
	options.Tags = first.DefaultTags()
	if j.built, err = adopt.New(state, options); err != nil {
		if j.AWS {
			err = fmt.Errorf("is of a deployment that AWS does not have: after reading it, the state %w; are the credentials those of account %s?", err, first.Account())
		}
		return nil, &StateError{err}
	}
	for _, address := range first.Lost(j.built) {
		j.lost = append(j.lost, address+" is in the state, but AWS does not have it any more")
	}
	if err := j.settle(ctx); err != nil {
		return nil, err
	}
	plan, err := j.plan(ctx, j.AWS)
	if err != nil && j.AWS && ctx.Err() == nil {
		j.lost = append(j.lost, "with AWS the plan fails: "+firstError(err))
		j.AWS = false
		plan, err = j.plan(ctx, false)
	}
	if err != nil {
		return nil, err
	}
	files, err := j.files()
	if err != nil {
		return nil, err
	}
	lines, remaining := j.built.Report(plan)
	lines = append(j.lost, lines...)
	return &Result{Name: j.built.Name, Files: files, Report: lines, Remaining: remaining, Variables: j.built.Variables(), Planned: j.AWS, Left: j.built.Left(), Shown: shown}, nil
}

func (j *Job) say(format string, args ...any) { fmt.Fprintf(j.Log, format+"\n", args...) }

// read has Terraform read the state, by the provider that will plan it, and AWS
// where it can. It returns the state of now and the provider's schemas.
func (j *Job) read(ctx context.Context, state *adopt.State, first *adopt.Adoption) (*adopt.State, *tfjson.ProviderSchemas, error) {
	dir := filepath.Join(j.dir, "state")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, nil, err
	}
	text, err := state.Refreshed()
	if err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(j.copy(), text, 0o600); err != nil {
		return nil, nil, err
	}
	if err := writeJSON(filepath.Join(dir, "main.tf.json"), first.Empty(j.AWS)); err != nil {
		return nil, nil, err
	}
	j.say("reading the provider's schema (terraform init, providers schema)")
	if err := j.terraform(ctx, dir, "init", "-input=false", "-no-color"); err != nil {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, nil, installError(err)
	}
	out, err := j.output(ctx, dir, "providers", "schema", "-json")
	if err != nil {
		return nil, nil, err
	}
	schemas := &tfjson.ProviderSchemas{}
	if err := schemas.UnmarshalJSON(out); err != nil {
		return nil, nil, err
	}
	// A provider newer than the one that wrote the state upgrades it as it reads it.
	args := []string{"apply", "-refresh-only", "-auto-approve", "-input=false", "-no-color"}
	if j.AWS {
		j.say("reading what is in AWS now (terraform apply -refresh-only on a copy of the state)")
		if err := j.terraform(ctx, dir, args...); err != nil {
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			j.say("AWS could not be read, so the state alone counts: %s", firstError(err))
			j.AWS = false
			if err := os.WriteFile(j.copy(), text, 0o600); err != nil {
				return nil, nil, err
			}
			if err := writeJSON(filepath.Join(dir, "main.tf.json"), first.Empty(false)); err != nil {
				return nil, nil, err
			}
		}
	}
	if !j.AWS {
		j.say("reading the state (terraform apply -refresh=false on a copy of it)")
	}
	plan, err := j.planIn(ctx, dir, false)
	if err != nil {
		return nil, nil, err
	}
	current, err := os.ReadFile(j.copy())
	if err != nil {
		return nil, nil, err
	}
	now, err := adopt.ParseState(current)
	if err != nil {
		return nil, nil, err
	}
	now.Upgrade(plan.PriorState, first.Region(), true)
	if text, err = now.Complete(state); err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(j.copy(), text, 0o600); err != nil {
		return nil, nil, err
	}
	now.Upgrade(plan.PriorState, first.Region(), false)
	return now, schemas, nil
}

// copy is the copy of the state that all plans are made on.
func (j *Job) copy() string { return filepath.Join(j.dir, "terraform.tfstate") }

// settle synthesizes, plans and learns until nothing is left.
func (j *Job) settle(ctx context.Context) error {
	var last error
	for round := range rounds {
		last = nil
		if err := j.synth(ctx); err != nil {
			if ctx.Err() == nil && j.built.Refused(err.Error()) {
				last = err
				continue
			}
			return err
		}
		j.say("planning on a copy of the state, round %d", round+1)
		plan, err := j.plan(ctx, false)
		if err != nil {
			var failed *planError
			if errors.As(err, &failed) && j.built.Invalid(failed.diagnostics) {
				last = err
				continue
			}
			return err
		}
		if !j.built.Learn(plan) {
			return nil
		}
	}
	return last
}

// files are what the adoption has written so far.
func (j *Job) files() (map[string][]byte, error) {
	yaml, err := j.built.Environment()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{j.built.Name + ".yaml": yaml}
	if text := j.built.Kept(); text != nil {
		files[filepath.Join(j.built.Name, adopt.KeptFile)] = text
	}
	if text := j.built.Override(); text != nil {
		files[filepath.Join(j.built.Name, adopt.OverrideFile)] = text
	}
	return files, nil
}

// stack is the folder of the synthesized stack.
func (j *Job) stack() string { return filepath.Join(j.dir, "cdktf.out", "stacks", j.built.Name) }

// synth has this app read the files. The first time there is nothing beside the
// environment file, until it is known what this app creates.
func (j *Job) synth(ctx context.Context) error {
	for range 2 {
		first := !j.built.Known()
		files, err := j.files()
		if err != nil {
			return err
		}
		environments := filepath.Join(j.dir, "environments")
		if err := os.RemoveAll(environments); err != nil {
			return err
		}
		for name, text := range files {
			if first && filepath.Dir(name) != "." {
				continue
			}
			file := filepath.Join(environments, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				return err
			}
			if err := os.WriteFile(file, text, 0o600); err != nil {
				return err
			}
		}
		for _, file := range []string{adopt.KeptFile, adopt.OverrideFile, judgeFile} {
			if err := os.Remove(filepath.Join(j.stack(), file)); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
		if err := j.Synthesize(ctx, j.dir, j.built.Name); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &synthError{strings.TrimSpace(err.Error())}
		}
		text, err := os.ReadFile(filepath.Join(j.stack(), "cdk.tf.json"))
		if err != nil {
			return err
		}
		if err := j.built.Synthesized(text); err != nil {
			return err
		}
		if !first {
			return nil
		}
	}
	return nil
}

// synthError is what this app says of a file that it refuses.
type synthError struct{ text string }

func (e *synthError) Error() string { return e.text }

// judgeFile overrides the backend, and without AWS the provider.
const judgeFile = "zz_judge_override.tf.json"

// plan plans the synthesized stack on the copy of the state, with AWS or without.
func (j *Job) plan(ctx context.Context, aws bool) (*tfjson.Plan, error) {
	file := filepath.Join(j.stack(), "cdk.tf.json")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.WriteFile(file, text, 0o600) }()
	if aws {
		j.say("planning against what is in AWS")
	} else {
		alone, err := j.built.WithoutData(text)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, alone, 0o600); err != nil {
			return nil, err
		}
	}
	override := adopt.LocalBackend(j.copy())
	if !j.AWS { // some resources ask AWS for what they are even as they are planned
		override["provider"] = map[string]any{"aws": adopt.NoAWS()}
	}
	if err := writeJSON(filepath.Join(j.stack(), judgeFile), override); err != nil {
		return nil, err
	}
	if err := j.terraform(ctx, j.stack(), "init", "-input=false", "-no-color", "-reconfigure"); err != nil {
		return nil, j.diagnose(ctx, err)
	}
	return j.planIn(ctx, j.stack(), aws)
}

// planIn plans in a folder. The plan has secrets in plain text and is removed.
func (j *Job) planIn(ctx context.Context, dir string, refresh bool) (*tfjson.Plan, error) {
	file := filepath.Join(j.dir, "plan")
	defer os.Remove(file)
	var out bytes.Buffer
	err := process.Run(ctx, process.Command{Path: j.Terraform, Args: []string{"plan", "-input=false", "-json", fmt.Sprintf("-refresh=%t", refresh), "-lock=false", "-out=" + file},
		Dir: dir, Env: j.environ(), Unset: unset, Stdout: &out})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if all := diagnostics(out.Bytes()); len(all) > 0 {
			return nil, &planError{all}
		}
		return nil, err
	}
	text, err := j.output(ctx, dir, "show", "-json", file)
	if err != nil {
		return nil, err
	}
	plan := &tfjson.Plan{}
	plan.UseJSONNumber(true)
	return plan, plan.UnmarshalJSON(text)
}

// diagnose asks for the errors of a configuration that init refuses.
func (j *Job) diagnose(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	out, _ := j.output(ctx, j.stack(), "validate", "-json")
	var result struct{ Diagnostics []adopt.Diagnostic }
	if json.Unmarshal(out, &result) == nil && len(result.Diagnostics) > 0 {
		return &planError{result.Diagnostics}
	}
	return err
}

// planError is why a plan failed.
type planError struct{ diagnostics []adopt.Diagnostic }

func (e *planError) Error() string {
	var all []string
	for _, d := range e.diagnostics {
		if d.Severity == tfjson.DiagnosticSeverityError {
			all = append(all, strings.TrimSuffix(d.Summary+": "+strings.Join(strings.Fields(d.Detail), " "), ": "))
		}
	}
	return "plan: " + strings.Join(all, "\n")
}

// diagnostics are those in the lines that terraform plan -json prints.
func diagnostics(lines []byte) []adopt.Diagnostic {
	var all []adopt.Diagnostic
	for line := range bytes.Lines(lines) {
		var message struct {
			Type       string
			Diagnostic adopt.Diagnostic
		}
		if json.Unmarshal(line, &message) == nil && message.Type == "diagnostic" {
			all = append(all, message.Diagnostic)
		}
	}
	return all
}

// unset are settings of the user's that would change what Terraform does here.
var unset = []string{"TF_CLI_ARGS*", "TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG*"}

func (j *Job) environ() []string {
	env := slices.Clone(j.Env)
	if j.built != nil {
		for name, value := range j.built.Values() { // in no file
			env = append(env, "TF_VAR_"+name+"="+value)
		}
	}
	return env
}

func (j *Job) terraform(ctx context.Context, dir string, args ...string) error {
	return process.Run(ctx, process.Command{Path: j.Terraform, Args: args, Dir: dir, Env: j.environ(), Unset: unset})
}

func (j *Job) output(ctx context.Context, dir string, args ...string) ([]byte, error) {
	return process.Output(ctx, process.Command{Path: j.Terraform, Args: args, Dir: dir, Env: j.environ(), Unset: unset, Stderr: io.Discard})
}

func writeJSON(file string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// firstError is the first line of Terraform's that tells of an error.
func firstError(err error) string {
	for line := range strings.Lines(err.Error()) {
		if _, text, ok := strings.Cut(line, "Error: "); ok {
			return strings.TrimSpace(text)
		}
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// StateError is what is wrong with the state that was given.
type StateError struct{ Err error }

func (e *StateError) Error() string { return e.Err.Error() }
func (e *StateError) Unwrap() error { return e.Err }

// Check says what is wrong with the state, without Terraform, and what the stack will
// be called, unless what AWS has of its cluster now gives it another name.
func (j *Job) Check() (name string, err error) {
	state, err := adopt.ParseState(j.State)
	if err != nil {
		return "", &StateError{err}
	}
	built, err := adopt.New(state, adopt.Options{Name: j.Name})
	if err != nil {
		return "", &StateError{err}
	}
	return built.Name, nil
}

var provider = regexp.MustCompile(`provider\s+(\S+/\S+?):`)

// installError says which provider Terraform could not install.
func installError(err error) error {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if m := provider.FindStringSubmatch(text); m != nil && strings.Contains(text, "Failed to query available provider packages") {
		return fmt.Errorf("terraform init cannot install the provider %s, of which the state has resources: make its registry reachable, or name a mirror in TF_CLI_CONFIG_FILE (docs/closed-network.md)", m[1])
	}
	return err
}
