package config

import (
	"strings"
	"testing"
)

// TestCrashEventsStack: a queue for workers that are created elsewhere.
func TestCrashEventsStack(t *testing.T) {
	const (
		local = "terraform: {backend: {local: {path: \"terraform.{stack}.tfstate\"}}}\n"
		queue = "queueName: \"{stack}-ecs-events\"\n"
		stack = "kind: crash-events\nclusterArn: arn:aws:ecs:eu-west-1:123456789012:cluster/data\n" + queue
	)
	for _, tt := range []struct{ name, text, want string }{
		{"takes a cluster, a queue and a state", stack + local, ""},
		{"rejects no cluster, no queue and no state", "kind: crash-events\n",
			`events.yaml: clusterArn: missing, want a cluster's ARN, arn:aws:ecs:<region>:<12 digits>:cluster/<name>
events.yaml: queueName: missing, want 1 to 64 letters, digits, _ or -
events.yaml: terraform.backend: got none, want one of s3, http, cloud or local: without one the state would be lost`},
		{"rejects a cluster by name", "kind: crash-events\nclusterArn: data\n" + queue + local,
			`events.yaml:2: clusterArn: got "data", want a cluster's ARN, arn:aws:ecs:<region>:<12 digits>:cluster/<name>`},
		{"rejects a key of another region", stack + "kmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/0f5a7c9e-1b2d-4e3f-8a6b-5c4d3e2f1a0b\n" + local,
			"events.yaml:4: kmsKeyArn: got a key of region us-east-1, want one of eu-west-1, where the cluster is"},
		{"rejects what a worker's stack knows", stack + "nameTag: data\n" + local,
			"events.yaml:4: nameTag: unknown setting, known here: kind, stack, clusterArn, tags, queueName, visibilityTimeoutSeconds, messageRetentionSeconds, maxReceiveCount, kmsKeyArn, terraform"},
		{"rejects an older Terraform than its backend needs", stack + "terraform: {requiredVersion: \">= 1.5\", backend: {s3: {bucket: acme-state, key: events, region: eu-west-1, lock: s3}}}\n",
			`events.yaml:4: terraform.requiredVersion: got ">= 1.5" with lock s3, want at least ">= 1.11.0": use_lockfile is new in Terraform 1.11 (an experiment in 1.10), and an older one refuses it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"events.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
	t.Run("rejects the state of another stack", func(t *testing.T) {
		const want = "events.yaml:4: terraform.backend.local.path: got state terraform.dev.tfstate, which dev.yaml has already; give each its own"
		_, got := load(t, map[string]string{"dev.yaml": "preset: readme\nterraform: {backend: {s3: null, local: {path: terraform.dev.tfstate}}}\n", "events.yaml": stack + "terraform: {backend: {local: {path: terraform.dev.tfstate}}}\n"})
		if got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	})
	c, problem := load(t, map[string]string{
		"dev.yaml":    "preset: readme\nregion: eu-west-1\nworker: {type: ecs, permissions: least-privilege, healthCheck: {}}\ntaskRole: {name: w}\nflowRunRole: {name: f}\ncrashEvents: {queueName: events-ecs-events}\n",
		"events.yaml": stack + "terraform: {backend: {s3: {bucket: acme-state, key: events, region: eu-west-1}}}\n"})
	if problem != "" {
		t.Fatal(problem)
	}
	for _, want := range []string{
		"events.yaml:4: terraform.backend.s3: no lock: two runs at a time can lose each other's changes; set lock: s3, or dynamodbTable",
		"dev.yaml has the same names (queue events-ecs-events), and AWS accepts each once; set others, unless the two are for different accounts",
	} {
		if !strings.Contains(strings.Join(warningsOf(c), "\n"), want) {
			t.Errorf("no %s in:\n%s", want, strings.Join(warningsOf(c), "\n"))
		}
	}
}
