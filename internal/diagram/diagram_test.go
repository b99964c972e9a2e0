package diagram

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

func cases(t *testing.T) map[string]*synthesized.Stack {
	t.Helper()
	files, err := filepath.Glob("../../stacks/testdata/*/" + synthesized.FileName)
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	all := map[string]*synthesized.Stack{}
	for _, f := range files {
		dir := filepath.Dir(f)
		if all[filepath.Base(dir)], err = synthesized.Read(dir); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestEverything: every resource of every whole golden is drawn or belongs to one
// that is, every arrow begins and ends at a box, and every icon is AWS's.
func TestEverything(t *testing.T) {
	for name, stack := range cases(t) {
		picture := Of(name, stack)
		boxes := map[string]bool{}
		var walk func(in string, b *Box)
		walk = func(in string, b *Box) {
			path := strings.TrimPrefix(in+"."+b.ID, ".")
			if boxes[path] {
				t.Errorf("%s: two boxes at %s", name, path)
			}
			boxes[path] = true
			if b.ID == "others" {
				t.Errorf("%s: no place for %v", name, b.Lines)
			}
			if _, err := os.Stat(filepath.Join("../..", Icons, b.Icon+".svg")); b.Icon != "" && err != nil && installed() {
				t.Errorf("%s: %v", path, err)
			}
			for _, inner := range b.Boxes {
				walk(path, inner)
			}
		}
		for _, b := range picture.Boxes {
			walk("", b)
		}
		for _, a := range picture.Arrows {
			if !boxes[a.From] || !boxes[a.To] {
				t.Errorf("%s: the arrow %+v begins or ends nowhere", name, a)
			}
		}
	}
}

func installed() bool {
	_, err := os.Stat(filepath.Join("../..", Icons))
	return err == nil
}

// TestSays: what a reviewer looks for is in the picture.
func TestSays(t *testing.T) {
	all := cases(t)
	for name, want := range map[string][]string{
		"readme": {
			"VPC 10.0.0.0/16", "us-east-1c", "Private subnet 10.0.12.0/24", "0.0.0.0/0 → NAT gateway", "Service dev-worker<br>1 task on FARGATE<br>0.5 vCPU, 1 GiB",
			"Execution role and task role prefect-task-execution-role", "tasks, ingress 80 from 0.0.0.0/0, 22 from 0.0.0.0/0, 443 from 0.0.0.0/0", "api.prefect.cloud",
		},
		"production": {
			"2 to 6 tasks on FARGATE, FARGATE_SPOT", "Flow run role prefect-prod-flow-run", "iam: PassRole", "tasks, no ingress", "8 alarms", "Topic<br>prefect-prod-alerts",
			"s3 endpoint", "and prefect-prod-ecs-events-dead-letter", `-->|"polls"| region_aws_sqs_queue_crash_events`,
		},
		"complete":       {"tasks, ingress 8787 from 10.0.0.0/16"},
		"github-actions": {"Role github-actions-apply", "OpenID Connect provider"},
		"state-backend":  {"S3 bucket", "DynamoDB table"},
	} {
		text := Mermaid(Of(name, all[name]))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", name, w, text)
			}
		}
	}
	if n := strings.Count(Mermaid(Of("readme", all["readme"])), `["NAT gateway"]`); n != 1 {
		t.Errorf("readme: %d NAT gateways, want 1", n)
	}
}

// TestBesideAStack: Terraform that lies beside a stack is drawn as the stack's own, what
// the picture does not know is listed, and an override counts.
func TestBesideAStack(t *testing.T) {
	dir := t.TempDir()
	json, err := os.ReadFile("../../stacks/testdata/readme/" + synthesized.FileName)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		synthesized.FileName: string(json),
		"queue.tf":           "resource \"aws_sqs_queue\" \"mine\" {\n  name = \"${aws_ecs_cluster.prefect.name}-mine\"\n}\nresource \"aws_sqs_queue_policy\" \"mine\" {\n  queue_url = aws_sqs_queue.mine.id\n}\n",
		"other.tf":           "resource \"aws_athena_workgroup\" \"mine\" {\n  name = \"mine\"\n}\n",
		"more.tf.json":       `{"resource": {"aws_s3_bucket": {"mine": {"bucket": "my-bucket"}}}}`,
		"size_override.tf":   "resource \"aws_ecs_task_definition\" \"prefect_worker\" {\n  cpu = 2048\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := synthesized.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	picture := Of("beside", s)
	text := Mermaid(picture)
	for _, want := range []string{"Queue<br>prefect-cluster-mine", "S3 bucket<br>my-bucket", "Besides<br>aws_athena_workgroup.mine", "2 vCPU, 1 GiB"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, address := range []string{"aws_sqs_queue_policy.mine", "aws_athena_workgroup.mine"} {
		if path := picture.Place(address); path == "" || !picture.has(path) {
			t.Errorf("%s is at %q", address, path)
		}
	}
}

// TestSVG: the picture is XML with both themes and its digest, which changes with
// what it says.
func TestSVG(t *testing.T) {
	picture := &Picture{Title: "small", Boxes: []*Box{{ID: "a", Title: "<A> & \"b\""}, {ID: "b", Title: "B", Lines: []string{"10.0.0.0/16"}}}, Arrows: []Arrow{{From: "a", To: "b", Label: "reads"}}}
	svg, err := SVG(t.Context(), picture, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		XMLName xml.Name `xml:"svg"`
	}
	if err := xml.Unmarshal(svg, &document); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"prefers-color-scheme:dark", "10.0.0.0/16", "reads", Digest(picture)} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("the SVG has no %q", want)
		}
	}
	before := Digest(picture)
	picture.Boxes[1].Lines[0] = "10.1.0.0/16"
	if Digest(picture) == before {
		t.Error("the digest is that of another picture")
	}
	if _, err := SVG(t.Context(), &Picture{Boxes: []*Box{icon("a", "none", "A")}}, t.TempDir()); err == nil {
		t.Error("an icon that is not there was drawn")
	}
}
