package settings

import (
	"encoding/json"
	"slices"
	"strings"
)

// PolicyStatement is one statement of an IAM policy that a role has. It has no
// principal: that is the role.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
type PolicyStatement struct {
	SID       string   `yaml:"sid" rule:"sid,optional"`                        // Name of the statement, unique in its policy.
	Effect    string   `yaml:"effect" default:"Allow" rule:"oneof Allow Deny"` // Deny wins over every Allow that the role has from elsewhere.
	Actions   []string `yaml:"actions" rule:"action"`                          // What is allowed or denied.
	Resources []string `yaml:"resources" rule:"resource"`                      // What the actions apply to.

	// Conditions maps an operator to keys and their values, as in
	// StringEquals: {s3:prefix: [data/]}.
	Conditions map[string]map[string][]string `yaml:"conditions" keys:"conditionOperator"`
}

// Check wants actions and resources, but not everything.
func (s *PolicyStatement) Check(c Checker) {
	if len(s.Actions) == 0 {
		c.Fail(&s.Actions, "got none, want at least one such as s3:GetObject")
	}
	if len(s.Resources) == 0 {
		c.Fail(&s.Resources, "got none, want at least one ARN")
	}
	everything := slices.Contains(s.Actions, "*") && slices.Contains(s.Resources, "*")
	switch {
	case everything && s.Effect == "Allow":
		c.Fail(s, "allows every action on everything, want the actions that the flows need")
	case everything && len(s.Conditions) == 0:
		c.Fail(s, "denies every action on everything, so the role could do nothing; want actions, resources or conditions")
	}
	for operator, keys := range s.Conditions {
		for key, values := range keys {
			if err := Rules["conditionKey"].Text(key); err != nil {
				c.FailKey(&s.Conditions, operator, "%s", err)
			}
			if len(values) == 0 {
				c.FailKey(&s.Conditions, operator, "got no value for %s, want at least one", key)
			}
			if operator == "Null" && slices.ContainsFunc(values, func(v string) bool { return v != "true" && v != "false" }) {
				c.FailKey(&s.Conditions, operator, "got %s for %s, want true or false", strings.Join(values, ", "), key)
			}
		}
	}
}

// checkStatements keeps the names of a policy's statements apart.
func checkStatements(c Checker, statements []PolicyStatement) {
	seen := map[string]bool{}
	for i := range statements {
		s := &statements[i]
		if s.SID != "" && seen[s.SID] {
			c.Fail(&s.SID, "got %q twice, want a sid once in a policy", s.SID)
		}
		seen[s.SID] = true
	}
}

// Document is the statement as IAM reads it: one value of a condition as text,
// several as a list.
func (s *PolicyStatement) Document() map[string]any {
	document := map[string]any{"Effect": "Allow", "Action": s.Actions, "Resource": s.Resources}
	if s.Effect != "" {
		document["Effect"] = s.Effect
	}
	if s.SID != "" {
		document["Sid"] = s.SID
	}
	if len(s.Conditions) > 0 {
		conditions := map[string]any{}
		for operator, keys := range s.Conditions {
			written := map[string]any{}
			for key, values := range keys {
				written[key] = values
				if len(values) == 1 {
					written[key] = values[0]
				}
			}
			conditions[operator] = written
		}
		document["Condition"] = conditions
	}
	return document
}

// InlinePolicyCharacters are what IAM takes in all inline policies of a role,
// without white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const InlinePolicyCharacters = 10240

// What the stack's own statements take of it, unless names are very long: those of
// a worker of type ecs besides passRoleArns, and those of ECS Exec and OpenTelemetry
// alone. A test of package stacks measures them.
const (
	WorkerPolicyCharacters = 3072
	AgentPolicyCharacters  = 1536
)

// PolicyCharacters are what IAM counts of an inline policy with these statements.
func PolicyCharacters(statements []PolicyStatement) int {
	if len(statements) == 0 {
		return 0
	}
	var all []any
	for i := range statements {
		all = append(all, statements[i].Document())
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": all})
	if err != nil {
		panic(err) // texts and lists
	}
	return len(text)
}
