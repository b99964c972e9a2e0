package review

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// TestProvidersDefaults: what the provider fills into a block is no change beside
// another, and no drift.
func TestProvidersDefaults(t *testing.T) {
	const config = `"configuration": {"root_module": {"resources": [
		{"address": "aws_ecs_task_definition.t", "expressions": {"cpu": {}, "volume": [{"name": {"constant_value": "tmp"}}]}},
		{"address": "aws_cloudwatch_metric_alarm.a", "expressions": {"threshold": {}, "metric_query": [{"id": {}, "metric": [{"stat": {}, "period": {}}]}]}}
	]}},`
	const task = `"address": "aws_ecs_task_definition.t", "mode": "managed", "type": "aws_ecs_task_definition", "name": "t"`
	const alarm = `"address": "aws_cloudwatch_metric_alarm.a", "mode": "managed", "type": "aws_cloudwatch_metric_alarm", "name": "a"`
	for name, tt := range map[string]struct{ plan, want string }{
		"beside a real change": {`"resource_changes": [{` + task + `, "change": {"actions": ["create", "delete"],
			"before": {"cpu": "256", "volume": [{"name": "tmp", "configure_at_launch": false}]}, "after": {"cpu": "512", "volume": [{"name": "tmp"}]},
			"after_unknown": {"volume": [{"configure_at_launch": true}]}, "replace_paths": [["cpu"], ["volume"]]}}]`, "cpu: 256 → 512!"},
		"alone": {`"resource_changes": [{` + task + `, "change": {"actions": ["create", "delete"],
			"before": {"cpu": "256", "volume": [{"name": "tmp", "configure_at_launch": false}]}, "after": {"cpu": "256", "volume": [{"name": "tmp"}]},
			"after_unknown": {"volume": [{"configure_at_launch": true}]}, "replace_paths": [["volume"]]}}]`, "volume[tmp].configure_at_launch: false → (known after apply)!"},
		"what is given": {`"resource_changes": [{` + task + `, "change": {"actions": ["create", "delete"],
			"before": {"cpu": "256", "volume": [{"name": "tmp"}]}, "after": {"cpu": "512", "volume": [{"name": "new"}]}, "replace_paths": [["cpu"], ["volume"]]}}]`,
			"cpu: 256 → 512!; volume[new]:  → {name: new}!; volume[tmp]: {name: tmp} → !"},
		"drift": {`"resource_drift": [{` + alarm + `, "change": {"actions": ["update"], "before": {"metric_query": [{"id": "nat1"}]}, "after": {"metric_query": [{"id": "nat1", "period": 0}]}}}],
			"resource_changes": [{` + alarm + `, "change": {"actions": ["update"], "before": {"threshold": 1, "metric_query": [{"id": "nat1", "period": 0}]}, "after": {"threshold": 2, "metric_query": [{"id": "nat1"}]}}}]`,
			"threshold: 1 → 2"},
		"a zero that is given": {`"resource_changes": [{` + alarm + `, "change": {"actions": ["update"],
			"before": {"threshold": 1, "metric_query": [{"id": "nat1", "metric": [{"period": 0}], "period": 0}]},
			"after": {"threshold": 2, "metric_query": [{"id": "nat1", "metric": [{"period": null}]}]}}}]`,
			"metric_query[nat1].metric.period: 0 → ; threshold: 1 → 2"},
	} {
		p := &tfjson.Plan{}
		if err := json.Unmarshal([]byte(`{"format_version": "1.2", `+config+tt.plan+"}"), p); err != nil {
			t.Fatal(name, err)
		}
		changes := FromPlan(p)
		if len(changes) != 1 {
			t.Fatalf("%s: got %v", name, changes)
		}
		if got := strings.Join(paths(changes[0]), "; "); got != tt.want || len(changes[0].Drifted) > 0 {
			t.Errorf("%s: got %s, drifted %v, want %s", name, got, changes[0].Drifted, tt.want)
		}
	}
}

// TestWayToTheInternet: a plan of a new stack does not know the gateway's id, and the
// synthesis knows whose it is.
func TestWayToTheInternet(t *testing.T) {
	made := parse(t, `{"resource": {"aws_internet_gateway": {"g": {}}, "aws_subnet": {"s": {"count": 2}},
		"aws_route_table": {"t": {"route": [{"cidr_block": "10.9.0.0/16", "gateway_id": "local"}, {"cidr_block": "0.0.0.0/0", "gateway_id": "${aws_internet_gateway.g.id}"}]}},
		"aws_route_table_association": {"a": {"count": 2, "route_table_id": "${aws_route_table.t.id}", "subnet_id": "${aws_subnet.s[count.index].id}"}}}}`)
	p := &tfjson.Plan{}
	create := func(address, after, unknown string) string {
		kind, name, _ := strings.Cut(base(address), ".")
		return `{"address": "` + address + `", "mode": "managed", "type": "` + kind + `", "name": "` + name + `", "change": {"actions": ["create"], "before": null, "after": ` + after + `, "after_unknown": ` + unknown + `}}`
	}
	if err := json.Unmarshal([]byte(`{"format_version": "1.2", "resource_changes": [`+strings.Join([]string{
		create("aws_internet_gateway.g", `{}`, `{"id": true}`), create("aws_subnet.s[0]", `{}`, `{"id": true}`), create("aws_subnet.s[1]", `{}`, `{"id": true}`),
		create("aws_route_table.t", `{"route": [{"cidr_block": "0.0.0.0/0"}, {"cidr_block": "10.9.0.0/16", "gateway_id": "local"}]}`, `{"id": true, "route": [{"gateway_id": true}, {}]}`),
		create("aws_route_table_association.a[0]", `{}`, `{"route_table_id": true, "subnet_id": true}`), create("aws_route_table_association.a[1]", `{}`, `{"route_table_id": true, "subnet_id": true}`),
	}, ",")+`]}`), p); err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]Input{"plan": {Planned: true, Changes: FromPlan(p), After: made}, "synthesis": {Changes: FromStacks(nil, made), After: made}} {
		found := Of(in).In(Security)
		if len(found) != 1 || !strings.HasPrefix(found[0].Text, "2 subnets are routed to the internet gateway") {
			t.Errorf("%s: got %+v, want the subnets' way to the internet", name, found)
		}
	}
}

// TestCostOfAPlan: the difference from the files before the change is the plan's only if
// the state is what they make.
func TestCostOfAPlan(t *testing.T) {
	stack := func(gateways string) string {
		return `{"provider": {"aws": [{"region": "us-east-1"}]}, "resource": {"aws_nat_gateway": {"n": {"count": ` + gateways + `}}, "aws_ecs_cluster": {"c": {"name": "c"}}}}`
	}
	one, three := parse(t, stack("1")), parse(t, stack("3"))
	added := FromStacks(one, three)
	renamed := ResourceChange{Address: "aws_ecs_cluster.c", Type: "aws_ecs_cluster", Action: Update, Attributes: []Attribute{{Path: "name", Before: "b", After: "c"}}}
	for name, tt := range map[string]struct {
		before  *synthesized.Stack
		changes []ResourceChange
		want    bool
		said    int
	}{
		"the same":                  {one, added, true, 0},
		"the same and what is free": {one, append(added[:len(added):len(added)], renamed), true, 0},
		"fewer":                     {one, added[:len(added)-1], false, 1},
		"no files before":           {nil, []ResourceChange{added[len(added)-1], renamed}, false, 1},
		"no files, and it is free":  {nil, []ResourceChange{renamed}, false, 0},
		"no files, and not a price": {nil, []ResourceChange{{Address: "aws_nat_gateway.n[0]", Type: "aws_nat_gateway", Action: Update, Attributes: []Attribute{{Path: "secondary_allocation_ids"}}}}, false, 0},
	} {
		r := Of(Input{Stack: "e", Planned: true, Changes: tt.changes, Before: tt.before, After: three})
		var lines, said int
		for _, l := range r.Lines {
			if l.Group == Costs {
				lines++
			}
		}
		for _, n := range r.Notes {
			if strings.Contains(n, "The difference in cost is not known") && strings.Contains(n, "the stack costs "+cost.Of(three).Total().String()+" per month") {
				said++
			}
		}
		if r.Cost.Known != tt.want || (lines > 0) != tt.want || said != tt.said {
			t.Errorf("%s: got %+v, %d lines, and notes %q; want a cost: %v, and %d notes about none", name, r.Cost, lines, r.Notes, tt.want, tt.said)
		}
	}
	r := Of(Input{Stack: "e", Planned: true, Changes: FromStacks(nil, one), After: one})
	if !r.Cost.Known || r.Cost.After.From == 0 {
		t.Errorf("a new stack: got %+v", r.Cost)
	}
}

// TestCostOfANewSize: where the files before the change are not those of the state, a plan
// says which size there was.
func TestCostOfANewSize(t *testing.T) {
	stack := func(cpu, count string) *synthesized.Stack {
		return parse(t, `{"provider": {"aws": [{"region": "us-east-1"}]}, "resource": {"aws_ecs_task_definition": {"t": {"cpu": "`+cpu+`", "memory": "2048"}},
			"aws_ecs_service": {"s": {"name": "s", "launch_type": "FARGATE", "desired_count": `+count+`, "task_definition": "${aws_ecs_task_definition.t.arn}"}},
			"aws_cloudwatch_log_group": {"g": {"count": 2, "name": "g${count.index}", "retention_in_days": 30}}}}`)
	}
	change := func(action Action, address, attribute string, before any) ResourceChange {
		kind, _, _ := strings.Cut(address, ".")
		return ResourceChange{Address: address, Type: kind, Action: action, Attributes: []Attribute{{Path: attribute}}, before: map[string]any{attribute: before}}
	}
	smaller := change(Replace, "aws_ecs_task_definition.t", "cpu", "512")
	revision := change(Update, "aws_ecs_service.s", "task_definition", "arn:aws:ecs:us-east-1:123456789012:task-definition/t:1")
	fewer := change(Update, "aws_ecs_service.s", "desired_count", json.Number("1"))
	now := stack("1024", "3")
	for name, tt := range map[string]struct {
		before  *synthesized.Stack // as the files make it
		changes []ResourceChange
		want    *synthesized.Stack // what was there; nil: not known
	}{
		"a larger task":             {nil, []ResourceChange{smaller, revision}, stack("512", "3")},
		"more tasks":                {nil, []ResourceChange{fewer}, stack("1024", "1")},
		"both":                      {nil, []ResourceChange{smaller, fewer, revision}, stack("512", "1")},
		"changed outside Terraform": {now, []ResourceChange{fewer}, stack("1024", "1")},
		"nothing that is paid":      {stack("512", "3"), []ResourceChange{revision}, now},
		"something else comes":      {nil, []ResourceChange{fewer, {Address: "aws_nat_gateway.n", Type: "aws_nat_gateway", Action: Create}}, nil},
		"one of two":                {nil, []ResourceChange{fewer, change(Update, "aws_cloudwatch_log_group.g[0]", "retention_in_days", 7.)}, nil},
		"a secret size":             {nil, []ResourceChange{change(Update, "aws_ecs_service.s", "desired_count", synthesized.SecretOf("1"))}, nil},
	} {
		r := Of(Input{Stack: "e", Planned: true, Changes: tt.changes, Before: tt.before, After: now})
		notKnown := slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "The difference in cost is not known") })
		if tt.want == nil {
			if r.Cost.Known || !notKnown || len(r.In(Costs)) > 0 {
				t.Errorf("%s: got %+v and notes %q, want a note that the difference is not known", name, r.Cost, r.Notes)
			}
			continue
		}
		want := Cost{Before: cost.Of(tt.want).Total(), After: cost.Of(now).Total(), Known: true}
		if r.Cost != want || notKnown || (want.Before != want.After) != (len(r.In(Costs)) > 0) {
			t.Errorf("%s: got %s, %d lines and notes %q; want %s", name, r.Cost, len(r.In(Costs)), r.Notes, want)
		}
	}
}
