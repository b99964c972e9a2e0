package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
)

func TestMain(m *testing.M) { os.Exit(kernel.Main(m)) }

// repository is an empty one, with what runs git and writes files in it.
func repository(t *testing.T) (dir string, git func(args ...string), write func(name, text string)) {
	dir = t.TempDir()
	git = func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write = func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, git, write
}

// TestOwnProgram: where the app's code is another one at the base, the base is what its
// own code makes, and what only differs by that is the code's.
func TestOwnProgram(t *testing.T) {
	dir, git, write := repository(t)
	const golden = "../../../stacks/testdata/readme/"
	file, err := os.ReadFile(golden + "environment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(golden + synthesized.FileName)
	if err != nil {
		t.Fatal(err)
	}
	before := bytes.Replace(made, []byte(`"enable_dns_hostnames": true`), []byte(`"enable_dns_hostnames": false`), 1)
	if bytes.Equal(before, made) {
		t.Fatal("the base's program makes nothing else")
	}
	write("environments/e.yaml", string(file))
	program := func(does string) {
		write("main.go", "package main\n\nimport (\n\t_ \"embed\"\n\t\"os\"\n)\n\n//go:embed made.json\nvar made []byte\n\nfunc main() {\n"+does+"\n}\n")
	}
	git("init", "-q", "-b", "main")
	write("go.mod", "module app\n\ngo 1.26\n")
	write("made.json", string(before))
	program("\tos.Exit(1)")
	git("add", ".")
	git("commit", "-q", "-m", "a program that fails")
	program("\tdir := os.Getenv(\"CDKTF_OUTDIR\") + \"/stacks/e\"\n\tif os.MkdirAll(dir, 0o700) != nil || os.WriteFile(dir+\"/cdk.tf.json\", made, 0o600) != nil {\n\t\tos.Exit(1)\n\t}")
	git("commit", "-q", "-a", "-m", "one that works")
	write("environments/e.yaml", string(file)+"logGroup: {retentionInDays: 30}\n")
	program("\t// another one")

	q := request{root: dir, environments: filepath.Join(dir, "environments"), stack: "e", base: "main", log: progress.New(io.Discard)}
	all, _, err := q.reviews(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("got %d reviews, %v, want one", len(all), err)
	}
	var text strings.Builder
	if err := review.Text(&text, all[0].review, review.Options{Width: 300}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"retention_in_days 14 → 30. (logGroup.retentionInDays, ", "enable_dns_hostnames false → true. (the app's own code)"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, &text)
		}
	}
	q.base = "HEAD~1"
	q.stack = "ee"
	if _, _, err := q.reviews(t.Context()); err == nil || err.Error() != `stack: got "ee", want one of: e` {
		t.Errorf("a stack of neither, before the program that fails: got %v", err)
	}
	q.stack = "e"
	if _, _, err := q.reviews(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot synthesize its stacks; give another BASE") {
		t.Errorf("a program that fails: got %v", err)
	}
}

// TestReview: in its own repository of environment files, each way in which a
// stack can differ from the base, committed or not.
func TestReview(t *testing.T) {
	dir, git, write := repository(t)
	stack := func(name, more string) string {
		return "preset: readme\nnameTag: " + name + "\ncluster: {name: " + name + "}\ntaskExecutionRole: {name: " + name + "-execution}\nrepository: null\n" + more
	}
	git("init", "-q", "-b", "main")
	write("environments/same.yaml", stack("same", ""))
	write("environments/changed.yaml", stack("changed", ""))
	write("environments/gone.yaml", stack("gone", ""))
	git("add", ".")
	git("commit", "-q", "-m", "first")
	write("environments/changed.yaml", stack("changed", "worker:\n  cpu: 1024\n  memoryMiB: 2048\n"))
	write("environments/changed/topic.tf", "resource \"aws_sns_topic\" \"mine\" {\n  name = \"mine\"\n}\n")
	if err := os.Remove(filepath.Join(dir, "environments/gone.yaml")); err != nil {
		t.Fatal(err)
	}
	write("environments/new.yaml", stack("new", ""))

	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(q request) (map[string]written, error) {
		q.root, q.environments, q.log = root, filepath.Join(dir, "environments"), progress.New(io.Discard)
		all, _, err := q.reviews(t.Context())
		found := map[string]written{}
		for _, w := range all {
			found[w.review.Stack] = w
		}
		return found, err
	}
	temporary := func() []string {
		all, _ := filepath.Glob(filepath.Join(os.TempDir(), "review-*"))
		return all
	}
	before := temporary()
	all, err := ask(request{base: "main"})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 {
		t.Errorf("got %d reviews, want those of changed, gone and new", len(all))
	}
	texts := func(stack string) string {
		if all[stack].review == nil {
			return ""
		}
		var text strings.Builder
		for _, l := range all[stack].review.Lines {
			text.WriteString(string(l.Group) + ": " + l.Text)
			for _, c := range l.Causes {
				text.WriteString(" (" + c.String() + ")")
			}
			text.WriteString("\n")
		}
		return text.String() + strings.Join(all[stack].review.Notes, "\n")
	}
	for stack, want := range map[string][]string{
		"changed": {"gets a new revision: cpu 512 → 1024, memory 1024 → 2048; the service is redeployed. (worker.cpu, ", "changed.yaml:7)", "SNS topic mine is created. (Terraform beside the stack, ", "changed/topic.tf:1)", "Cost: "},
		"gone":    {"Destroyed: ECS cluster gone is destroyed", "That alone destroys nothing"},
		"new":     {"ECS cluster new is created", "The stack is new"},
	} {
		for _, w := range want {
			if !strings.Contains(texts(stack), w) {
				t.Errorf("%s: no %q in\n%s", stack, w, texts(stack))
			}
		}
	}
	if after := temporary(); !slices.Equal(before, after) {
		t.Errorf("left in the temporary folder: %v, before %v", after, before)
	}

	one, err := ask(request{base: "HEAD", stack: "same"})
	if err != nil || len(one) != 1 || len(one["same"].review.Lines) != 0 {
		t.Errorf("a stack that is as it was: got %v, %v", one, err)
	}
	write("plan.txt", "Plan: 1 to add")
	q := request{root: root, html: filepath.Join(dir, "out", "review.html"), markdown: filepath.Join(dir, "out", "review.md"), planText: filepath.Join(dir, "plan.txt")}
	if _, err := toolchain.Prepare(t.Context(), root, io.Discard, toolchain.NodeTools); err != nil && progress.InCI() {
		t.Fatal(err)
	} else if err != nil {
		t.Logf("no page, for its icons are not there: %v", err)
		q.html = ""
	}
	files, err := q.files(t.Context(), []written{all["changed"], all["new"], all["gone"]})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		want := []string{"Plan: 1 to add"}
		if name := filepath.Base(f.name); name == "review.html" {
			want = []string{"<title>Review of 3 stacks</title>", "change: aws_ecs_service.prefect_service, aws_ecs_task_definition.prefect_worker", "destroy: aws_ecs_cluster.prefect", "create: aws_ecs_cluster.prefect"}
		} else if !slices.Contains([]string{"review-changed.md", "review-new.md", "review-gone.md"}, name) {
			t.Errorf("got the file %q", f.name)
		}
		for _, w := range want {
			if !strings.Contains(string(f.text), w) {
				t.Errorf("%s has no %q", f.name, w)
			}
		}
	}
	if want := 4; len(files) != want && q.html != "" {
		t.Errorf("got %d files, want %d", len(files), want)
	}
	for _, tt := range []struct {
		q    request
		want string
	}{
		{request{base: "nope"}, `BASE: got "nope", want a branch, tag or commit`},
		{request{base: "main", stack: "chagned"}, `stack: got "chagned", did you mean "changed"? (allowed: changed, gone, new, same)`},
		{request{base: "main", stack: "changed", plan: filepath.Join(dir, "nope")}, "terraform plan -out=tfplan"},
	} {
		if _, err := ask(tt.q); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
	write("plan.json", `{"format_version": "1.2", "resource_changes": [{"address": "aws_ecs_service.prefect_service", "mode": "managed", "type": "aws_ecs_service", "name": "prefect_service",
		"change": {"actions": ["update"], "before": {"name": "changed", "desired_count": 1}, "after": {"name": "changed", "desired_count": 2}}}]}`)
	planned, err := ask(request{base: "main", stack: "changed", plan: filepath.Join(dir, "plan.json")})
	if err != nil {
		t.Fatal(err)
	}
	if r := planned["changed"].review; !r.Planned || len(r.Lines) == 0 || slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "No plan was given") }) {
		t.Errorf("a plan: got %+v", r)
	}
	if err := run(t.Context(), []string{"-plan", "x"}); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("a plan without a stack: got %v", err)
	}
}
