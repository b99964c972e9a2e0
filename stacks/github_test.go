package stacks_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// iamServices maps the beginnings of resource types to IAM's services, the
// longest first; whatever begins otherwise is EC2's.
var iamServices = []struct{ kind, service string }{
	{"aws_cloudwatch_query_definition", "logs"}, {"aws_cloudwatch_event", "events"}, {"aws_cloudwatch_log", "logs"}, {"aws_cloudwatch", "cloudwatch"},
	{"aws_appautoscaling", "application-autoscaling"}, {"aws_ecr", "ecr"}, {"aws_ecs", "ecs"}, {"aws_iam", "iam"}, {"aws_kms", "kms"},
	{"aws_secretsmanager", "secretsmanager"}, {"aws_service_discovery", "servicediscovery"}, {"aws_sns", "sns"}, {"aws_sqs", "sqs"}, {"aws_ssm", "ssm"},
	{"aws_", "ec2"},
}

// TestApplyRoleCoversEveryStack: the apply role may change what any worker
// stack has, and attach the managed policies that any attaches.
func TestApplyRoleCoversEveryStack(t *testing.T) {
	github := parse(t, cases()["github-actions"])
	var actions, policies []string
	for name, local := range github.Locals {
		if !strings.HasPrefix(name, "apply_") || strings.HasSuffix(name, "_read_policy") {
			continue
		}
		walk([]any{local}, func(path, value string) {
			service, action, _ := strings.Cut(value, ":")
			switch {
			case strings.Contains(path, ".Action") && action != "Decrypt":
				actions = append(actions, service)
			case strings.Contains(path, "iam:PolicyARN"):
				policies = append(policies, managedPolicy(value))
			}
		})
	}
	for name, data := range cases() {
		d := parse(t, data)
		if d.Resource["aws_ecs_service"] == nil {
			continue
		}
		for kind := range d.Resource {
			i := slices.IndexFunc(iamServices, func(s struct{ kind, service string }) bool { return strings.HasPrefix(kind, s.kind) })
			if service := iamServices[i].service; !slices.Contains(actions, service) {
				t.Errorf("%s: %s needs actions of %s, which the apply role lacks: constructs/githubpolicy.go", name, kind, service)
			}
		}
		for at, attachment := range d.Resource["aws_iam_role_policy_attachment"] {
			arn := fmt.Sprint(attachment["policy_arn"])
			if !strings.HasPrefix(arn, "arn:") {
				continue // of a list: what the served stacks' flow runs get is among the policies
			}
			if policy := managedPolicy(arn); !slices.Contains(policies, policy) {
				t.Errorf("%s: %s attaches %s, which the apply role may not: constructs/githubpolicy.go", name, at, policy)
			}
		}
	}
}

func managedPolicy(arn string) string {
	_, policy, _ := strings.Cut(arn, ":policy/")
	return policy
}

// TestPoliciesFit: a managed policy has at most 6,144 characters.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func TestPoliciesFit(t *testing.T) {
	for name, local := range parse(t, cases()["github-actions"]).Locals {
		text, err := json.Marshal(local)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 6144 {
			t.Errorf("local.%s: got %d characters, want at most 6144", name, len(text))
		}
	}
}
