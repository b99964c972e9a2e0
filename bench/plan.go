package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// planning is how long it takes to see what a changed setting does to the dev stack,
// which is deployed: from the saved file to the summary of make plan, against
// terraform plan of the documents' HCL on the same state.
type planning struct {
	plan, hcl, diff time.Duration // medians; diff is 0 without the CDKTF CLI
	ratio           float64       // of plan to hcl, the median of those of the pairs
	low, high       float64
	pairs           int
}

// planned measures it on a local AWS of its own, with what make tools installs.
func (w *workspace) planned(runs int) (*planning, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	tools, err := toolchain.Prepare(ctx, w.root, os.Stderr)
	if err != nil {
		return nil, err
	}
	progress("deploying the documents' HCL to a local AWS")
	aws, err := emulator.Start(ctx, tools.Python, filepath.Join(w.dir, "aws"))
	if err != nil {
		return nil, err
	}
	d := &deployment{ctx: ctx, workspace: w, tools: tools, dir: filepath.Join(w.dir, "deployed")}
	d.env = append(append(tools.Env(), aws.Env()...), "CDKTF_OUTDIR="+filepath.Join(d.dir, "cdktf.out"), "CI=1", "TF_VAR_create_secret=true", "TF_VAR_prefect_api_key=not-a-key",
		"TF_VAR_prefect_account_id=9b649228-0419-40e1-9e0d-44954b5c0ab6", "TF_VAR_prefect_workspace_id=96bd3cf8-85c9-4545-9713-b4e3c3e03466")
	p, err := d.measure(runs)
	return p, errors.Join(err, aws.Stop())
}

// deployment is the dev stack, deployed by the HCL that a team has today.
type deployment struct {
	*workspace
	ctx   context.Context
	tools *toolchain.Toolchain
	dir   string // with environments in git, as a checkout has them
	env   []string
}

func (d *deployment) hcl() string  { return filepath.Join(d.dir, "hcl") }
func (d *deployment) file() string { return filepath.Join(d.dir, "environments", "dev.yaml") }

func (d *deployment) deploy() error {
	for _, name := range []string{"dev", "state-backend"} {
		data, err := os.ReadFile(filepath.Join(d.root, "environments", name+".yaml"))
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(d.file()), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(d.dir, "environments", name+".yaml"), data, 0o644); err != nil {
			return err
		}
	}
	if err := os.CopyFS(d.hcl(), os.DirFS(filepath.Join(d.root, "e2e", "testdata", "hcl", "readme"))); err != nil {
		return err
	}
	bucket := filepath.Join(d.dir, "cdktf.out", "stacks", "state-backend")
	for _, step := range []struct {
		dir  string
		args []string
	}{
		{d.dir, []string{"git", "init", "--quiet"}},
		{d.dir, []string{"git", "add", "environments"}},
		{d.dir, []string{"git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "--message", "As it is deployed"}},
		{d.dir, []string{d.binary}},
		{bucket, []string{d.tools.Terraform.Path, "init", "-input=false"}},
		{bucket, []string{d.tools.Terraform.Path, "apply", "-input=false", "-auto-approve"}},
		{d.hcl(), []string{d.tools.Terraform.Path, "init", "-input=false"}},
		{d.hcl(), []string{d.tools.Terraform.Path, "apply", "-input=false", "-auto-approve"}},
		{d.root, []string{"make", ".bin/plan"}},
	} {
		if _, _, err := d.run(step.dir, step.args...); err != nil {
			return err
		}
	}
	return nil
}

// run runs a program and says how long it took.
func (d *deployment) run(dir string, args ...string) (out string, took time.Duration, err error) {
	var b bytes.Buffer
	program, err := exec.LookPath(args[0])
	if err != nil {
		return "", 0, err
	}
	start := time.Now()
	err = process.Run(d.ctx, process.Command{Path: program, Args: args[1:], Dir: dir, Env: d.env, Stdout: &b, Stderr: &b})
	took = time.Since(start)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, b.String())
	}
	return b.String(), took, err
}

// measure runs pairs, each with another change of a setting.
func (d *deployment) measure(runs int) (*planning, error) {
	if err := d.deploy(); err != nil {
		return nil, err
	}
	committed, err := os.ReadFile(d.file())
	if err != nil {
		return nil, err
	}
	line := bytes.Count(committed, []byte("\n")) + 1
	save := func(days int) error {
		return os.WriteFile(d.file(), fmt.Appendf(committed[:len(committed):len(committed)], "logGroup: {retentionInDays: %d}\n", days), 0o644)
	}
	plan := func(want ...string) (time.Duration, error) {
		out, took, err := d.run(d.root, "make", "plan", "STACK=dev", "ENVIRONMENTS="+filepath.Join(d.dir, "environments"))
		return took, errors.Join(err, wanted("make plan", out, want...))
	}
	hcl := func() (time.Duration, error) {
		out, took, err := d.run(d.hcl(), d.tools.Terraform.Path, "plan", "-input=false", "-no-color")
		return took, errors.Join(err, wanted("terraform plan", out, "No changes."))
	}
	progress("make plan against terraform plan of the documents' HCL, %d pairs", runs)
	if _, err := plan("dev: No changes."); err != nil { // initializes the folder
		return nil, err
	}
	p := &planning{pairs: runs}
	var plans, hcls []time.Duration
	var ratios []float64
	for i := range runs {
		if err := save(30 + 30*(i%2)); err != nil {
			return nil, err
		}
		a, err := plan("dev: 1 changed", "logGroup.retentionInDays", fmt.Sprintf("dev.yaml:%d)", line))
		if err != nil {
			return nil, err
		}
		b, err := hcl()
		if err != nil {
			return nil, err
		}
		plans, hcls, ratios = append(plans, a), append(hcls, b), append(ratios, a.Seconds()/b.Seconds())
	}
	took := func(d time.Duration) time.Duration { return d }
	p.plan, p.hcl = median(plans, took), median(hcls, took)
	p.ratio, p.low, p.high = median(ratios, func(r float64) float64 { return r }), slices.Min(ratios), slices.Max(ratios)
	p.diff, err = d.diff()
	return p, err
}

// diff is the time of `cdktf diff`, which shows the same change.
func (d *deployment) diff() (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join(d.root, "cdktf.json"))
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(d.dir, "cdktf.json"), text, 0o644); err != nil {
		return 0, err
	}
	progress("`cdktf diff`, 3 runs")
	var all []time.Duration
	for range 3 {
		out, took, err := d.run(d.dir, d.tools.CDKTF, "diff", "dev", "--app", program.InShell(d.binary))
		if err := errors.Join(err, wanted("cdktf diff", out, "1 to change")); err != nil {
			return 0, err
		}
		all = append(all, took)
	}
	return median(all, func(d time.Duration) time.Duration { return d }), nil
}

// wanted makes sure that what was measured was done.
func wanted(name, out string, want ...string) error {
	for _, word := range want {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), word) {
			return fmt.Errorf("%s: no %q in:\n%s", name, word, out)
		}
	}
	return nil
}
