package review

import (
	"encoding/json"
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
		"nothing that is paid":      {one, []ResourceChange{renamed}, false, 1},
		"fewer":                     {one, added[:len(added)-1], false, 1},
		"no files before":           {nil, []ResourceChange{added[len(added)-1], renamed}, false, 1},
		"no files, and it is free":  {nil, []ResourceChange{renamed}, false, 0},
		"no files, a larger task":   {nil, []ResourceChange{{Address: "aws_ecs_task_definition.t", Type: "aws_ecs_task_definition", Action: Replace, Attributes: []Attribute{{Path: "cpu"}}}}, false, 1},
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
