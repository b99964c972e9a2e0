package adopt

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/golden"
)

func parse(t *testing.T, name string) *State {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name, "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseState(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Refreshed(); err != nil {
		t.Fatal(err)
	}
	return s
}

func adopted(t *testing.T, s *State) *Adoption {
	t.Helper()
	presets, err := config.Presets()
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(s, Options{Name: "adopted", Presets: presets, Removed: true,
		Backend: Tree(map[string]any{"s3": nil, "local": map[string]any{"path": "terraform.{stack}.tfstate"}})})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestEnvironment: what a state alone says of the deployments that other HCL made.
// Some of it this app refuses, which the judge then leaves to an override.
func TestEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name    string
		refused []string // in the loader's words
	}{
		{"child-modules", nil},
		{"existing-secret", nil},
		{"foreign-resources", nil},
		{"nat-per-zone", nil},
		{"other-names", nil},
		{"prefecthq-module", nil},
		{"public-only", []string{"worker.capacityProviderStrategy[0].capacityProvider: got FARGATE_SPOT with type process"}},
		{"separate-rules", nil},
		{"two-services", []string{"additionalWorkers[0].logStreamPrefix: got \"worker\", which worker has already"}},
		{"two-zones", []string{"securityGroup.egress[0].ipv6CidrBlocks"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := adopted(t, parse(t, tt.name))
			text, err := a.Environment()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "not-a-key") {
				t.Error("the file has the secret's value")
			}
			golden.Check(t, filepath.Join("testdata", tt.name, "environment.yaml"), text)
			file := filepath.Join(t.TempDir(), "adopted.yaml")
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = config.LoadFiles(file)
			if err == nil && tt.refused == nil {
				return
			}
			if err == nil || len(tt.refused) != strings.Count(err.Error(), "\n")+1 {
				t.Fatalf("got %v, want %v refused", err, tt.refused)
			}
			for _, want := range tt.refused {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %s", err, want)
				}
			}
			if !a.Refused(strings.ReplaceAll(err.Error(), filepath.Dir(file), "environments")) {
				t.Fatal("learned nothing of the refusal")
			}
			if text, err = a.Environment(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := config.LoadFiles(file); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestParseState: what is no state that could be adopted is said in one line.
func TestParseState(t *testing.T) {
	state := func(edit func(*stored)) string {
		s := &State{FormatVersion: 4, Lineage: "x"}
		for _, r := range parse(t, "two-zones").Resources {
			if r.Type == "aws_ecs_service" {
				edit(r)
			}
			s.Resources = append(s.Resources, r)
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"no JSON", "terraform", "is not a Terraform state: it is not JSON"},
		{"nothing", "", "is not a Terraform state: it is not JSON"},
		{"other JSON", "{}", "it has no version"},
		{"an old format", `{"version": 3, "modules": []}`, "is a state of format 3, want 4"},
		{"an encrypted one", `{"encrypted_data": "x", "encryption_version": "v0"}`, "is encrypted by OpenTofu"},
		{"a plan", `{"format_version": "1.2", "planned_values": {}}`, "is a plan, not a state"},
		{"an empty one", `{"version": 4}`, "has no ECS service"},
		{"a tainted resource", state(func(r *stored) { r.Instances[0].Status = "tainted" }), "has aws_ecs_service.worker tainted"},
		{"a deposed object", state(func(r *stored) { r.Instances[0].Deposed = "abc" }), "has an object of aws_ecs_service.worker that a replacement left behind"},
		{"a service on EC2", state(func(r *stored) { r.Instances[0].Attributes["launch_type"] = "EC2" }), "none on Fargate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ParseState([]byte(tt.text))
			if err == nil {
				_, err = New(s, Options{})
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestRefresh: routes and rules of other resources are in their table and group.
func TestRefresh(t *testing.T) {
	s := parse(t, "separate-rules")
	g := graph{s.managed()}
	for _, kind := range []string{"igw-", "nat-"} {
		if g.find("aws_route_table", func(r *Resource) bool {
			return strings.HasPrefix(wayOut(r, "gateway_id")+wayOut(r, "nat_gateway_id"), kind)
		}) == nil {
			t.Errorf("no table has the route to %s", kind)
		}
	}
	group := g.find("aws_security_group", func(*Resource) bool { return true })
	if in, out := group.blocks("ingress"), group.blocks("egress"); len(in) != 1 || len(out) != 1 || textOf(in[0]["from_port"]) != "9090" || textOf(out[0]["description"]) != "Prefect Cloud and AWS" {
		t.Errorf("got the rules %v and %v", in, out)
	}
}

// TestCommand: options in any form are the same settings.
func TestCommand(t *testing.T) {
	for _, tt := range []struct {
		words string
		want  command
	}{
		{"prefect worker start --pool a --type ecs", command{pool: "a", kind: "ecs"}},
		{"prefect worker start -p a -t process -q x -q y -l 4", command{pool: "a", kind: "process", queues: []string{"x", "y"}, limit: 4}},
		{"opentelemetry-instrument prefect worker start --pool=a --type=ecs --prefetch-seconds=20 --with-healthcheck --name=n",
			command{pool: "a", kind: "ecs", prefetch: 20, healthCheck: true, rest: []string{"--name=n"}}},
	} {
		got := parseCommand(strings.Fields(tt.words))
		if got.pool != tt.want.pool || got.kind != tt.want.kind || !slices.Equal(got.queues, tt.want.queues) || got.limit != tt.want.limit ||
			got.prefetch != tt.want.prefetch || got.healthCheck != tt.want.healthCheck || !slices.Equal(got.rest, tt.want.rest) {
			t.Errorf("%s: got %+v, want %+v", tt.words, got, tt.want)
		}
	}
}

// TestDocumentedDeployment: of the documents' own deployment the file says hardly more
// than where its state is. It is the state of an older provider.
func TestDocumentedDeployment(t *testing.T) {
	for _, tt := range []struct{ state, preset string }{{"dev", "preset: readme"}, {"design", "preset: design"}} {
		data, err := os.ReadFile(filepath.Join("..", "..", "e2e", "testdata", "states-5.82.2", tt.state+".json"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := ParseState(data)
		if err != nil {
			t.Fatal(err)
		}
		a := adopted(t, s)
		text, err := a.Environment()
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range []string{"network:", "worker:", "taskExecutionRole:", "resourceNames:", "cluster:"} {
			if strings.Contains(string(text), section) || !strings.Contains(string(text), tt.preset) {
				t.Errorf("want %s without %s, got:\n%s", tt.preset, section, text)
			}
		}
	}
}

// TestRoleAsGiven: a role is referred to by what the state has of it, its name or, of a
// Lambda function, its ARN.
func TestRoleAsGiven(t *testing.T) {
	const arn = "arn:aws:iam::123456789012:role/late"
	role := &Resource{Type: "aws_iam_role"}
	refs := &references{map[string][]reference{
		arn:    {{role, "aws_iam_role.late", "arn"}},
		"late": {{role, "aws_iam_role.late", "id"}},
	}, map[string]map[string]bool{}}
	for value, want := range map[string]string{arn: "aws_iam_role.late.arn", "late": "aws_iam_role.late.name"} {
		if got, ok := refs.of("aws_lambda_function.late", "role", value); !ok || got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}
