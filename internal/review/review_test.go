package review

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// TestEverything: every type that the stacks make has a name, a group, and a line of
// what the provider replaces it for.
func TestEverything(t *testing.T) {
	files, err := filepath.Glob("../../stacks/testdata/*/" + synthesized.FileName)
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		s, err := synthesized.Read(filepath.Dir(f))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range s.Resources() {
			if kindOf(r.Type).group == Other {
				t.Errorf("%s: kinds has no %s: say what a reader calls it, and what its end means", f, r.Type)
			}
			if forcesNewOf()[r.Type] == nil {
				t.Errorf("%s: forces_new.txt has no %s: go run ./internal/cmd/forcesnew", f, r.Type)
			}
		}
		if r := Of(Input{Stack: "same", Changes: FromStacks(s, s), Before: s, After: s}); len(r.Lines) > 0 {
			t.Errorf("%s differs from itself: %+v", f, r.Lines)
		}
	}
}

func parse(t *testing.T, text string) *synthesized.Stack {
	t.Helper()
	s, err := synthesized.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDifference(t *testing.T) {
	for name, tt := range map[string]struct{ before, after, want string }{
		"equal JSON":                   {`{"policy": "{\"a\": 1, \"b\": [\"x\"]}"}`, `{"policy": "{\"b\":[\"x\"],\"a\":1}"}`, ""},
		"null is nothing":              {`{"a": null, "b": [], "c": {"d": ""}}`, `{}`, ""},
		"a number as a text":           {`{"cpu": "512"}`, `{"cpu": 512}`, ""},
		"a container by its name":      {`{"container_definitions": "[{\"name\":\"side\",\"image\":\"s\"},{\"name\":\"worker\",\"image\":\"a\"}]"}`, `{"container_definitions": "[{\"name\":\"worker\",\"image\":\"b\"},{\"name\":\"side\",\"image\":\"s\"}]"}`, "container_definitions[worker].image: a → b"},
		"a statement by its Sid":       {`{"policy": {"Statement": [{"Sid": "A", "Action": ["x", "y"]}, {"Sid": "B", "Action": "z"}]}}`, `{"policy": {"Statement": [{"Sid": "B", "Action": "z"}, {"Sid": "A", "Action": ["y", "x", "w"]}]}}`, "policy.Statement[A].Action:  → w"},
		"a statement by what it says":  {`{"policy": {"Statement": [{"Effect": "Allow", "Action": ["a"], "Resource": "*"}, {"Effect": "Allow", "Action": ["b"], "Resource": "*"}]}}`, `{"policy": {"Statement": [{"Effect": "Allow", "Action": ["b"], "Resource": "r"}, {"Effect": "Allow", "Action": ["a"], "Resource": "*"}]}}`, "policy.Statement[Allow b].Resource: * → r"},
		"a set in another order":       {`{"cidr_blocks": ["a", "b"]}`, `{"cidr_blocks": ["b", "a"]}`, ""},
		"a command in another order":   {`{"command": ["a", "b"]}`, `{"command": ["b", "a"]}`, "command: a, b → b, a"},
		"a block as a list of one":     {`{"network_configuration": [{"assign_public_ip": false}]}`, `{"network_configuration": {"assign_public_ip": true}}`, "network_configuration.assign_public_ip: false → true"},
		"a block without a name":       {`{"setting": [{"x": 1, "y": 2, "z": 3}, {"x": 7, "y": 8, "z": 9}]}`, `{"setting": [{"x": 7, "y": 8, "z": 10}, {"x": 1, "y": 2, "z": 3}]}`, "setting[0].z: 9 → 10"},
		"a key with a dot":             {`{"tags": {"a.b": "1"}}`, `{"tags": {"a.b": "2"}}`, `tags."a.b": 1 → 2`},
		"a Prefect API key":            {`{"command": ["pnu_0123456789abcdef"]}`, `{"command": ["https://user:word@host"]}`, "command: (a Prefect API key) → https://(credentials)@host"},
		"a password's environment":     {`{"container_definitions": [{"name": "w", "environment": [{"name": "DB_PASSWORD", "value": "one"}]}]}`, `{"container_definitions": [{"name": "w", "environment": [{"name": "DB_PASSWORD", "value": "two"}]}]}`, "container_definitions[w].environment[DB_PASSWORD].value: (sensitive) → (sensitive)"},
		"a password's new environment": {`{"container_definitions": [{"name": "w", "environment": []}]}`, `{"container_definitions": [{"name": "w", "environment": [{"name": "DB_PASSWORD", "value": "two"}]}]}`, "container_definitions[w].environment[DB_PASSWORD]:  → (sensitive)"},
		"a new container's password":   {`{"container_definitions": []}`, `{"container_definitions": [{"name": "w", "environment": [{"name": "DB_PASSWORD", "value": "two"}]}]}`, "container_definitions[w]:  → {environment: [{name: DB_PASSWORD, value: (sensitive)}], name: w}"},
		"a secret in an attribute":     {`{"secret_string": "one", "secret_id": "a"}`, `{"secret_string": "two", "secret_id": "b"}`, "secret_id: a → b\nsecret_string: (sensitive) → (sensitive)"},
		"a log driver's token":         {`{"container_definitions": [{"name": "w", "logConfiguration": {"options": {"splunk-token": "one"}}}]}`, `{"container_definitions": [{"name": "w", "logConfiguration": {"options": {"splunk-token": "two"}}}]}`, "container_definitions[w].logConfiguration.options.splunk-token: (sensitive) → (sensitive)"},
		"secrets in what is new":       {`{}`, `{"environment": {"variables": {"API_KEY": "one", "LEVEL": "INFO"}}, "options": {"splunk-token": "two", "splunk-url": "https://u:p@s"}}`, "environment:  → {variables: {API_KEY: (sensitive), LEVEL: INFO}}\noptions:  → {splunk-token: (sensitive), splunk-url: https://(credentials)@s}"},
		"a function's password":        {`{"environment": {"variables": {"API_KEY": "one"}}}`, `{"environment": {"variables": {"API_KEY": "two"}}}`, "environment.variables.API_KEY: (sensitive) → (sensitive)"},
	} {
		var before, after map[string]any
		if err := json.Unmarshal([]byte(tt.before), &before); err != nil {
			t.Fatal(name, err)
		}
		if err := json.Unmarshal([]byte(tt.after), &after); err != nil {
			t.Fatal(name, err)
		}
		var got []string
		for _, a := range difference(before, after, nil) {
			got = append(got, a.Path+": "+a.Before+" → "+a.After)
		}
		if text := strings.Join(got, "\n"); text != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, text, tt.want)
		}
	}
}

func TestFromStacks(t *testing.T) {
	before := parse(t, `{
		"variable": {"key": {"sensitive": true, "default": "one"}, "image": {"default": "a"}},
		"locals": {"containers": [{"name": "worker", "image": "${var.image}"}]},
		"resource": {
			"aws_ecs_cluster": {"c": {"name": "one"}},
			"aws_ecs_service": {"s": {"name": "s", "cluster": "${aws_ecs_cluster.c.id}", "task_definition": "${aws_ecs_task_definition.t.arn}"}},
			"aws_ecs_task_definition": {"t": {"family": "t", "container_definitions": "${jsonencode(local.containers)}"}},
			"aws_eip": {"n": {"count": 3}, "old": {}},
			"aws_appautoscaling_policy": {"p": {"name": "p", "lifecycle": {"replace_triggered_by": ["aws_appautoscaling_target.t.id"]}}},
			"aws_appautoscaling_target": {"t": {"resource_id": "one", "lifecycle": {"ignore_changes": ["max_capacity"]}, "max_capacity": 1}},
			"aws_sqs_queue": {"kept": {"name": "q"}, "gone": {"name": "g"}},
			"aws_secretsmanager_secret_version": {"v": {"secret_string": "${var.key}"}}
		}}`)
	after := parse(t, `{
		"variable": {"key": {"sensitive": true, "default": "two"}, "image": {"default": "b"}},
		"locals": {"containers": [{"name": "worker", "image": "${var.image}"}]},
		"moved": [{"from": "aws_eip.old", "to": "aws_eip.new"}, {"from": "module.a.aws_sns_topic.t", "to": "aws_sns_topic.t"}],
		"removed": [{"from": "aws_sqs_queue.kept", "lifecycle": {"destroy": false}}],
		"import": [{"to": "aws_vpc.v", "id": "vpc-1"}],
		"resource": {
			"aws_ecs_cluster": {"c": {"name": "two"}},
			"aws_ecs_service": {"s": {"name": "s", "cluster": "${aws_ecs_cluster.c.id}", "task_definition": "${aws_ecs_task_definition.t.arn}"}},
			"aws_ecs_task_definition": {"t": {"family": "t", "container_definitions": "${jsonencode(local.containers)}"}},
			"aws_eip": {"n": {"count": 1}, "new": {"domain": "vpc"}},
			"aws_appautoscaling_policy": {"p": {"name": "p", "lifecycle": {"replace_triggered_by": ["aws_appautoscaling_target.t.id"]}}},
			"aws_appautoscaling_target": {"t": {"resource_id": "two", "lifecycle": {"ignore_changes": ["max_capacity"]}, "max_capacity": 2}},
			"aws_vpc": {"v": {"cidr_block": "10.0.0.0/16"}},
			"aws_sns_topic": {"t": {"name": "t"}},
			"aws_secretsmanager_secret_version": {"v": {"secret_string": "${var.key}"}}
		}}`)
	got := map[string]ResourceChange{}
	for _, c := range FromStacks(before, after) {
		if got[c.Address] = c; strings.Contains(strings.Join(paths(c), ""), "one →") && c.Type == "aws_secretsmanager_secret_version" {
			t.Errorf("a secret's value is shown: %v", paths(c))
		}
	}
	for address, want := range map[string]struct {
		action     Action
		attributes string
	}{
		"aws_ecs_cluster.c":                   {Replace, "name: one → two!"},
		"aws_ecs_service.s":                   {Replace, "cluster: aws_ecs_cluster.c.id → (known after apply)!; task_definition: aws_ecs_task_definition.t.arn → (known after apply)"},
		"aws_ecs_task_definition.t":           {Replace, "container_definitions[worker].image: a → b!"},
		"aws_eip.n":                           {Move, ""},
		"aws_eip.new":                         {Update, "domain:  → vpc"},
		"aws_sqs_queue.kept":                  {Forget, ""},
		"aws_sqs_queue.gone":                  {Destroy, ""},
		"aws_appautoscaling_target.t":         {Replace, "resource_id: one → two!"},
		"aws_appautoscaling_policy.p":         {Replace, "replace_triggered_by: aws_appautoscaling_target.t.id → (known after apply)!"},
		"aws_vpc.v":                           {Import, ""},
		"aws_secretsmanager_secret_version.v": {Replace, "secret_string: (sensitive) → (sensitive)!"},
		"variable.key":                        {Update, "value: (sensitive) → (sensitive)"},
	} {
		if address == "aws_eip.n" {
			address, want.action = "aws_eip.n[2]", Destroy
		}
		c := got[address]
		if text := strings.Join(paths(c), "; "); c.Action != want.action || text != want.attributes {
			t.Errorf("%s: got %s %s, want %s %s", address, c.Action, text, want.action, want.attributes)
		}
	}
	if c := got["aws_sns_topic.t"]; words(c, 1) != "SNS topic t is created, or moved from module.a.aws_sns_topic.t if the state has that." {
		t.Errorf("a move from the state: got %s", words(c, 1))
	}
	if c := got["aws_eip.new"]; c.Previous != "aws_eip.old" {
		t.Errorf("aws_eip.new was %q before, want aws_eip.old", c.Previous)
	}
}

// TestAround: what changes beside the resources.
func TestAround(t *testing.T) {
	stack := func(region, url, key string) *synthesized.Stack {
		return parse(t, `{"terraform": {"backend": {"s3": {"key": "`+key+`"}}}, "provider": {"aws": [{"region": "`+region+`", "default_tags": [{"tags": {"Team": "`+key+`"}}]}]}, "variable": {"url": {"default": "`+url+`"}, "must": {}}, "output": {"o": {"value": "${var.url}"}}}`)
	}
	long := strings.Repeat("x", longest)
	before, after := stack("us-east-1", "a", "k"), stack("eu-west-1", "https://"+long, "k")
	r := Of(Input{Stack: "s", Changes: FromStacks(before, after), Before: before, After: after})
	var text strings.Builder
	if err := Text(&text, r, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Replaced ~ The region changes: us-east-1 → eu-west-1. Nothing moves there:",
		"~ Variable url has another default. value: a → https://" + long,
	} {
		if got := strings.Join(strings.Fields(text.String()), " "); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	before, after = stack("us-east-1", "a", "k"), stack("us-east-1", "a", "l")
	var lines []string
	for _, l := range Of(Input{Changes: FromStacks(before, after)}).Lines {
		lines = append(lines, l.Text)
	}
	want := []string{"The backend changes: s3.key k → l. Before the next plan, run terraform init -migrate-state in the stack's folder.", "Every resource's tags change: Team k → l."}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
}

func paths(c ResourceChange) []string {
	var all []string
	for _, a := range c.Attributes {
		text := a.Path + ": " + a.Before + " → " + a.After
		if a.Replaces {
			text += "!"
		}
		all = append(all, text)
	}
	return all
}

const plan = `{"format_version": "1.2",
	"configuration": {"root_module": {"resources": [
		{"address": "aws_ecs_service.s", "expressions": {"task_definition": {"references": ["aws_ecs_task_definition.t.arn", "aws_ecs_task_definition.t"]}, "desired_count": {}}},
		{"address": "aws_eip.e", "expressions": {}}
	]}},
	"resource_drift": [{"address": "aws_ecs_service.s", "mode": "managed", "type": "aws_ecs_service", "change": {"actions": ["update"], "before": {"desired_count": 2}, "after": {"desired_count": 5}}}],
	"resource_changes": [
		{"address": "data.aws_region.r", "mode": "data", "type": "aws_region", "change": {"actions": ["read"]}},
		{"address": "aws_ecs_service.s", "mode": "managed", "type": "aws_ecs_service", "name": "s", "change": {"actions": ["update"],
			"before": {"name": "s", "desired_count": 5, "task_definition": "arn:1", "id": "x"}, "after": {"name": "s", "desired_count": 2},
			"after_unknown": {"task_definition": true, "id": true}}},
		{"address": "aws_eip.e", "mode": "managed", "type": "aws_eip", "name": "e", "previous_address": "aws_eip.d", "change": {"actions": ["no-op"], "before": {"id": "e"}, "after": {"id": "e"}}},
		{"address": "aws_vpc.v", "mode": "managed", "type": "aws_vpc", "name": "v", "change": {"actions": ["no-op"], "before": {"id": "v"}, "after": {"id": "v"}, "importing": {"id": "vpc-1"}}},
		{"address": "aws_kms_key.f", "mode": "managed", "type": "aws_kms_key", "name": "f", "change": {"actions": ["forget"], "before": {"id": "f"}}},
		{"address": "aws_sqs_queue.q", "mode": "managed", "type": "aws_sqs_queue", "name": "q", "action_reason": "replace_because_tainted", "change": {"actions": ["create", "delete"], "before": {"name": "q", "id": "1"}, "after": {"name": "r"}, "after_unknown": {"id": true}, "replace_paths": [["name"]]}},
		{"address": "aws_subnet.s", "mode": "managed", "type": "aws_subnet", "name": "s", "change": {"actions": ["delete", "create"], "before": {"cidr_block": "a"}, "after": {"cidr_block": "b"}, "replace_paths": [["cidr_block"]]}},
		{"address": "aws_secretsmanager_secret_version.v", "mode": "managed", "type": "aws_secretsmanager_secret_version", "name": "v", "change": {"actions": ["update"],
			"before": {"secret_string": "old-value"}, "after": {"secret_string": "new-value"}, "before_sensitive": {"secret_string": true}, "after_sensitive": {"secret_string": true}}},
		{"address": "aws_sns_topic.same", "mode": "managed", "type": "aws_sns_topic", "name": "same", "change": {"actions": ["no-op"], "before": {"name": "t"}, "after": {"name": "t"}}},
		{"address": "aws_ecs_cluster.c", "mode": "managed", "type": "aws_ecs_cluster", "name": "c", "change": {"actions": ["create"], "after": {"name": "c"}, "after_unknown": {"id": true}}},
		{"address": "aws_ecs_cluster.d", "mode": "managed", "type": "aws_ecs_cluster", "name": "d", "change": {"actions": ["delete"], "before": {"name": "d"}}}
	],
	"output_changes": {"url": {"actions": ["update"], "before": "a", "after": "b"}, "key": {"actions": ["create"], "after": "a-secret", "after_sensitive": true}, "same": {"actions": ["no-op"], "before": 1, "after": 1}}
}`

func TestFromPlan(t *testing.T) {
	p := &tfjson.Plan{}
	if err := json.Unmarshal([]byte(plan), p); err != nil {
		t.Fatal(err)
	}
	var got []string
	changes := FromPlan(p)
	for _, c := range changes {
		if c.Action != "" {
			got = append(got, c.Address+" "+string(c.Action)+" "+strings.Join(paths(c), "; "))
		}
	}
	want := []string{
		"aws_ecs_cluster.c create ",
		"aws_ecs_cluster.d destroy ",
		"aws_ecs_service.s update desired_count: 5 → 2; task_definition: arn:1 → (known after apply)",
		"aws_eip.e move ",
		"aws_kms_key.f forget ",
		"aws_secretsmanager_secret_version.v update secret_string: (sensitive) → (sensitive)",
		"aws_sqs_queue.q replace name: q → r!",
		"aws_subnet.s replace cidr_block: a → b!",
		"aws_vpc.v import ",
		"output.key create value:  → (sensitive)",
		"output.url update value: a → b",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var text strings.Builder
	if err := Text(&text, Of(Input{Stack: "prod", Base: "the state", Planned: true, Changes: changes}), Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"prod: 1 destroyed, 2 replaced, 1 removed from the state, 2 changed, 1 created, 1 imported, 1 moved",
		"ECS service s changes: desired_count 5 → 2, task_definition. (changed outside Terraform)",
		"ECS cluster d is destroyed: every task in it stops, flow runs included.",
		"(its creation failed before)",
		"Output key is new.",
	} {
		if !strings.Contains(strings.Join(strings.Fields(text.String()), " "), strings.TrimSpace(want)) {
			t.Errorf("no %q in\n%s", want, &text)
		}
	}
	for _, secret := range []string{"old-value", "new-value", "a-secret"} {
		if strings.Contains(text.String(), secret) {
			t.Errorf("%s is shown in\n%s", secret, &text)
		}
	}
}

// TestNewStack has a line for each type, and every name in the details of the page alone.
func TestNewStack(t *testing.T) {
	var made strings.Builder
	for n := range many {
		fmt.Fprintf(&made, `%s"role_%d": {"name": "r%d"}`, map[bool]string{true: ", "}[n > 0], n, n)
	}
	after := parse(t, `{"resource": {"aws_iam_role": {`+made.String()+`}, "aws_ecs_cluster": {"c": {"name": "c"}}, "aws_eip": {"e": {"count": 2}}}}`)
	r := Of(Input{Stack: "e", Changes: FromStacks(nil, after), After: after, Causes: func(string, string) []Cause { return []Cause{{Setting: "preset", File: "e.yaml", Line: 1}} }})
	var text strings.Builder
	if err := Text(&text, r, Options{Width: 200}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"+ 20 IAM roles are created: role 0, role 1, role 10,", " and 12 more. (preset, e.yaml:1)\n", "+ ECS cluster c is created. (preset", "+ 2 Elastic IP addresses (e) are created. (preset"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, &text)
		}
	}
	if n := strings.Count(text.String(), "are created") + strings.Count(text.String(), "is created"); n != 3 || len(r.Lines) < many {
		t.Errorf("got %d lines of %d, want 3 in\n%s", n, len(r.Lines), &text)
	}
}

func TestText(t *testing.T) {
	var empty strings.Builder
	if err := Text(&empty, Of(Input{Stack: "dev"}), Options{}); err != nil || empty.String() != "dev: No changes.\n" {
		t.Errorf("got %q, %v", &empty, err)
	}
	before := parse(t, `{"provider": {"aws": [{"region": "us-east-1"}]}, "resource": {"aws_nat_gateway": {"n": {"count": 0}}}}`)
	after := parse(t, `{"provider": {"aws": [{"region": "us-east-1"}]}, "resource": {"aws_nat_gateway": {"n": {"count": 3}}}}`)
	r := Of(Input{Stack: "dev", Base: "main", Changes: FromStacks(before, after), Before: before, After: after,
		Causes: func(string, string) []Cause {
			return []Cause{{Setting: "network.natGateways", File: "environments/dev.yaml", Line: 4}}
		}})
	r.Origin = []Cause{{Setting: "preset", File: "environments/dev.yaml", Line: 2, After: "production"}}
	var text strings.Builder
	if err := Text(&text, r, Options{Width: 80, Color: true}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"dev: 3 created; $0.00 → $1", "\nThe whole stack comes from preset: production (environments/dev.yaml:2). Lines", "NAT gateways: 3 gateways: +$", " a month, new. (network.natGateways,\n", "3 NAT gateways (n) are created. (network.natGateways,\n    environments/dev.yaml:4)", "\x1b[32m+\x1b[0m"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, &text)
		}
	}
	for line := range strings.Lines(text.String()) {
		if len([]rune(line)) > 81+20 { // colours count
			t.Errorf("a line of %d characters: %s", len([]rune(line)), line)
		}
	}
}
