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
		if s.Effect != "" && s.Effect != "Allow" && s.Effect != "Deny" {
			g.refuse("%s[%d].Effect: got %q; pass Allow, Deny or nothing, which is Allow", prop, i, s.Effect)
		}
	}
}

// written are statements as IAM reads them.
func written(statements []settings.PolicyStatement) []any {
	var all []any
	for i := range statements {
		all = append(all, statements[i].Document())
	}
	return all
}

// PolicyDocument writes statements as IAM reads them, for NewJSON: a policy that
// somebody else gives to a role of theirs.
func PolicyDocument(statements []settings.PolicyStatement) map[string]any {
	return policy(written(statements)...)
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
