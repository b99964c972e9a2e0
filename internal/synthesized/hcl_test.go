package synthesized

import "testing"

func TestParseWith(t *testing.T) {
	s, err := ParseWith([]byte(stack), map[string][]byte{
		"alarm.tf": []byte(`
			locals { threshold = 5 }
			resource "aws_cloudwatch_metric_alarm" "mine" {
				alarm_name = "etl-${local.threshold}"
				threshold  = local.threshold
				dimensions = { ClusterName = aws_ecs_cluster.this.name, "a.b" = "c" }
				metric_query { id = "a" }
				metric_query { id = "b" }
			}
			resource "aws_iam_policy" "mine" {
				policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "${aws_ecs_cluster.this.arn}/$${x}" }] })
			}
			module "vpc" { source = "./vpc" }
			moved {
				from = aws_eip.old
				to   = aws_eip.new[0]
			}`),
		"tags_override.tf":  []byte(`resource "aws_ecs_cluster" "this" { name = "other" }`),
		"more.tf.json":      []byte(`{"resource": {"aws_sns_topic": {"t": {"name": "${aws_ecs_cluster.this.name}"}}}}`),
		"lambda/handler.py": []byte(`not Terraform`),
	})
	if err != nil {
		t.Fatal(err)
	}
	first := func(kind string) Instance { return s.OfType(kind)[0].Instances()[0] }
	alarm := first("aws_cloudwatch_metric_alarm")
	for _, tt := range []struct{ what, got, want string }{
		{"template", alarm.Text("alarm_name"), "etl-5"},
		{"number", alarm.Text("threshold"), "5"},
		{"override", alarm.Text("dimensions", "ClusterName"), "other"},
		{"quoted key", alarm.Text("dimensions", "a.b"), "c"},
		{"second block", Text(Get(alarm.List("metric_query")[1], "id")), "b"},
		{"JSON", first("aws_sns_topic").Text("name"), "other"},
		{"moved", s.Moves()[0].From + " " + s.Moves()[0].To, "aws_eip.old aws_eip.new[0]"},
		{"module", s.Modules()["vpc"].(map[string]any)["source"].(string), "./vpc"},
		{"document", Text(Get(first("aws_iam_policy").List("policy", "Statement")[0], "Resource")), "aws_ecs_cluster.this.arn/${x}"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, tt.got, tt.want)
		}
	}
	if _, err := ParseWith([]byte(stack), map[string][]byte{"a.tf": []byte("resource {")}); err == nil {
		t.Error("got no error for a broken file")
	}
}
