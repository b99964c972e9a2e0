package settings

import (
	"slices"
	"strings"
)

// IAM is what all roles have in common.
type IAM struct {
	RolePath               string `yaml:"rolePath" rule:"rolePath,optional"`                // Such as /prefect/; empty: /.
	PermissionsBoundaryARN string `yaml:"permissionsBoundaryArn" rule:"policyARN,optional"` // Managed policy that caps every role; empty: none.

	// RestrictTrust lets ECS assume the roles for this account's tasks only
	// (aws:SourceAccount, aws:SourceArn).
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
	RestrictTrust bool `yaml:"restrictTrust"`
}

// TaskExecutionRole is the role with which ECS pulls the image, writes logs
// and reads the secret.
type TaskExecutionRole struct {
	Name                    string        `yaml:"name" rule:"roleName" braces:"names"`             // Name of the role.
	NameTag                 string        `yaml:"nameTag" rule:"tagValue,optional" braces:"names"` // Name tag.
	AttachECRReadOnlyPolicy bool          `yaml:"attachEcrReadOnlyPolicy"`                         // Also attach AmazonEC2ContainerRegistryReadOnly.
	SecretsPolicy           SecretsPolicy `yaml:"secretsPolicy"`                                   // What the role may do with the secret.

	// Permissions are AWS's managed policy, which covers every repository and
	// log group (managed), or a policy of its own for this stack's log groups
	// and repositoryArns (least-privilege).
	Permissions string `yaml:"permissions" default:"managed" rule:"oneof managed least-privilege"`

	// RepositoryARNs are the ECR repositories that a least-privilege role may
	// pull from. Empty: every one of this account and region.
	RepositoryARNs []string `yaml:"repositoryArns" rule:"repositoryARN"`
}

// SecretsPolicy is the inline policy that lets a role use the secret.
type SecretsPolicy struct {
	Name    string   `yaml:"name" rule:"policyName"`              // Name of the policy.
	Actions []string `yaml:"actions" rule:"secretsManagerAction"` // Actions of Secrets Manager.
}

// LeastPrivilege is the choice of a role made for what it serves.
const LeastPrivilege = "least-privilege"

// Check finds settings that do nothing, or undo each other.
func (r *TaskExecutionRole) Check(c Checker) {
	if len(r.SecretsPolicy.Actions) == 0 {
		c.Fail(&r.SecretsPolicy.Actions, "got none, want at least secretsmanager:GetSecretValue: the task cannot start without")
	}
	if c.Wrong(&r.Permissions) {
		return
	}
	least := r.Permissions == LeastPrivilege
	if least && r.AttachECRReadOnlyPolicy {
		c.Fail(&r.AttachECRReadOnlyPolicy, "got true with permissions least-privilege, which it would undo; set it to false")
	}
	if !least && len(r.RepositoryARNs) > 0 {
		c.Fail(&r.RepositoryARNs, "set, but only permissions least-privilege uses it")
	}
}

// TaskRole is the workers' own role, made with permissions least-privilege: it
// may run flow runs in this cluster and pass them their roles, no more.
type TaskRole struct {
	Name    string `yaml:"name" rule:"roleName" braces:"names"`             // Name of the role.
	NameTag string `yaml:"nameTag" rule:"tagValue,optional" braces:"names"` // Name tag.

	// PassRoleARNs are further roles that a deployment may give its flow runs,
	// besides flowRunRole and the task execution role.
	PassRoleARNs []string `yaml:"passRoleArns" rule:"roleARN"`
}

// FlowRunRole is the task role of flow runs: what flows themselves may do. A
// worker of type process runs flows in its own task, so this is its role.
type FlowRunRole struct {
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
