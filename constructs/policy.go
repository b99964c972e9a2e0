package constructs

import "github.com/prefect-ecs/prefect-ecs-worker/settings"

// Statement is one statement of an IAM policy that allows something.
type Statement struct {
	SID        string
	Actions    []string
	Resources  any // []string, or a template of a list
	Conditions map[string]map[string]any
}

func (s Statement) document() map[string]any {
	document := map[string]any{"Effect": "Allow", "Action": s.Actions, "Resource": s.Resources}
	if s.SID != "" {
		document["Sid"] = s.SID
	}
	if len(s.Conditions) > 0 {
		document["Condition"] = s.Conditions
	}
	return document
}

// statements are those of the settings.
func statements(all []settings.PolicyStatement) []Statement {
	var converted []Statement
	for _, s := range all {
		conditions := map[string]map[string]any{}
		for operator, keys := range s.Conditions {
			conditions[operator] = map[string]any{}
			for key, values := range keys {
				conditions[operator][key] = values
			}
		}
		converted = append(converted, Statement{SID: s.SID, Actions: s.Actions, Resources: s.Resources, Conditions: conditions})
	}
	return converted
}

// policy is an IAM policy document.
func policy(statements ...any) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

func policyOf(statements []Statement) map[string]any {
	var documents []any
	for _, s := range statements {
		documents = append(documents, s.document())
	}
	return policy(documents...)
}
