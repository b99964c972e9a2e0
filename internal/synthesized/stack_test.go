package synthesized

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const stack = `{
	"provider": {"aws": [{"region": "${var.region}"}, {"alias": "other", "region": "eu-west-1"}]},
	"variable": {"region": {"default": "us-east-1"}, "create": {"default": false}, "given": {}},
	"locals": {"count": "${length(local.zones)}", "zones": "${slice(data.aws_availability_zones.available.names, 0, 2)}", "cycle": "${local.cycle}",
		"policy": {"Statement": [{"Resource": ["${aws_ecs_cluster.this.arn}"]}]}},
	"data": {"aws_availability_zones": {"available": {}}},
	"resource": {
		"aws_ecs_cluster": {"this": {"name": "etl"}},
		"aws_subnet": {"a": {"count": "${local.count}", "cidr_block": "${cidrsubnet(\"10.0.0.0/16\", 8, count.index + 10)}", "availability_zone": "${local.zones[count.index]}"}},
		"aws_secretsmanager_secret": {"key": {"count": "${var.create ? 1 : 0}"}},
		"aws_sqs_queue": {"each": {"for_each": "${toset([\"b\", \"a\"])}", "name": "q-${each.key}"}},
		"aws_eip": {"unknown": {"count": "${var.given}"}},
		"aws_iam_role_policy": {"p": {"policy": "${jsonencode(local.policy)}", "name": "${local.cycle}", "depends_on": ["aws_subnet.a"]}},
		"aws_ecs_service": {"s": {"network_configuration": {"subnets": "${aws_subnet.a[*].id}"}, "cluster": "${aws_ecs_cluster.this.id}"}}
	}
}`

func TestStack(t *testing.T) {
	s, err := Parse([]byte(stack))
	if err != nil {
		t.Fatal(err)
	}
	first := func(kind string) Instance { return s.OfType(kind)[0].Instances()[0] }
	for _, tt := range []struct{ what, got, want string }{
		{"region", s.Region(), "us-east-1"},
		{"count", first("aws_subnet").Text("cidr_block"), "10.0.10.0/24"},
		{"local", s.OfType("aws_subnet")[0].Instances()[1].Text("availability_zone"), "us-east-1b"},
		{"for_each", first("aws_sqs_queue").Text("name"), "q-a"},
		{"through a local", first("aws_iam_role_policy").Text("policy"), `{"Statement":[{"Resource":["aws_ecs_cluster.this.arn"]}]}`},
		{"cycle", first("aws_iam_role_policy").Text("name"), ""},
		{"block", Text(first("aws_ecs_service").List("network_configuration", "subnets")[1]), "aws_subnet.a[1].id"},
		{"not there", first("aws_ecs_service").Text("network_configuration", "security_groups"), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, tt.got, tt.want)
		}
	}
	for kind, want := range map[string]int{"aws_subnet": 2, "aws_secretsmanager_secret": 0, "aws_sqs_queue": 2, "aws_eip": 1, "aws_ecs_cluster": 1} {
		if got := len(s.OfType(kind)[0].Instances()); got != want {
			t.Errorf("%s: got %d instances, want %d", kind, got, want)
		}
	}
	if got, want := s.OfType("aws_iam_role_policy")[0].Refers(), []string{"aws_ecs_cluster.this"}; !slices.Equal(got, want) {
		t.Errorf("got references %v, want %v", got, want)
	}
}

// TestAtOnce: several may read a stack at once.
func TestAtOnce(t *testing.T) {
	s, err := Parse([]byte(stack))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if got, want := s.OfType("aws_subnet")[0].Instances()[1].Text("availability_zone"), "us-east-1b"; got != want {
					t.Errorf("got %q, want %q", got, want)
					return
				}
			}
		})
	}
	all.Wait()
}

// TestTakeVariables: what a tfvars file says goes before the environment, and both
// before the defaults.
func TestTakeVariables(t *testing.T) {
	s, err := Parse([]byte(`{"variable":{"a":{"default":1},"b":{"default":1},"c":{"default":1}},"resource":{"aws_vpc":{"v":{"a":"${var.a}","b":"${var.b}","c":"${var.c}"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TF_VAR_b", "2")
	t.Setenv("TF_VAR_c", "2")
	t.Setenv("TF_VAR_d", "2")
	dir := t.TempDir()
	if err := s.TakeVariables(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "terraform.tfvars"), []byte("c = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.TakeVariables(dir); err != nil {
		t.Fatal(err)
	}
	vpc := s.Resources()[0].Instances()[0]
	if got := vpc.Text("a") + vpc.Text("b") + vpc.Text("c"); got != "123" {
		t.Errorf("got %s, want 123", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "terraform.tfvars"), []byte("c = "), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.TakeVariables(dir); err == nil || !strings.Contains(err.Error(), "terraform.tfvars: ") {
		t.Errorf("got %v", err)
	}
}
