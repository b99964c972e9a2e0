package constructs

import (
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// checkStatements refuses statements that IAM would: of nothing, or on nothing.
func (g group) checkStatements(prop string, statements []settings.PolicyStatement) {
	for i, s := range statements {
		if strings.Join(s.Actions, "") == "" {
			g.refuse("%s[%d].Actions is missing; pass at least one such as s3:GetObject", prop, i)
		}
		if strings.Join(s.Resources, "") == "" {
			g.refuse("%s[%d].Resources is missing; pass at least one ARN", prop, i)
		}
	}
}

// allowed writes statements as IAM reads them.
func allowed(statements []settings.PolicyStatement) []any {
	var all []any
	for _, s := range statements {
		document := allow(s.Actions, s.Resources...)
		if s.SID != "" {
			document["Sid"] = s.SID
		}
		if len(s.Conditions) > 0 {
			document["Condition"] = conditions(s.Conditions)
		}
		all = append(all, document)
	}
	return all
}

// conditions writes one value as text and several as a list.
func conditions(all map[string]map[string][]string) map[string]any {
	document := map[string]any{}
	for operator, keys := range all {
		written := map[string]any{}
		for key, values := range keys {
			written[key] = values
			if len(values) == 1 {
				written[key] = values[0]
			}
		}
		document[operator] = written
	}
	return document
}

// policy is an IAM policy document.
func policy(statements ...any) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

// admit lets an AWS service use the resource that has the policy.
func admit(sid, service string, action, resource any, condition map[string]any) map[string]any {
	s := map[string]any{"Sid": sid, "Effect": "Allow", "Principal": map[string]any{"Service": service}, "Action": action, "Resource": resource}
	if condition != nil {
		s["Condition"] = condition
	}
	return s
}

// denyInsecureTransport lets nobody use the resource without TLS.
func denyInsecureTransport(service string, resource any) map[string]any {
	return map[string]any{"Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": service + ":*", "Resource": resource,
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}}}
}

// accountManagesKey lets IAM policies of the account decide who uses a key.
// Without it nobody could manage the key, not even delete it.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func accountManagesKey(sid, root string) map[string]any {
	return map[string]any{"Sid": sid, "Effect": "Allow", "Principal": map[string]any{"AWS": root}, "Action": "kms:*", "Resource": "*"}
}

// allow is a statement.
func allow(actions []string, resources ...string) map[string]any {
	return map[string]any{"Effect": "Allow", "Action": actions, "Resource": resources}
}

func allowIf(actions []string, condition map[string]any, resources ...string) map[string]any {
	s := allow(actions, resources...)
	if len(condition) > 0 {
		s["Condition"] = condition
	}
	return s
}
