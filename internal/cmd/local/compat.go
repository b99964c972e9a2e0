package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/renameio/v2"
	"github.com/hashicorp/go-version"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/secretvalue"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// compatStacks are what compat deploys, with the variables that they need.
var compatStacks = []struct {
	name string
	env  []string
}{
	{"dev", nil},
	{"prod", []string{"TF_VAR_prefect_api_url=http://prefect.internal:443/api"}},
}

// compat deploys the stacks with each supported Terraform and each supported
// AWS provider, and dev with CDK Terrain's command line, and prints what
// happened as a table and a line. It is no part of test: it takes many minutes,
// and more where Terraform is built from source.
func compat(ctx context.Context, root string, args []string) error {
	flags := flag.NewFlagSet("compat", flag.ContinueOnError)
	update := flags.Bool("update", false, "write table and line into README.md, and the states that e2e plans")
	only := flags.String("only", "", "what to run, such as 1.5.7,tofu,cdktn; default: all")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *update && *only != "" && *only != cdktn {
		return errors.New("UPDATE with ONLY would write a table that lacks rows; leave one of them out: make compat UPDATE=1, or make compat UPDATE=1 ONLY=cdktn")
	}
	wanted, err := chosen(*only)
	if err != nil {
		return err
	}
	tools, err := toolchain.Prepare(ctx, root, os.Stderr, toolchain.PythonTools, toolchain.TerraformTools)
	if err != nil {
		return err
	}
	var terrain *toolchain.CDKTerrain
	var terraforms []toolchain.Terraform
	for _, v := range wanted {
		var t toolchain.Terraform
		switch v {
		case cdktn:
			if terrain, err = toolchain.PrepareCDKTerrain(ctx, root, os.Stderr); err != nil {
				return err
			}
			continue
		case tofu:
			t, err = toolchain.PrepareOpenTofu(ctx, root, os.Stderr)
		default:
			t, err = toolchain.PrepareTerraform(ctx, root, os.Stderr, v)
		}
		if err != nil {
			return err
		}
		terraforms = append(terraforms, t)
	}

	c := &compatibility{root: root, python: tools.Python, log: progress.New(os.Stderr)}
	if c.workspace, err = newWorkspace(ctx, root); err != nil {
		return err
	}
	defer os.RemoveAll(c.workspace.dir)
	app := process.Command{Path: filepath.Join(c.workspace.dir, "app"), Dir: c.workspace.dir, Unset: userSettings}
	if err := process.Run(ctx, app); err != nil {
		return err
	}
	readme := filepath.Join(root, "README.md")
	var running sync.WaitGroup
	var terrainFailed error
	if terrain != nil {
		running.Go(func() { // beside the table, which takes many times as long
			var line string
			if line, terrainFailed = c.terrain(ctx, tools, terrain); terrainFailed != nil {
				terrainFailed = fmt.Errorf("CDK Terrain: %w", terrainFailed)
				fmt.Fprintln(os.Stderr, terrainFailed)
				return
			}
			fmt.Print(line)
			if *update {
				terrainFailed = writeBlock(readme, cdktn, line)
			}
		})
	}
	if len(terraforms) == 0 {
		running.Wait()
		return terrainFailed
	}
	table, failed := c.table(ctx, terraforms)
	running.Wait()
	fmt.Print(table)
	if ctx.Err() == nil && !*update {
		fmt.Fprintln(os.Stderr, "nothing was written; make compat UPDATE=1 writes all of it into README")
	}
	if failed == nil && *update {
		if failed = writeBlock(readme, "compat", table); failed == nil {
			failed = c.keepStates(ctx, tools.Terraform)
		}
	}
	return errors.Join(failed, terrainFailed)
}

// tofu stands for the OpenTofu that tools/opentofu pins, cdktn for the CDK
// Terrain of tools/cdktn.
const (
	tofu  = "tofu"
	cdktn = "cdktn"
)

// chosen is what to run, all of it unless some is named.
func chosen(only string) ([]string, error) {
	all := append(slices.Clone(toolchain.CompatVersions), tofu, cdktn)
	if only == "" {
		return all, nil
	}
	wanted := strings.Split(only, ",")
	for _, v := range wanted {
		if !slices.Contains(all, v) {
			return nil, fmt.Errorf("ONLY: got %q, want some of %s, between commas: make compat ONLY=%s,%s", v, strings.Join(all, " "), all[0], tofu)
		}
	}
	return wanted, nil
}

type compatibility struct {
	root, python string
	workspace    *workspace
	log          *progress.Log
}

// providers are the oldest and the newest that are supported.
var providers = []string{toolchain.OldestProviderVersion, toolchain.ProviderVersion}

// atOnce is how many deployments run side by side, each on its own emulator: a
// prod waits for minutes, by the provider's fixed delays, and needs no core for
// that.
const atOnce = 4

// table runs everything, a failure too, and tells of it on standard error.
func (c *compatibility) table(ctx context.Context, terraforms []toolchain.Terraform) (string, error) {
	columns := len(compatStacks) * len(providers)
	cells := make([]string, len(terraforms)*columns)
	errs := make([]error, len(cells))
	var running sync.WaitGroup
	free := make(chan struct{}, atOnce)
	// The last stack, which waits longest, and the newest Terraform begin.
	for i := len(cells) - 1; i >= 0; i-- {
		tf, stack, v := terraforms[i/columns], compatStacks[i%columns/len(providers)], providers[i%len(providers)]
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			if ctx.Err() != nil {
				return
			}
			began := time.Now()
			cell, err := c.cell(ctx, tf, v, stack.name, stack.env)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				errs[i] = fmt.Errorf("%s, provider %s, %s: %w", nameOf(tf), v, stack.name, err)
				cell = "**failed**"
				fmt.Fprintln(os.Stderr, errs[i]) // at once: the rest takes minutes
			}
			cells[i] = cell
			fmt.Fprintf(os.Stderr, "%s with %s and AWS provider %s: %s, after %s\n", stack.name, nameOf(tf), v, cell, time.Since(began).Round(time.Second))
		})
	}
	running.Wait()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	var b strings.Builder
	fmt.Fprint(&b, "| |")
	for _, stack := range compatStacks {
		for _, v := range providers {
			fmt.Fprintf(&b, " `%s`, provider %s |", stack.name, v)
		}
	}
	fmt.Fprintf(&b, "\n|---|%s\n", strings.Repeat("---|", columns))
	for i, tf := range terraforms {
		fmt.Fprintf(&b, "| %s | %s |\n", nameOf(tf), strings.Join(cells[i*columns:(i+1)*columns], " | "))
	}
	fmt.Fprintf(&b, "\nEach number counts resources that were applied, planned again without a change, and destroyed. The deployments by provider %s were also planned with %s,\n"+
		"with no changes except the NAT gateways' new attributes. The state was in a file. Run on %s by `make compat`.\n", providers[0], providers[1], time.Now().Format(time.DateOnly))
	return b.String(), errors.Join(errs...)
}

func nameOf(tf toolchain.Terraform) string {
	if tf.Tofu {
		return "OpenTofu " + tf.Version
	}
	return "Terraform " + tf.Version
}

// cell deploys one stack with one Terraform and one provider, and removes it.
func (c *compatibility) cell(ctx context.Context, tf toolchain.Terraform, provider, stack string, env []string) (string, error) {
	allowed, err := c.requiredVersion(stack)
	if err != nil {
		return "", err
	}
	if v, err := version.NewVersion(tf.Version); err != nil || !allowed.Check(v) {
		return "needs " + allowed.String(), err
	}
	step := c.log.Start(progress.Task{What: fmt.Sprintf("%s with %s and AWS provider %s", stack, nameOf(tf), provider), Speaks: true})
	var count int
	err = step.Done(c.deploy(ctx, tf, provider, stack, env, func(r *compatRun) error {
		if count, err = r.count(ctx); err != nil {
			return err
		}
		if provider == toolchain.ProviderVersion {
			return nil
		}
		if err := r.use(ctx, toolchain.ProviderVersion); err != nil {
			return err
		}
		return r.unchanged(ctx, natGatewayLearns)
	}))
	return fmt.Sprint(count), err
}

// requiredVersion is the constraint of a stack.
func (c *compatibility) requiredVersion(stack string) (version.Constraints, error) {
	environments, err := config.Load(filepath.Join(c.root, "environments"))
	if err != nil {
		return nil, err
	}
	for _, m := range environments.Modules() {
		if m.Stack == stack {
			return version.NewConstraint(m.Terraform.RequiredVersion)
		}
	}
	return nil, fmt.Errorf("environments: no stack %s", stack)
}

// compatRun is a stack in its own folder, on its own emulator.
type compatRun struct {
	root, dir string
	terraform toolchain.Terraform
	emulator  *emulator.Emulator
	env       []string // the emulator's and the stack's variables
	provider  []string // the provider's
}

// deploy applies a stack, plans it again, calls visit, and destroys it.
func (c *compatibility) deploy(ctx context.Context, tf toolchain.Terraform, provider, stack string, env []string, visit func(*compatRun) error) (err error) {
	tmp, err := os.MkdirTemp("", "prefect-ecs-compat-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	r := &compatRun{root: c.root, dir: filepath.Join(tmp, stack), terraform: tf}
	if r.emulator, err = emulator.Start(ctx, c.python, filepath.Join(tmp, "emulator")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.emulator.Stop()) }()
	r.env = slices.Concat([]string{"CHECKPOINT_DISABLE=1", "AWS_CA_BUNDLE="}, r.emulator.Env(), env)
	if err := os.CopyFS(r.dir, os.DirFS(c.workspace.stackDir(stack))); err != nil {
		return err
	}
	// Terraforms differ in how an emulator is named to their S3 backend.
	local := []byte("terraform {\n  backend \"local\" {}\n}\n")
	if err := os.WriteFile(filepath.Join(r.dir, "backend_override.tf"), local, 0o600); err != nil {
		return err
	}
	if err := r.use(ctx, provider); err != nil {
		return err
	}
	if err := r.run(ctx, "validate"); err != nil {
		return err
	}
	if stack == "prod" {
		if err := r.putSecretValue(ctx); err != nil {
			return err
		}
	}
	if err := r.run(ctx, "apply", "-input=false", "-auto-approve"); err != nil {
		return err
	}
	if err := r.unchanged(ctx, nil); err != nil {
		return err
	}
	if err := visit(r); err != nil {
		return err
	}
	return r.run(ctx, "destroy", "-input=false", "-auto-approve")
}

// use initializes the stack with a version of the provider. A lock file of
// another version is left out.
func (r *compatRun) use(ctx context.Context, version string) error {
	provider, err := toolchain.PrepareProvider(ctx, r.root, os.Stderr, r.terraform, version)
	if err != nil {
		return err
	}
	r.provider = []string{"TF_CLI_CONFIG_FILE=" + provider.CLIConfig}
	lock := filepath.Join(r.dir, config.LockFileName)
	if text, err := os.ReadFile(lock); err == nil && !bytes.Contains(text, fmt.Appendf(nil, "%q", version)) {
		if err := os.Remove(lock); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(filepath.Join(r.dir, ".terraform")); err != nil {
		return err
	}
	return r.run(ctx, "init", "-input=false")
}

func (r *compatRun) putSecretValue(ctx context.Context) error {
	secret := &secretvalue.Stack{Dir: r.dir, Terraform: r.terraform.Path, Env: slices.Concat(r.env, r.provider)}
	arn, _, err := secret.Secret(ctx)
	if err != nil {
		return err
	}
	return secret.Put(ctx, arn, "not-a-key", r.emulator.SDK())
}

func (r *compatRun) run(ctx context.Context, args ...string) error {
	return process.Run(ctx, process.Command{Path: r.terraform.Path, Args: append(args, "-no-color"), Dir: r.dir,
		Env: slices.Concat(r.env, r.provider), Unset: userSettings})
}

// natGatewayLearns is the one change that provider 6.24 and newer plan in a
// state of an older one: to read attributes that are new to it.
// https://github.com/hashicorp/terraform-provider-aws/issues/46242
var natGatewayLearns = regexp.MustCompile(`^aws_nat_gateway\..*: (regional_nat_gateway_address|secondary_allocation_ids): <nil> -> \(known after apply\)$`)

// unchanged fails when a plan wants anything but what is expected, if anything.
func (r *compatRun) unchanged(ctx context.Context, expected *regexp.Regexp) error {
	plan, err := toolchain.Plan(ctx, r.terraform.Path, r.dir, slices.Concat(r.env, r.provider))
	if err != nil {
		return err
	}
	changes := emulator.Changes(plan)
	if expected != nil {
		changes = slices.DeleteFunc(changes, expected.MatchString)
	}
	if len(changes) > 0 {
		return fmt.Errorf("the second plan is not empty:\n  %s", strings.Join(changes, "\n  "))
	}
	return nil
}

func (r *compatRun) count(ctx context.Context) (int, error) {
	return countState(ctx, r.terraform.Path, r.dir, slices.Concat(r.env, r.provider))
}

// countState says how many resources the state of a stack holds.
func countState(ctx context.Context, terraform, dir string, env []string) (int, error) {
	out, err := process.Output(ctx, process.Command{Path: terraform, Args: []string{"state", "list"}, Dir: dir, Env: env, Unset: userSettings})
	n := 0
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "data.") {
			n++
		}
	}
	return n, err
}

// keepStates writes the states of the documented deployments that the oldest
// provider made, for e2e to plan with the newest.
func (c *compatibility) keepStates(ctx context.Context, tf toolchain.Terraform) error {
	for stack, env := range map[string][]string{
		"dev":    nil,
		"design": {"TF_VAR_prefect_api_key=not-a-key", "TF_VAR_prefect_api_url=http://prefect.internal:4200/api"},
	} {
		step := c.log.Start(progress.Task{What: fmt.Sprintf("the state of %s by AWS provider %s", stack, toolchain.OldestProviderVersion), Speaks: true})
		err := step.Done(c.deploy(ctx, tf, toolchain.OldestProviderVersion, stack, env, func(r *compatRun) error {
			text, err := os.ReadFile(filepath.Join(r.dir, "terraform.tfstate"))
			if err != nil {
				return err
			}
			dir := filepath.Join(c.root, "e2e", "testdata", "states-"+toolchain.OldestProviderVersion)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			return renameio.WriteFile(filepath.Join(dir, stack+".json"), text, 0o644)
		}))
		if err != nil {
			return fmt.Errorf("%s: %w", stack, err)
		}
	}
	return nil
}

// writeBlock replaces what stands between two marks of a page.
func writeBlock(name, mark, text string) error {
	page, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	begin, end := fmt.Sprintf("<!-- %s -->\n", mark), fmt.Sprintf("<!-- /%s -->", mark)
	before, rest, found := strings.Cut(string(page), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s: got no block %q to %q, which the table goes into", name, strings.TrimSpace(begin), end)
	}
	return renameio.WriteFile(name, []byte(before+begin+"\n"+text+"\n"+end+after), 0o644)
}
