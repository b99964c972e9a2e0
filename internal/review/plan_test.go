package review

import (
	"encoding/json"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
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
		changes []ResourceChange
		want    bool
	}{
		"the same":                  {added, true},
		"the same and what is free": {append(added[:len(added):len(added)], renamed), true},
		"nothing that is paid":      {[]ResourceChange{renamed}, false},
		"fewer":                     {added[:len(added)-1], false},
	} {
		r := Of(Input{Stack: "e", Planned: true, Changes: tt.changes, Before: one, After: three})
		var lines, said int
		for _, l := range r.Lines {
			if l.Group == Costs {
				lines++
			}
		}
		for _, n := range r.Notes {
			if strings.Contains(n, "The cost is left out") {
				said++
			}
		}
		if r.Cost.Known != tt.want || (lines > 0) != tt.want || (said > 0) == tt.want {
			t.Errorf("%s: got %+v, %d lines, and it is left out %d times; want a cost: %v", name, r.Cost, lines, said, tt.want)
		}
	}
	r := Of(Input{Stack: "e", Planned: true, Changes: FromStacks(nil, one), After: one})
	if !r.Cost.Known || r.Cost.After == 0 {
		t.Errorf("a new stack: got %+v", r.Cost)
	}
}
