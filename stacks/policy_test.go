package stacks_test

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// checkPolicies: no statement allows everything, or what it does not name, and
// a role is passed by its name and to named services only: whoever may pass any
// role to any service has every role's permissions.
func checkPolicies(t *testing.T, d document) {
	for name := range d.Locals {
		for _, s := range statements(t, d, name) {
			if s["Effect"] != "Allow" {
				continue
			}
			if s["NotAction"] != nil || s["NotResource"] != nil || s["NotPrincipal"] != nil {
				t.Errorf("local.%s allows all but %v%v%v", name, s["NotAction"], s["NotResource"], s["NotPrincipal"])
			}
			resources := list(s["Resource"])
			if allows(s, "logs:DescribeLogGroups") && !slices.Equal(resources, []string{"*"}) {
				t.Errorf("local.%s allows logs:DescribeLogGroups on %v, where it grants nothing; want it on *", name, resources)
			}
			if allows(s, "any:Action") && slices.Contains(resources, "*") {
				t.Errorf("local.%s allows everything", name)
			}
			if !allows(s, "iam:PassRole") {
				continue
			}
			for _, resource := range resources {
				if resource == "*" || strings.HasSuffix(resource, ":role/*") || strings.HasSuffix(resource, ":*") {
					t.Errorf("local.%s passes the roles %s, want them by name", name, resource)
				}
			}
			if len(list(condition(s, "StringEquals", "iam:PassedToService"))) == 0 {
				t.Errorf("local.%s passes roles to any service", name)
			}
		}
	}
}

// statements are those of a local that is a policy.
func statements(t *testing.T, d document, local string) []map[string]any {
	t.Helper()
	document, _ := d.Locals[local].(map[string]any)
	var all []map[string]any
	switch v := document["Statement"].(type) {
	case nil:
	case []any:
		for _, s := range v {
			all = append(all, object(t, s))
		}
	default:
		all = append(all, object(t, v))
	}
	return all
}

// allows says whether a statement's actions, a list or a text with wildcards,
// have an action among them.
func allows(statement map[string]any, action string) bool {
	return slices.ContainsFunc(list(statement["Action"]), func(pattern string) bool {
		matches, err := path.Match(strings.ToLower(pattern), strings.ToLower(action))
		return matches && err == nil
	})
}

func condition(statement map[string]any, operator, key string) any {
	operators, _ := statement["Condition"].(map[string]any)
	keys, _ := operators[operator].(map[string]any)
	return keys[key]
}

// checkQueues: a queue is encrypted and answers over TLS only.
func checkQueues(t *testing.T, d document) {
	for name, queue := range d.Resource["aws_sqs_queue"] {
		if queue["sqs_managed_sse_enabled"] != true && queue["kms_master_key_id"] == nil {
			t.Errorf("aws_sqs_queue.%s is not encrypted", name)
		}
		tls := slices.ContainsFunc(statements(t, d, name+"_queue_policy"), func(s map[string]any) bool {
			return s["Effect"] == "Deny" && s["Principal"] == "*" && allows(s, "sqs:SendMessage") && condition(s, "Bool", "aws:SecureTransport") == "false"
		})
		policy := d.Resource["aws_sqs_queue_policy"][name]
		if !tls || !slices.Contains(addressesIn(policy["policy"]), "local."+name+"_queue_policy") || !slices.Contains(addressesIn(policy["queue_url"]), "aws_sqs_queue."+name) {
			t.Errorf("aws_sqs_queue.%s has no policy that wants TLS", name)
		}
	}
}
