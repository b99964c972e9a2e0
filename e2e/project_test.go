//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/secretvalue"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// What every test shares; made once by TestMain.
var (
	root      string               // the checkout
	app       *synthesizer         // what main.go does
	sharedDir string               // for what all tests share
	tools     *toolchain.Toolchain // Terraform, provider, cdktf, Python
	forks     *emulator.Template   // what each test's emulator is forked from

	interrupted context.Context // ends with Ctrl-C, and with it what the tests have started
)

func TestMain(m *testing.M) {
	do := run
	if os.Getenv(synthesizerVariable) != "" {
		do = serveSynthesizer
	}
	code, err := do(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	var stop func()
	interrupted, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if root, err = toolchain.Root(); err != nil {
		return 1, err
	}
	if tools, err = toolchain.Prepare(interrupted, root, os.Stderr, toolchain.Everything...); err != nil {
		return 1, err
	}
	if sharedDir, err = os.MkdirTemp("", "e2e"); err != nil {
		return 1, err
	}
	defer os.RemoveAll(sharedDir)
	if forks, err = emulator.NewTemplate(tools.Python, filepath.Join(sharedDir, "aws")); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, forks.Close()) }()
	if app, err = startSynthesizer(); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, app.stop()) }()
	code = m.Run()
	if startedPrefect != nil {
		err = startedPrefect.Stop()
	}
	if interrupted.Err() != nil {
		code = 130
	}
	return code, err
}

// shortLived are settings for Terraform and its provider, which end before
// collecting garbage is worth a quarter of their time.
var shortLived = []string{"GOGC=off", "GOMEMLIMIT=640MiB"}

// longest are the tests that take more than a minute, most of it waiting for what they
// deploy, the longest first. Those that begin last would still run when all others
// have ended; go test -v says how long each takes.
var longest = []string{
	"TestReadme", "TestDocumentedEnvironments", "TestIdentity", "TestReadmeDemo", "TestProd", "TestProdPlans", "TestState", "TestOperations",
	"TestAdopt", "TestWorkflowScripts", "TestLateRuns", "TestNetwork", "TestExistingCluster", "TestExample", "TestDev", "TestTwoTeams",
	"TestWriteOnlySecret", "TestStateBackend", "TestExistingNetwork", "TestStrictApply", "TestWorkers", "TestSecretChanges",
}

// sideBySide is how many tests run at once: memory is what limits them.
const sideBySide = 16

// turns are the tests' places. Go starts parallel tests in no order that could be
// relied on.
var turns struct {
	sync.Mutex
	running int
	waiting []waiting // by rank
}

// waiting is a test that waits for its turn.
type waiting struct {
	rank int
	turn chan struct{}
}

// parallel has a test run beside others, when it is its turn.
func parallel(t *testing.T) {
	t.Helper()
	t.Parallel()
	test, _, _ := strings.Cut(t.Name(), "/")
	rank := slices.Index(longest, test)
	if rank < 0 {
		rank = len(longest)
	}
	w := waiting{rank, make(chan struct{})}
	turns.Lock()
	at, _ := slices.BinarySearchFunc(turns.waiting, rank+1, func(w waiting, rank int) int { return w.rank - rank })
	turns.waiting = slices.Insert(turns.waiting, at, w)
	turns.Unlock()
	time.AfterFunc(time.Second, giveTurns) // by then the others, which Go has start together, wait too
	<-w.turn
	began := time.Now()
	t.Cleanup(func() {
		t.Logf("took %s, without waiting for other tests", time.Since(began).Round(time.Second))
		turns.Lock()
		turns.running--
		turns.Unlock()
		giveTurns()
	})
}

func giveTurns() {
	turns.Lock()
	defer turns.Unlock()
	for turns.running < sideBySide && len(turns.waiting) > 0 {
		close(turns.waiting[0].turn)
		turns.waiting = turns.waiting[1:]
		turns.running++
	}
}

// during is a context that ends with the test, or with an interrupt.
func during(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	stop := context.AfterFunc(interrupted, cancel)
	return ctx, func() { stop(); cancel() }
}

// project is a project's folder with its own emulator, so that tests run side
// by side without seeing each other's resources.
type project struct {
	t        *testing.T
	dir      string
	env      []string
	emulator *emulator.Emulator
}

// newProject starts an empty AWS and a provider, and synthesizes the
// environments: the checkout's own, overlaid with the given files, see synth.
func newProject(t *testing.T, environments map[string]string, options ...emulator.Option) *project {
	t.Helper()
	p := newProjectAsUsers(t, environments, options...)
	p.env = append(p.env, serveProvider(t, p.dir, p.env)...)
	return p
}

// newProjectAsUsers is a project in which Terraform installs and starts its
// provider itself, for each of its runs.
func newProjectAsUsers(t *testing.T, environments map[string]string, options ...emulator.Option) *project {
	t.Helper()
	parallel(t)
	if interrupted.Err() != nil {
		t.Fatal("interrupted")
	}
	p := &project{t: t, dir: t.TempDir()}
	p.start(options...)
	if environments == nil {
		p.copySynthesized()
	} else {
		p.synth(environments)
	}
	return p
}

// synthesized is a folder with the checkout's own environments and what they are
// synthesized to, once for all tests.
var synthesized = sync.OnceValues(func() (string, error) {
	into := filepath.Join(sharedDir, "synthesized")
	if err := os.CopyFS(filepath.Join(into, "environments"), os.DirFS(filepath.Join(root, "environments"))); err != nil && !os.IsNotExist(err) {
		return "", err
	}
	return into, app.synthesize(interrupted, into, "")
})

func (p *project) copySynthesized() {
	p.t.Helper()
	dir, err := synthesized()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.CopyFS(p.dir, os.DirFS(dir)); err != nil {
		p.t.Fatal(err)
	}
	p.shareAssets()
}

// start starts an empty AWS, which ends with the test.
func (p *project) start(options ...emulator.Option) {
	p.t.Helper()
	ctx, cancel := during(p.t)
	defer cancel()
	e, err := forks.Start(ctx, filepath.Join(p.t.TempDir(), "emulator"), options...)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if log, err := os.ReadFile(e.LogFile()); err == nil && bytes.Contains(log, []byte("strict: failed")) {
			p.t.Errorf("the emulator could not check a request:\n%s", log)
		}
		if err := e.Stop(); err != nil {
			p.t.Error(err)
		}
	})
	p.emulator = e
	p.env = slices.Concat(tools.Env(), e.Env(), shortLived)
}

// synth writes the given files over the checkout's environments, and synthesizes them.
func (p *project) synth(environments map[string]string) {
	p.t.Helper()
	dir := filepath.Join(p.dir, "environments")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "environments"))); err != nil && !os.IsExist(err) {
		p.t.Fatal(err)
	}
	for name, text := range environments {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := app.synthesize(p.t.Context(), p.dir, ""); err != nil {
		p.t.Fatal(err)
	}
	p.shareAssets()
}

// shareAssets puts the stacks' files where a provider that is served finds them:
// their names say what is in them, so that one folder is enough.
func (p *project) shareAssets() {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "cdktf.out", "stacks", "*", "assets", "*", "*", "*"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, file := range files {
		_, asset, _ := strings.Cut(file, string(filepath.Separator)+"assets"+string(filepath.Separator))
		to := filepath.Join(p.dir, "assets", asset)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			p.t.Fatal(err)
		}
		copyFile(p.t, file, to)
	}
}

// in is the project for a subtest.
func (p *project) in(t *testing.T) *project {
	sub := *p
	sub.t = t
	return &sub
}

// stack is a folder in which Terraform runs, with values for its variables.
type stack struct {
	*project
	dir  string
	vars map[string]string
}

// stack initializes a synthesized stack with the backend it asks for.
func (p *project) stack(name string, vars map[string]string) *stack {
	p.t.Helper()
	s := &stack{p, filepath.Join(p.dir, "cdktf.out", "stacks", name), vars}
	s.must(s.terraform("init", "-input=false"))
	return s
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

// hcl initializes HCL from testdata, as a team has it today.
func (p *project) hcl(name string, vars map[string]string) *stack {
	p.t.Helper()
	s := &stack{p, filepath.Join(p.dir, "hcl", name), vars}
	if err := os.CopyFS(s.dir, os.DirFS(filepath.Join(root, "e2e", "testdata", "hcl", name))); err != nil {
		p.t.Fatal(err)
	}
	s.must(s.terraform("init", "-input=false"))
	return s
}

func (s *stack) environ() []string {
	var env []string
	for name, value := range s.vars {
		env = append(env, "TF_VAR_"+name+"="+value)
	}
	return env
}

func (s *stack) terraform(args ...string) (string, error) {
	s.t.Helper()
	return s.exec(s.dir, s.environ(), tools.Terraform.Path, append(args, "-no-color")...)
}

// apply applies and returns how many resources were added.
func (s *stack) apply() int {
	s.t.Helper()
	out := s.must(s.terraform("apply", "-input=false", "-auto-approve"))
	var added int
	i := strings.Index(out, "Resources: ")
	if i < 0 {
		s.t.Fatalf("no count of resources in:\n%s", out)
	}
	if _, err := fmt.Sscanf(out[i:], "Resources: %d added", &added); err != nil {
		s.t.Fatal(err)
	}
	return added
}

func (s *stack) plan() *tfjson.Plan {
	s.t.Helper()
	plan, _ := s.planJSON()
	return plan
}

// planJSON is a plan, also as Terraform writes it.
func (s *stack) planJSON() (*tfjson.Plan, []byte) {
	s.t.Helper()
	ctx, cancel := during(s.t)
	defer cancel()
	text, err := toolchain.PlanJSON(ctx, tools.Terraform.Path, s.dir, slices.Concat(s.env, s.environ()))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.parse(text), text
}

// parse reads a plan as terraform show -json writes it.
func (s *stack) parse(text []byte) *tfjson.Plan {
	s.t.Helper()
	plan := &tfjson.Plan{}
	if err := plan.UnmarshalJSON(text); err != nil {
		s.t.Fatal(err)
	}
	return plan
}

// unchanged checks that a plan wants nothing.
func (s *stack) unchanged() {
	s.t.Helper()
	if _, err := s.terraform("plan", "-input=false", "-detailed-exitcode"); err != nil { // there is a change, or an error
		s.unchangedPlan()
		if !s.t.Failed() {
			s.t.Errorf("a plan failed, and the next one is empty: %v", err)
		}
	}
}

// unchangedPlan is unchanged, and returns the plan as Terraform writes it.
func (s *stack) unchangedPlan() []byte {
	s.t.Helper()
	plan, text := s.planJSON()
	s.empty(plan)
	return text
}

// empty checks that a plan wants nothing.
func (s *stack) empty(plan *tfjson.Plan) {
	s.t.Helper()
	for _, change := range emulator.Changes(plan) {
		s.t.Errorf("the plan is not empty: %s", change)
	}
}

// putSecretValue creates the stack's secret, alone, and stores a value in it.
func (s *stack) putSecretValue(value string) { s.t.Helper(); s.putOwnValue("", value) }

// putOwnValue is putSecretValue for a worker's own secret.
func (s *stack) putOwnValue(worker, value string) {
	s.t.Helper()
	ctx, cancel := during(s.t)
	defer cancel()
	secret := &secretvalue.Stack{Dir: s.dir, Terraform: tools.Terraform.Path, Env: slices.Concat(s.env, s.environ()), Worker: worker}
	arn, _, err := secret.Secret(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := secret.Put(ctx, arn, value, s.emulator.SDK()); err != nil {
		s.t.Fatal(err)
	}
}

// destroy destroys everything and checks that all of it is gone.
func (s *stack) destroy(options ...string) {
	s.t.Helper()
	s.must(s.terraform(append([]string{"destroy", "-input=false", "-auto-approve"}, options...)...))
	if left := strings.TrimSpace(s.must(s.exec(s.dir, nil, tools.Terraform.Path, "state", "list"))); left != "" {
		s.t.Errorf("destroy left:\n%s", left)
	}
}

// destroyAfterQueues destroys a stack whose queues somebody has deleted before. The
// provider asks for a queue that it has deleted 15 times more, for two minutes:
// TestProdPlans waits for that. A refresh would ask for 20 seconds for each that is
// gone, and for what belongs to it.
func (s *stack) destroyAfterQueues() {
	s.t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct{ Attributes struct{ URL string } }
		}
	}
	if err := json.Unmarshal([]byte(s.must(s.exec(s.dir, nil, tools.Terraform.Path, "state", "pull"))), &state); err != nil {
		s.t.Fatal(err)
	}
	args := []string{"-c", `import boto3, sys
for url in sys.argv[1:]: boto3.client("sqs").delete_queue(QueueUrl=url)`}
	for _, r := range state.Resources {
		if r.Type == "aws_sqs_queue" {
			args = append(args, r.Instances[0].Attributes.URL)
		}
	}
	s.must(s.exec(s.dir, nil, tools.Python, args...))
	s.destroy("-refresh=false")
}

// exec runs a program and returns what it printed.
func (p *project) exec(dir string, env []string, name string, args ...string) (string, error) {
	p.t.Helper()
	var out bytes.Buffer
	err := p.run(process.Command{Path: name, Args: args, Dir: dir, Env: slices.Concat(p.env, env), Stdout: &out, Stderr: &out})
	return out.String(), err
}

// run runs a program until it, the test or all tests are at their end. The unit tests
// and TestReadme, whose commands follow one another, go before it: with a share as
// small as the others' they would still run when these have ended.
func (p *project) run(c process.Command) error {
	ctx, cancel := during(p.t)
	defer cancel()
	if p.t.Name() != "TestReadme" {
		c.Path, c.Args = "nice", slices.Concat([]string{"-n", "10", c.Path}, c.Args)
	}
	return process.Run(ctx, c)
}

func (p *project) must(out string, err error) string {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// unwrapped is Terraform's text without its frames and line breaks.
func unwrapped(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "│", " ")), " ")
}
