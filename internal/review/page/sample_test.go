package page

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/diagram"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

const golden = "../../../stacks/testdata"

// production is the golden of the preset production with changes: texts in pairs, as
// strings.NewReplacer takes them, and resources that are left out.
func production(t testing.TB, change []string, without ...string) *synthesized.Stack {
	t.Helper()
	return changedWithout(t, "production", change, without)
}

func changed(t testing.TB, name string, change ...string) *synthesized.Stack {
	t.Helper()
	return changedWithout(t, name, change, nil)
}

func changedWithout(t testing.TB, name string, change, without []string) *synthesized.Stack {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(golden, name, synthesized.FileName))
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		t.Fatal(err)
	}
	data = compact.Bytes()
	for i := 0; i < len(change); i += 2 {
		if !strings.Contains(string(data), change[i]) {
			t.Fatalf("the golden has no %s", change[i])
		}
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(strings.NewReplacer(change...).Replace(string(data))), &document); err != nil {
		t.Fatal(err)
	}
	for _, address := range without {
		kind, name, _ := strings.Cut(address, ".")
		delete(document["resource"].(map[string]any)[kind].(map[string]any), name)
	}
	if data, err = json.Marshal(document); err != nil {
		t.Fatal(err)
	}
	s, err := synthesized.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sample is a change of prod as a reviewer gets it, and one of another stack.
func sample(t testing.TB) []Stack {
	return []Stack{
		stack(t, "prod", production(t, []string{
			`"count":"${length(aws_subnet.public)}"`, `"count":1`,
			`"name":"prefect-prod"`, `"name":"prefect"`,
			"0.7.12-python3.12-prefect3.9.1", "0.7.10-python3.12-prefect3.8.4",
			`"retention_in_days":365`, `"retention_in_days":30`,
		}, "aws_cloudwatch_dashboard.prefect"), production(t, []string{
			`"ingress":[],"name":"prefect-prod-sg"`, `"ingress":[{"cidr_blocks":["0.0.0.0/0"],"from_port":22,"to_port":22,"protocol":"tcp"}],"name":"prefect-prod-sg"`,
			`"ecs:StopTask"`, `"ecs:StopTask","ecs:ExecuteCommand"`,
			"${aws_sqs_queue.crash_events.name}", "crash-events", "${aws_sqs_queue.crash_events.arn}", "arn:aws:sqs:us-east-1:123456789012:crash-events",
			"${aws_sqs_queue.crash_events_dead_letter.name}", "dead", "${aws_sqs_queue.crash_events_dead_letter.arn}", "arn:aws:sqs:us-east-1:123456789012:dead",
		}, "aws_sqs_queue.crash_events", "aws_sqs_queue.crash_events_dead_letter", "aws_sqs_queue_policy.crash_events", "aws_sqs_queue_policy.crash_events_dead_letter",
			"aws_sqs_queue_redrive_allow_policy.crash_events_dead_letter", "aws_cloudwatch_event_rule.crash_events", "aws_cloudwatch_event_target.crash_events", "aws_cloudwatch_metric_alarm.dead_letters")),
		stack(t, "dev", changed(t, "readme"), changed(t, "readme", `"desired_count":"${var.desired_count}"`, `"desired_count":2`)),
	}
}

// stack is what the page has of a stack's two syntheses, with the rest of what a
// review may have.
func stack(t testing.TB, name string, before, after *synthesized.Stack) Stack {
	t.Helper()
	file := "environments/" + name + ".yaml"
	r := review.Of(review.Input{Stack: name, Base: "main (b3dd2b9)", Changes: review.FromStacks(before, after), Before: before, After: after,
		Causes: func(address, path string) []review.Cause {
			switch {
			case strings.HasPrefix(address, "aws_nat_gateway"), strings.HasPrefix(address, "aws_eip"):
				return []review.Cause{{Setting: "network.natGateways", File: file, Line: 12, Before: "single", After: "perZone"}}
			case strings.Contains(address, "crash_events"):
				return []review.Cause{{Setting: "crashEvents", File: file, Before: "{}", After: "null"}}
			case strings.HasPrefix(address, "aws_ecs_cluster.") && path == "name":
				return []review.Cause{{Setting: "cluster.name", File: file, Line: 7, Before: "prefect", After: "prefect-prod"}}
			case strings.HasSuffix(path, "image"):
				return []review.Cause{{Setting: "worker.image", File: file, Line: 28}}
			}
			return nil
		}})
	for i, l := range r.Lines { // as review.Of leaves what it cannot take apart
		if l.Group == review.IAM {
			policy := "{\n  \"Action\": [\n    \"ecs:StopTask\"\n  ]\n}"
			r.Lines[i].Attributes = append(l.Attributes, review.Attribute{Path: "policy", Before: policy, After: strings.Replace(policy, "Task\"", "Task\",\n    \"ecs:ExecuteCommand\"", 1)})
		}
	}
	return Stack{Review: r, Before: diagram.Of(name, before), After: diagram.Of(name, after)}
}
