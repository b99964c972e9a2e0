//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/pages"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// reader types README's commands in a copy of the checkout.
type reader struct {
	*project
	documented map[string]pages.Block // by file name
}

// newReader has saved README's files.
func newReader(p *project) *reader {
	p.t.Helper()
	p.env = append(p.env, "XDG_CACHE_HOME="+cacheHome(p.t),
		// The CLI asks before it deploys or destroys; there is nobody to answer here.
		"CDKTF_AUTO_APPROVE=true", "CI=true")
	p.dir = copyOfCheckout(p.t)
	p.shareNodeModules()
	documented, err := pages.Environments(root)
	if err != nil {
		p.t.Fatal(err)
	}
	r := &reader{p, documented}
	for _, name := range []string{"first.yaml", "first-state.yaml"} {
		r.write("environments/"+name, documented[name].Text)
	}
	if err := os.Mkdir(filepath.Join(p.dir, "environments", "first"), 0o755); err != nil {
		p.t.Fatal(err)
	}
	r.write("environments/first/tags_override.tf", `resource "aws_ecs_cluster" "prefect" { tags = { CostCenter = "4711" } }`)
	return r
}

func (r *reader) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reader) sh(command string) string {
	r.t.Helper()
	began := time.Now()
	defer func() { r.t.Logf("%s: %s", command, time.Since(began).Round(time.Second)) }()
	return r.must(r.exec(r.dir, nil, "bash", "-c", command))
}

func (r *reader) want(out string, words ...string) {
	r.t.Helper()
	for _, word := range words {
		if !strings.Contains(out, word) {
			r.t.Errorf("no %q in:\n%s", word, out)
		}
	}
}

// TestReadmeWithoutAWS types the commands that need no account.
func TestReadmeWithoutAWS(t *testing.T) {
	parallel(t)
	r := newReader(&project{t: t, env: tools.Env()})
	r.sh(`make synth`)
	r.want(r.sh(`make new-env NAME=second`), "wrote environments/second.yaml", "make put-secret-value STACK=second")
	if out := r.sh(`make synth STACK=second`); strings.Contains(out, "warning:") || !strings.Contains(out, "wrote cdktf.out/stacks/second/cdk.tf.json") {
		t.Errorf("a new stack: got:\n%s", out)
	}
	r.want(r.sh(`make cost STACK=first`), "NAT gateways: 1 gateway")
	_, list, _ := strings.Cut(r.sh(`npx cdktf list`), "Stack name")
	var stacks []string
	for _, name := range []string{"design", "dev", "first", "first-state", "prod", "second", "state-backend"} {
		stacks = append(stacks, name, "cdktf.out/stacks/"+name)
	}
	if got := strings.Fields(list); !slices.Equal(got, append([]string{"Path"}, stacks...)) {
		t.Errorf("cdktf list printed %q, want %q", got, stacks)
	}
}

// TestReadme types README's commands, one after the other: with the emulator's
// environment, as a reader would.
func TestReadme(t *testing.T) {
	r := newReader(newProjectAsUsers(t, nil))
	dir, documented, sh, want, write := r.dir, r.documented, r.sh, r.want, r.write
	p := r.project
	sh(`npx cdktf deploy first-state`)

	want(sh(`make doctor STACK=first`), "s3://acme-prefect-state/", "make put-secret-value STACK=first", "Do the steps marked \"to do\" before you deploy.")

	t.Log("the secret, with its value")
	path := []string{"PATH=" + filepath.Dir(tools.Terraform.Path) + string(os.PathListSeparator) + os.Getenv("PATH")}
	put := func() string {
		return p.must(p.exec(dir, path, "bash", "-c", "printf not-a-key | "+`make put-secret-value STACK=first`))
	}
	want(put(), "created arn:aws:secretsmanager:us-east-1:123456789012:secret:first-prefect-api-", "Key stored.")
	if again := put(); strings.Contains(again, "created arn") || strings.Contains(again, "not-a-key") {
		t.Errorf("a second value: got:\n%s", again)
	}
	want(p.must(p.exec(dir, nil, tools.Python, "-c",
		`import boto3; print(boto3.client("secretsmanager").get_secret_value(SecretId="first-prefect-api")["SecretString"])`)), "not-a-key")

	makePlan := func(wanted ...string) {
		t.Helper()
		tmp := t.TempDir()
		out := p.must(p.exec(dir, []string{"TMPDIR=" + tmp}, "bash", "-c", `make plan STACK=first`))
		want(unwrapped(out), append(wanted, "first, against the state s3://acme-prefect-state/")...)
		if left, err := filepath.Glob(filepath.Join(tmp, "*")); err != nil || len(left) > 0 {
			t.Errorf("make plan left %v (%v); a plan holds secrets", left, err)
		}
	}
	const next = "Next, which plans again: npx cdktf deploy first"
	makePlan("first: 81 created, 8 security findings", next)
	want(sh(`npx cdktf deploy first`), "Resources: 81 added, 0 changed, 0 destroyed.")
	want(sh(`npx cdktf output first`), "ecs_cluster_arn", "prefect-worker")
	write("environments/first.yaml", documented["first.yaml"].Text+"logGroup: {retentionInDays: 7}\n")
	line := strings.Count(documented["first.yaml"].Text, "\n") + 1
	makePlan("first: 2 changed", fmt.Sprintf("retention_in_days 365 → 7. (logGroup.retentionInDays, environments/first.yaml:%d)", line))
	write("environments/first.yaml", documented["first.yaml"].Text)
	makePlan("first: No changes.")
	sh(`git init -q -b main && git -c user.name=e2e -c user.email=e2e@example.com add -A && git -c user.name=e2e -c user.email=e2e@example.com commit -q -m deployed`)
	want(p.must(p.exec(dir, append(path, "TERRAFORM_BINARY_NAME="+tools.Terraform.Path), "bash", "-c", `make review STACK=first`)), "first: No changes.", "compared with the state s3://acme-prefect-state/")
	plan := strings.Join([]string{
		`terraform -chdir=cdktf.out/stacks/first init`,
		`terraform -chdir=cdktf.out/stacks/first plan` + " -out=tfplan",
	}, "\n")
	if _, err := exec.LookPath("terraform"); err != nil {
		plan = strings.ReplaceAll(plan, "terraform ", tools.Terraform.Path+" ")
	}
	sh(plan)
	first := &stack{project: p, dir: filepath.Join(dir, "cdktf.out", "stacks", "first")}
	first.empty(first.parse([]byte(first.must(first.terraform("show", "-json", "tfplan")))))
	want(first.must(first.terraform("state", "show", "aws_ecs_cluster.prefect")), `"CostCenter"`)
	state := filepath.Join(t.TempDir(), "first.tfstate")
	if err := os.WriteFile(state, []byte(first.must(first.terraform("state", "pull"))), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := sh("make adopt STATE=" + state + " NAME=copy"); !strings.Contains(out, "The plan changes no resource") || strings.Contains(out, "not adopted") {
		t.Errorf("make adopt of a stack's own state: got:\n%s", out)
	}
	for _, name := range []string{"copy.yaml", "copy"} {
		if err := os.RemoveAll(filepath.Join(dir, "environments", name)); err != nil {
			t.Fatal(err)
		}
	}
	// A queue takes two minutes to destroy: TestProdPlans waits for that.
	var queues []string
	for _, address := range strings.Fields(first.must(first.terraform("state", "list"))) {
		if strings.HasPrefix(address, "aws_sqs_queue") {
			queues = append(queues, address)
		}
	}
	first.must(first.terraform(append([]string{"state", "rm"}, queues...)...))
	want(sh(`npx cdktf destroy first`), fmt.Sprintf("Resources: %d destroyed.", 82-len(queues))) // the secret is one of them
}

// TestReadmeEmulator: the emulator of a checkout is started once, printed as
// export lines alone, and ended.
func TestReadmeEmulator(t *testing.T) {
	parallel(t)
	p := &project{t: t, env: []string{"XDG_CACHE_HOME=" + cacheHome(t)}, dir: copyOfCheckout(t)}
	p.shareNodeModules()
	run := func(command string) string {
		t.Helper()
		var out bytes.Buffer // without what is printed for people, on standard error
		if err := p.run(process.Command{Path: "bash", Args: []string{"-c", command}, Dir: p.dir, Env: p.env, Stdout: &out}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	defer run(`make emulator-stop`)
	out := run(`make emulator`)
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.HasPrefix(line, "export ") {
			t.Errorf("got %q on stdout, want export lines alone", line)
		}
	}
	if again := run(`make -s emulator`); again != out {
		t.Errorf("the second call printed:\n%s\nthe first:\n%s", again, out)
	}
	if endpoint := run(`eval "$(make -s emulator)"` + "\necho -n $AWS_ENDPOINT_URL"); !strings.HasPrefix(endpoint, "http") {
		t.Errorf("AWS_ENDPOINT_URL: got %q", endpoint)
	}
}

// TestReadmeDemo runs README's first command, and the one for the documented
// deployment.
func TestReadmeDemo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		command string
		want    []string
	}{
		{`make demo`, []string{"PENDING", "COMPLETED", "hello, ECS", "Finished in state Completed()", "demo: no changes", "demo passed in "}},
		{`make demo STACK=dev`, []string{"prefect-secrets-policy: Allow secretsmanager:CreateSecret", "does not allow: ecs:RegisterTaskDefinition", "dev: no changes", "demo passed in "}},
	} {
		t.Run(tt.command, func(t *testing.T) {
			parallel(t)
			p := &project{t: t, dir: copyOfCheckout(t)}
			p.shareNodeModules()
			out := p.must(p.exec(p.dir, []string{"XDG_CACHE_HOME=" + cacheHome(t)}, "bash", "-c", tt.command))
			rest := out
			for _, want := range tt.want {
				var found bool
				if _, rest, found = strings.Cut(rest, want); !found {
					t.Fatalf("no %q, in this order, in:\n%s", want, out)
				}
			}
		})
	}
}

// TestDemoTakesATaskOnce: one that stops between the lists of running and stopped
// tasks is in both.
func TestDemoTakesATaskOnce(t *testing.T) {
	parallel(t)
	p := &project{t: t, dir: t.TempDir()}
	const script = `import sys, types
class ECS:
    def list_tasks(self, cluster, desiredStatus): return {"taskArns": ["arn:of:a:task"]}
    def describe_tasks(self, cluster, tasks, include): return {"tasks": [{"taskArn": arn} for arn in tasks]}
sys.modules["boto3"] = types.SimpleNamespace(client=lambda service: ECS())
program = {"__name__": "aws"}
exec(open(sys.argv[1]).read(), program)
print([task["taskArn"] for task in program["tasks"]("cluster")])`
	got := p.must(p.exec(p.dir, nil, tools.Python, "-c", script, filepath.Join(root, "internal", "cmd", "local", "demo", "aws.py")))
	if strings.TrimSpace(got) != "['arn:of:a:task']" {
		t.Errorf("got %s, want the task once", got)
	}
}

// copyOfCheckout copies what git would: no cdktf.out, no node_modules.
func copyOfCheckout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	files.Dir = root
	out, err := files.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		data, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// shareNodeModules gives a copy of the checkout what npm has installed into the
// checkout.
func (p *project) shareNodeModules() {
	p.t.Helper()
	if err := os.Symlink(filepath.Join(root, "node_modules"), filepath.Join(p.dir, "node_modules")); err != nil {
		p.t.Fatal(err)
	}
}

// cacheHome is the user's cache folder: what was built once is not built again.
func cacheHome(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(home, ".cache")
}
