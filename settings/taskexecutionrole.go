package settings

import (
	"slices"
	"strings"
)

// TaskExecutionRole is the role with which ECS pulls the image, writes logs
// and reads the secret.
type TaskExecutionRole struct {
	_ struct{} `makes:"aws_iam_role.task_execution_role aws_iam_role_policy.execution_task_policy aws_iam_role_policy.task_execution_policy aws_iam_role_policy_attachment.ecs_task_execution aws_iam_role_policy_attachment.ecs_task_execution_ecr aws_iam_role_policy_attachment.execution_managed"`

	// ARN of an existing role, of the stack's account. Nothing is attached to it:
	// a warning says what it must allow. Empty: a role is created.
	ARN                     string        `yaml:"arn" rule:"roleARN,optional"`
	Name                    string        `yaml:"name" rule:"roleName,optional" braces:"names"`    // Name of the role that is created.
	NameTag                 string        `yaml:"nameTag" rule:"tagValue,optional" braces:"names"` // Name tag.
	AttachECRReadOnlyPolicy bool          `yaml:"attachEcrReadOnlyPolicy"`                         // Also attach AmazonEC2ContainerRegistryReadOnly.
	SecretsPolicy           SecretsPolicy `yaml:"secretsPolicy"`                                   // What the role may do with the secret.

	// Permissions are AWS's managed policy, which covers every repository and
	// log group (managed), or a policy for only this stack's log groups and
	// repositoryArns (least-privilege).
	Permissions string `yaml:"permissions" default:"managed" rule:"oneof managed least-privilege"`

	// RepositoryARNs are the ECR repositories that a least-privilege role may
	// pull from. Empty: every one of this account and region.
	RepositoryARNs []string `yaml:"repositoryArns" rule:"repositoryARN"`

	ManagedPolicyARNs []string `yaml:"managedPolicyArns" rule:"policyARN,unique,max 10"` // Additional managed policies; AWS's default quota for a role is 10, including those of the other settings.

	// SecretARNs are further secrets and SSM parameters that the role may read: of
	// containers that a work pool's job template describes, such as secrets or the
	// credentials of a private registry. Those of worker.secrets, of sidecars and of
	// worker.repositoryCredentials it may read anyway.
	SecretARNs []string `yaml:"secretArns" rule:"secretARN,unique" hide:"yes"`

	// KMSKeyARNs are customer-managed keys of these secrets and parameters. The key of
	// the section secret is its own kmsKeyArn.
	KMSKeyARNs []string `yaml:"kmsKeyArns" rule:"kmsKeyARN,unique,region"`
}

// AWS's managed policies that the settings attach.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-awsmanpol.html
const (
	TaskExecutionPolicy = "service-role/AmazonECSTaskExecutionRolePolicy"
	ECRReadOnlyPolicy   = "AmazonEC2ContainerRegistryReadOnly"
)

// Makes says whether the stack creates the role.
func (r *TaskExecutionRole) Makes() bool { return r.ARN == "" }

// attached are AWS's managed policies that the role has by its other settings.
func (r *TaskExecutionRole) attached() []string {
	var all []string
	if r.Permissions != LeastPrivilege {
		all = append(all, TaskExecutionPolicy)
	}
	if r.AttachECRReadOnlyPolicy {
		all = append(all, ECRReadOnlyPolicy)
	}
	return all
}

// SecretsPolicy is the inline policy that lets a role use the secret.
type SecretsPolicy struct {
	_ struct{} `makes:"aws_iam_role_policy.secrets_policy"`

	Name    string   `yaml:"name" rule:"policyName"`              // Name of the policy.
	Actions []string `yaml:"actions" rule:"secretsManagerAction"` // Actions of Secrets Manager.
}

// LeastPrivilege is the choice of a role made for what it serves.
const LeastPrivilege = "least-privilege"

// Check finds settings that do nothing, or undo each other.
func (r *TaskExecutionRole) Check(c Checker) {
	if !r.Makes() {
		return
	}
	if r.Name == "" {
		c.Fail(&r.Name, "got no value, want %s", Rules["roleName"].Wanted)
	}
	if len(r.SecretsPolicy.Actions) == 0 {
		c.Fail(&r.SecretsPolicy.Actions, "got none, want at least secretsmanager:GetSecretValue: the task cannot start without")
	}
	if c.Wrong(&r.Permissions) {
		return
	}
	r.checkManagedPolicies(c)
	least := r.Permissions == LeastPrivilege
	if least && r.AttachECRReadOnlyPolicy {
		c.Fail(&r.AttachECRReadOnlyPolicy, "got true with permissions least-privilege, which it would undo; set it to false")
	}
	if !least && len(r.RepositoryARNs) > 0 {
		c.Fail(&r.RepositoryARNs, "set, but only permissions least-privilege uses it")
	}
}

// checkManagedPolicies wants each policy once, by one setting, and no more than a
// role takes.
func (r *TaskExecutionRole) checkManagedPolicies(c Checker) {
	for i, arn := range r.ManagedPolicyARNs {
		_, name, _ := strings.Cut(arn, ":policy/")
		switch {
		case !strings.Contains(arn, ":iam::aws:"):
		case slices.Contains(r.attached(), name):
			c.FailIndex(&r.ManagedPolicyARNs, i, "got %s, which permissions or attachEcrReadOnlyPolicy attaches already; remove it", arn)
		case name == TaskExecutionPolicy:
			c.FailIndex(&r.ManagedPolicyARNs, i, "got %s with permissions least-privilege, which it would undo; remove it, or set permissions: managed", arn)
		}
	}
	if own, most := len(r.ManagedPolicyARNs), 10-len(r.attached()); own > most && !c.Wrong(&r.ManagedPolicyARNs) {
		c.Fail(&r.ManagedPolicyARNs, "got %d, want at most %d: a role can have 10, and permissions and attachEcrReadOnlyPolicy attach %d", own, most, len(r.attached()))
	}
}
