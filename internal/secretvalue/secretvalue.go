// Package secretvalue puts a value into the secret of a stack whose secret is
// made without one, so that the value never reaches Terraform or its state.
package secretvalue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/awsconfig"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

const (
	secretType  = "aws_secretsmanager_secret"
	versionType = "aws_secretsmanager_secret_version"
)

// Stack is a synthesized stack, and the Terraform that runs it.
type Stack struct {
	Dir       string
	Terraform string
	Env       []string // KEY=VALUE over the environment of this process
	VarFiles  []string
	Worker    string // whose own secret it is; "": the stack's
}

// Check refuses a value that no worker could use: the empty one, and one with a
// space or a line break before, within or after it. The error never has it.
func Check(value string) error {
	switch {
	case value == "":
		return errors.New("the value is empty, want the Prefect API key, or user:password of a self-hosted server")
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return errors.New("the value has a space or a line break in it, want the key alone")
	}
	return nil
}

// Secret is the ARN of the stack's secret, which is created, alone, where the
// state does not have it yet. made says whether it was.
func (s *Stack) Secret(ctx context.Context) (arn string, made bool, err error) {
	address, err := s.Address()
	if err != nil {
		return "", false, err
	}
	if err := process.Run(ctx, s.command("init", "-input=false", "-no-color")); err != nil {
		return "", false, errorLines("terraform init", err)
	}
	if arn, err = s.inState(ctx, address); arn != "" || err != nil {
		return arn, false, err
	}
	args := []string{"apply", "-input=false", "-auto-approve", "-no-color", "-target=" + address}
	for _, file := range s.VarFiles {
		args = append(args, "-var-file="+file)
	}
	if err := process.Run(ctx, s.command(args...)); err != nil {
		return "", false, errorLines("terraform apply of "+address, err)
	}
	arn, err = s.inState(ctx, address)
	if arn == "" && err == nil {
		err = fmt.Errorf("%s: not in the state after its apply", address)
	}
	return arn, err == nil, err
}

var terraformError = regexp.MustCompile(`(?m)^[│\s]*(Error: .*)$`)

// errorLines leaves what Terraform says is wrong of a run that failed: the plan and the
// progress before it fill two screens.
func errorLines(run string, err error) error {
	text := err.Error()
	found := terraformError.FindStringSubmatchIndex(text)
	if found == nil || errors.Is(err, context.Canceled) {
		return err
	}
	lines := []string{run + " failed:"}
	for line := range strings.Lines(text[found[2]:]) {
		if line = strings.Trim(line, "│╷╵ \r\n\t"); line != "" {
			lines = append(lines, line)
		}
	}
	return &shortened{strings.Join(lines, "\n"), err}
}

type shortened struct {
	text string
	err  error
}

func (s *shortened) Error() string { return s.text }
func (s *shortened) Unwrap() error { return s.err }

// synthesized is what is read of a stack's JSON.
type synthesized struct {
	Resource map[string]map[string]json.RawMessage
	Provider struct {
		AWS []struct {
			AssumeRole []awsconfig.Role `json:"assume_role"`
		}
	}
}

func (s *Stack) read() (file string, stack synthesized, err error) {
	file = filepath.Join(s.Dir, "cdk.tf.json")
	data, err := os.ReadFile(file)
	if err != nil {
		return file, stack, fmt.Errorf("%w; synthesize first: make synth", err)
	}
	if err := json.Unmarshal(data, &stack); err != nil {
		return file, stack, fmt.Errorf("%s: %w", file, err)
	}
	return file, stack, nil
}

// Address of the secret that the stack creates without a value, for all workers or
// for one of them. It asks neither AWS nor Terraform.
func (s *Stack) Address() (string, error) {
	file, stack, err := s.read()
	if err != nil {
		return "", err
	}
	if s.Worker != "" {
		return s.ownAddress(file, stack)
	}
	if len(stack.Resource[versionType]) > 0 {
		return "", fmt.Errorf("%s: Terraform sets the secret's value, from a variable; set secret.valueManagedBy: outside to store it yourself", file)
	}
	own := stack.own()
	for name := range stack.Resource[secretType] {
		if _, ok := own[name]; !ok {
			return secretType + "." + name, nil
		}
	}
	if len(own) > 0 {
		return "", fmt.Errorf("%s: the stack creates no secret that its workers share; name the worker: WORKER=%s", file, strings.Join(slices.Sorted(maps.Values(own)), " or "))
	}
	return "", fmt.Errorf("%s: the stack creates no secret; store the value in the one that its secret.arn names", file)
}

func (s *Stack) ownAddress(file string, stack synthesized) (string, error) {
	var known []string
	for name, worker := range stack.own() {
		if worker == s.Worker {
			return secretType + "." + name, nil
		}
		known = append(known, worker)
	}
	if len(known) == 0 {
		return "", fmt.Errorf("%s: no worker has its own secret that the stack creates; leave out WORKER, or set additionalWorkers[].secret", file)
	}
	slices.Sort(known)
	return "", fmt.Errorf("%s: got the worker %q, want one with its own secret that the stack creates: %s", file, s.Worker, strings.Join(known, ", "))
}

// ownName ends the Terraform name of a worker's own secret, after the worker's
// name; resourceNames renames the stack's alone.
const ownName = "_prefect_api"

// own maps the Terraform names of the workers' own secrets to the workers.
func (s synthesized) own() map[string]string {
	all := map[string]string{}
	for name := range s.Resource[secretType] {
		// The worker's task definition tells it from a stack's secret of such a name.
		worker, ok := strings.CutSuffix(name, ownName)
		if _, has := s.Resource["aws_ecs_task_definition"][worker+"_prefect_worker"]; ok && has {
			all[name] = worker
		}
	}
	return all
}

// inState is the secret's ARN in the state, or "".
func (s *Stack) inState(ctx context.Context, address string) (string, error) {
	var stderr bytes.Buffer
	show := s.command("show", "-json")
	show.Stderr = &stderr
	out, err := process.Output(ctx, show)
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, stderr.String())
	}
	state := &tfjson.State{}
	if err := state.UnmarshalJSON(out); err != nil {
		return "", err
	}
	if state.Values == nil {
		return "", nil
	}
	for _, r := range state.Values.RootModule.Resources {
		if r.Address == address {
			arn, _ := r.AttributeValues["arn"].(string)
			return arn, nil
		}
	}
	return "", nil
}

func (s *Stack) command(args ...string) process.Command {
	return process.Command{Path: s.Terraform, Args: args, Dir: s.Dir, Env: s.Env, Unset: []string{"TF_CLI_ARGS*"}}
}

// Put makes value the current one of a secret, as the role that the stack's
// provider assumes, or with the credentials that the AWS CLI would use, unless
// an option says otherwise.
func (s *Stack) Put(ctx context.Context, secret, value string, options ...func(*config.LoadOptions) error) error {
	if err := Check(value); err != nil {
		return err
	}
	at, err := arn.Parse(secret)
	if err != nil {
		return fmt.Errorf("%q: %w", secret, err)
	}
	_, stack, err := s.read()
	if err != nil {
		return err
	}
	var role *awsconfig.Role
	for _, p := range stack.Provider.AWS {
		for i := range p.AssumeRole {
			role = &p.AssumeRole[i]
		}
	}
	c, err := awsconfig.Load(ctx, at.Region, role, options...)
	if err != nil {
		return err
	}
	_, err = secretsmanager.NewFromConfig(c).PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &secret, SecretString: &value})
	return err
}
