package diagram

import (
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// TestPlaces: every instance of every resource of every whole golden has a place, and
// that is a box or an arrow of the picture.
func TestPlaces(t *testing.T) {
	for name, stack := range cases(t) {
		picture := Of(name, stack)
		for _, r := range stack.Resources() {
			for _, i := range r.Instances() {
				if path := picture.Place(i.Address()); path == "" || !picture.has(path) {
					t.Errorf("%s: %s is at %q", name, i.Address(), path)
				}
			}
		}
	}
	picture := Of("production", cases(t)["production"])
	for address, want := range map[string]string{
		"aws_nat_gateway.nat[1]":                          "region.vpc.zones.us_east_1b.public1.nat1",
		"aws_eip.nat[2]":                                  "region.vpc.zones.us_east_1c.public2.nat2",
		"aws_route_table.private[1]":                      "region.vpc.zones.us_east_1b.private1",
		"aws_route_table_association.private_assoc[2]":    "region.vpc.zones.us_east_1c.private2",
		"aws_subnet.public":                               "region.vpc.zones.us_east_1a.public0",
		"aws_security_group.prefect_sg":                   "region.ecs->region.vpc",
		"aws_ecs_task_definition.prefect_worker":          "region.ecs.prefect_service",
		"aws_appautoscaling_policy.queue_depth":           "region.ecs.prefect_service",
		"aws_iam_role_policy.task_policy":                 "region.ecs.aws_iam_role_task_role",
		"aws_iam_role.late_runs":                          "region.monitoring.functions",
		"aws_sqs_queue.crash_events_dead_letter":          "region.aws_sqs_queue_crash_events",
		"aws_sqs_queue_policy.crash_events_dead_letter":   "region.aws_sqs_queue_crash_events",
		"aws_cloudwatch_log_metric_filter.error_lines":    "region.log_groups",
		"aws_cloudwatch_event_target.crash_events":        "region.monitoring.rules",
		"aws_sns_topic_policy.alerts":                     "region.monitoring.topics",
		"aws_ecs_cluster_capacity_providers.prefect":      "region.ecs",
		"aws_default_security_group.default":              "region.vpc",
		`aws_vpc_endpoint.s3`:                             "region.vpc.gateways.endpoint_s3_s3",
		"aws_sqs_queue.of_another_stack":                  "",
		"output.ecs_cluster_arn":                          "",
		"aws_ecr_lifecycle_policy.my_prefect_flow":        "region.aws_ecr_repository_my_prefect_flow",
		"aws_secretsmanager_secret.prefect_api[\"none\"]": "region.aws_secretsmanager_secret_prefect_api",
	} {
		if got := picture.Place(address); got != want {
			t.Errorf("%s is at %q, want %q", address, got, want)
		}
	}
}

func TestUniteLines(t *testing.T) {
	for name, tt := range map[string]struct{ before, after, want string }{
		"equal":                      {"a;b", "a;b", "a;b"},
		"one is new":                 {"a", "a;b", "a;+ b"},
		"one is gone":                {"a;b;c", "a;c", "a;− b;c"},
		"one in place of another":    {"a;b;c", "a;d;c", "a;− b;+ d;c"},
		"the first and the last":     {"a;b", "c;b;d", "− a;+ c;b;+ d"},
		"all":                        {"a;b", "c", "− a;+ c;− b"},
		"another order":              {"a;b", "b;a", "b;a"},
		"an action more":             {"ecs: A, B;sqs: X", "ecs: A, B, C;sqs: X", "ecs: A, B, +C;sqs: X"},
		"an action less, on lines":   {"ecs: A,\nB, C", "ecs: A, C", "ecs: A, C, −B"},
		"a service less":             {"ecs: A;sqs: X", "ecs: A", "ecs: A;− sqs: X"},
		"names without a title":      {"cpu, memory, late runs", "cpu, memory", "cpu, memory, −late runs"},
		"what is said of a name":     {"/a, 30 days;/b, 30 days", "/a, 365 days;/c, 30 days", "/a, +365 days, −30 days;− /b, 30 days;+ /c, 30 days"},
		"sentences are no such list": {"Deployments that failed", "Tasks that stopped", "− Deployments that failed;+ Tasks that stopped"},
	} {
		split := func(text string) []string { return strings.Split(text, ";") }
		if got := uniteLines(split(tt.before), split(tt.after)); !slices.Equal(got, split(tt.want)) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
	for _, tt := range [][3]string{{"ECS cluster a", "ECS cluster b", "ECS cluster a → b"}, {"8 alarms", "7 alarms", "8 → 7 alarms"}, {"Log group", "2 log groups", "Log group → 2 log groups"}, {"VPC a", "VPC a", "VPC a"}} {
		if got := uniteTitle(tt[0], tt[1]); got != tt[2] {
			t.Errorf("got %q, want %q", got, tt[2])
		}
	}
}

func parse(t *testing.T, text string) *Picture {
	t.Helper()
	s, err := synthesized.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Of("test", s)
}

// TestUnion: what is gone is where it was, what has moved is not drawn twice, and the
// mark of a box is of what the box is about.
func TestUnion(t *testing.T) {
	before := parse(t, `{"resource": {"aws_sqs_queue": {"a": {"name": "a"}, "gone": {"name": "gone"}, "z": {"name": "z"}, "old": {"name": "moved"}},
		"aws_cloudwatch_log_group": {"one": {"name": "one"}}, "aws_iam_role": {"r": {"name": "r"}}}}`)
	after := parse(t, `{"resource": {"aws_sqs_queue": {"a": {"name": "b"}, "z": {"name": "z"}, "new": {"name": "moved"}},
		"aws_cloudwatch_log_group": {"one": {"name": "one"}, "two": {"name": "two"}}, "aws_iam_role": {"r": {"name": "r"}}, "aws_iam_role_policy": {"p": {"role": "${aws_iam_role.r.id}"}}}}`)
	actions := map[string]string{"aws_sqs_queue.a": Replace, "aws_sqs_queue.gone": Destroy, "aws_sqs_queue.new": Change, "aws_cloudwatch_log_group.two": Create, "aws_iam_role_policy.p": Create, "aws_sqs_queue.elsewhere": Create}
	union := Union(before, after, actions)
	var ids []string
	for _, b := range union.box("region").Boxes {
		ids = append(ids, strings.TrimPrefix(b.ID, "aws_sqs_queue_"))
	}
	if want := []string{"a", "new", "gone", "z", "log_groups", "aws_iam_role_r"}; !slices.Equal(ids, want) {
		t.Errorf("got boxes %q, want %q", ids, want)
	}
	if b := union.box("region.aws_sqs_queue_a"); !slices.Equal(b.Lines, []string{"− a", "+ b"}) {
		t.Errorf("got lines %q", b.Lines)
	}
	got := map[string]string{}
	for _, m := range union.Marks(actions) {
		got[strings.TrimPrefix(m.Path, "region.")] = m.Action + " " + strings.Join(m.Addresses, " ")
	}
	for path, want := range map[string]string{
		"aws_sqs_queue_a": "replace aws_sqs_queue.a", "aws_sqs_queue_gone": "destroy aws_sqs_queue.gone", "aws_sqs_queue_new": "change aws_sqs_queue.new",
		"log_groups": "change aws_cloudwatch_log_group.two", "aws_iam_role_r": "change aws_iam_role_policy.p",
	} {
		if got[path] != want {
			t.Errorf("%s: got mark %q, want %q", path, got[path], want)
		}
		delete(got, path)
	}
	if len(got) > 0 {
		t.Errorf("more marks than wanted: %q", got)
	}

	all := map[string]string{"aws_sqs_queue.gone": Destroy}
	if u := Union(before, nil, all); !u.has("region.aws_sqs_queue_gone") || u.has("region.aws_sqs_queue_z") {
		t.Error("without a stack after it, all that is destroyed is drawn and nothing else")
	}
	if u := Union(nil, after, nil); d2(u, func(s string) string { return s }) != d2(after, func(s string) string { return s }) {
		t.Error("without a stack before it, the picture is another one")
	}
	if u := Union(after, after, nil); Digest(u) != Digest(after) {
		t.Error("the picture of no change is another one")
	}
}

// TestMarked: marks lie where D2 has drawn what they are of, and a mark of nothing is an error.
func TestMarked(t *testing.T) {
	picture := &Picture{Boxes: []*Box{{ID: "a", Title: "A"}, {ID: "b", Title: "B"}}, Arrows: []Arrow{{From: "a", To: "b", Label: "reads ${x}"}}}
	marks := []Mark{{Path: "a", Title: `A"><script>`, Action: Destroy, Addresses: []string{"x.a"}, ID: "box-1", Href: "#line-1"}, {Path: "a->b", Action: Change, Addresses: []string{"x.b"}, ID: "box-2", Href: "#line-2"}}
	svg, err := Marked(t.Context(), picture, t.TempDir(), marks)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<a id="box-1" href="#line-1" class="mark destroy"`, "A&#34;&gt;&lt;script&gt;", `class="cross"`, "− destroy", `<a id="box-2" href="#line-2" class="mark change"`, "reads ${x}"} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("the picture has no %s", want)
		}
	}
	if strings.HasPrefix(string(svg), "<?xml") || strings.Contains(string(svg), "<script") {
		t.Error("the picture is not one for a page")
	}
	if _, err := Marked(t.Context(), picture, t.TempDir(), []Mark{{Path: "c", Addresses: []string{"x.c"}}}); err == nil || !strings.Contains(err.Error(), "no place c for x.c") {
		t.Errorf("got %v", err)
	}
}
