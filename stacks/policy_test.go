package stacks_test

import (
	"fmt"
	"strings"
	"testing"
)

// checkPolicies: no statement allows every action on everything or passes
// every role, and a role is passed to named services only.
func checkPolicies(t *testing.T, d document) {
	for name, local := range d.Locals {
		document, _ := local.(map[string]any)
		statements, _ := document["Statement"].([]any)
		for _, s := range statements {
			statement := s.(map[string]any)
			actions, resources := fmt.Sprint(statement["Action"]), fmt.Sprint(statement["Resource"])
			if statement["Effect"] == "Allow" && actions == "[*]" && resources == "[*]" {
				t.Errorf("local.%s allows everything", name)
			}
			if !strings.Contains(actions, "iam:PassRole") {
				continue
			}
			if resources == "[*]" || strings.Contains(resources, ":role/*]") {
				t.Errorf("local.%s passes the roles %s, want them by name", name, resources)
			}
			if !strings.Contains(fmt.Sprint(statement["Condition"]), "iam:PassedToService:") {
				t.Errorf("local.%s passes roles to any service", name)
			}
		}
	}
}

// checkQueues: a queue is encrypted and answers over TLS only.
func checkQueues(t *testing.T, d document) {
	for name, queue := range d.Resource["aws_sqs_queue"] {
		if queue["sqs_managed_sse_enabled"] != true && queue["kms_master_key_id"] == nil {
			t.Errorf("aws_sqs_queue.%s is not encrypted", name)
		}
		if policy := fmt.Sprint(d.Locals[name+"_queue_policy"]); !strings.Contains(policy, "aws:SecureTransport:false") || d.Resource["aws_sqs_queue_policy"][name] == nil {
			t.Errorf("aws_sqs_queue.%s has no policy that wants TLS", name)
		}
	}
}
