package settings

import (
	"slices"
	"strings"
)

// FlowRunRole is the task role of flow runs: what flows themselves may do. A
// worker of type process runs flows in its own task, so this is its role.
type FlowRunRole struct {
	_ struct{} `makes:"aws_iam_role.flow_run_role aws_iam_role_policy.flow_run_policy aws_iam_role_policy.flow_run_task_policy aws_iam_role_policy_attachment.flow_run_managed"`

	ARN                    string            `yaml:"arn" rule:"roleARN,optional"`                      // Of an existing role; empty: one is made.
	Name                   string            `yaml:"name" rule:"roleName,optional" braces:"names"`     // Name of the role that is made.
	NameTag                string            `yaml:"nameTag" rule:"tagValue,optional" braces:"names"`  // Name tag.
	ManagedPolicyARNs      []string          `yaml:"managedPolicyArns" rule:"policyARN,unique,max 10"` // Managed policies; 10 is AWS's default quota for a role.
	InlinePolicyStatements []PolicyStatement `yaml:"inlinePolicyStatements"`                           // Statements of an inline policy.
}

// PolicyStatement is one statement of an IAM policy that allows something.
type PolicyStatement struct {
	SID       string   `yaml:"sid" rule:"sid,optional"`   // Name of the statement, unique in its policy.
	Actions   []string `yaml:"actions" rule:"action"`     // What is allowed.
	Resources []string `yaml:"resources" rule:"resource"` // On what it is allowed.

	// Conditions maps an operator to keys and their values, as in
	// StringEquals: {s3:prefix: [data/]}.
	Conditions map[string]map[string][]string `yaml:"conditions" keys:"conditionOperator"`
}

// Makes says whether the stack makes the role.
func (r *FlowRunRole) Makes() bool { return r.ARN == "" }

// Check wants either an existing role or one to be made.
func (r *FlowRunRole) Check(c Checker) {
	made := r.Name != "" || len(r.ManagedPolicyARNs) > 0 || len(r.InlinePolicyStatements) > 0
	switch {
	case r.ARN != "" && made:
		c.Fail(&r.ARN, "got an existing role with settings of one to be made, want one: remove the ARN, or name and policies")
	case r.ARN == "" && r.Name == "":
		c.Fail(&r.Name, "got no value, want %s", Rules["roleName"].Wanted)
	}
	seen := map[string]bool{}
	for i := range r.InlinePolicyStatements {
		s := &r.InlinePolicyStatements[i]
		if s.SID != "" && seen[s.SID] {
			c.Fail(&s.SID, "got %q twice, want a sid once in a policy", s.SID)
		}
		seen[s.SID] = true
	}
}

// Check wants actions and resources, but not everything.
func (s *PolicyStatement) Check(c Checker) {
	if len(s.Actions) == 0 {
		c.Fail(&s.Actions, "got none, want at least one such as s3:GetObject")
	}
	if len(s.Resources) == 0 {
		c.Fail(&s.Resources, "got none, want at least one ARN")
	}
	if slices.Contains(s.Actions, "*") && slices.Contains(s.Resources, "*") {
		c.Fail(s, "allows every action on everything, want the actions that the flows need")
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
