package settings

import (
	"slices"
	"strings"
)

// GitHubActions is the stack that lets GitHub Actions plan and apply other
// stacks without keys: the OIDC provider and two roles. Like the state backend,
// a person deploys it once, and its own state is a local file.
type GitHubActions struct {
	_ struct{} `makes:"aws_iam_openid_connect_provider.github aws_iam_policy.apply_named aws_iam_policy.apply_network aws_iam_policy.apply_read aws_iam_policy.apply_services aws_iam_policy.apply_state aws_iam_policy.apply_stores aws_iam_policy.plan_read aws_iam_policy.plan_state aws_iam_role.apply aws_iam_role.plan aws_iam_role_policy_attachment.apply_named aws_iam_role_policy_attachment.apply_network aws_iam_role_policy_attachment.apply_read aws_iam_role_policy_attachment.apply_services aws_iam_role_policy_attachment.apply_state aws_iam_role_policy_attachment.apply_stores aws_iam_role_policy_attachment.plan_read aws_iam_role_policy_attachment.plan_state aws_kms_alias.alerts aws_kms_key.alerts"`

	Kind   string `yaml:"kind" rule:"oneof worker state-backend github-actions crash-events"` // github-actions.
	Stack  string `yaml:"stack" rule:"stackName"`                                             // Default: the file's name without .yaml.
	Region string `yaml:"region" rule:"region"`                                               // AWS region of the stacks.

	// Repository is owner/name. One created, renamed or moved after July 15, 2026 is
	// owner@<owner id>/name@<repository id>: GitHub puts the ids into its tokens, and a
	// role that trusts only the names refuses them.
	// https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
	Repository string `yaml:"repository" rule:"repository"` // The repository whose workflows may plan and apply.

	// Environment and PlanEnvironment are GitHub environments, in which {stack} is each of stacks:
	// a token says in which one a job runs, and the workflows of this repository run each stack's
	// jobs in its own environments.
	// https://docs.github.com/en/actions/reference/security/oidc#filtering-for-a-specific-environment
	Environment     string `yaml:"environment" default:"{stack}" rule:"githubEnvironment" braces:"names"`                   // Its jobs may apply; it has reviewers.
	PlanEnvironment string `yaml:"planEnvironment" default:"{stack}-plan" rule:"githubEnvironment,optional" braces:"names"` // Without reviewers: its jobs may plan. Empty: all pull requests and branch.
	Branch          string `yaml:"branch" default:"main" rule:"branch"`                                                     // With planEnvironment empty: whose workflows may plan in addition to pull requests.

	OIDCProviderARN        string `yaml:"oidcProviderArn" rule:"oidcProviderARN,optional"`          // Existing; an account has one for each address. Empty: it is created.
	PlanRole               string `yaml:"planRole" default:"github-actions-plan" rule:"roleName"`   // Name of the role that plans.
	ApplyRole              string `yaml:"applyRole" default:"github-actions-apply" rule:"roleName"` // Name of the role that applies.
	PermissionsBoundaryARN string `yaml:"permissionsBoundaryArn" rule:"policyARN,optional"`         // Of every role that the apply role creates; empty: none.

	// Stacks that are planned and applied; their states are in S3. A managed
	// policy may have 6,144 characters, and each stack and prefix adds some.
	Stacks       OneOrMore `yaml:"stacks" alias:"stateOf" rule:"unique,max 6"`
	NamePrefixes OneOrMore `yaml:"namePrefixes" rule:"namePrefix,max 4"` // What the names of those stacks' roles, secrets, queues, topics and rules begin with.

	// AlertsKeyAlias creates a key for the alert topics of the stacks, because the apply
	// role manages no keys: their monitoring.topic.kmsKeyArn is the output alerts_key_arn.
	AlertsKeyAlias string `yaml:"alertsKeyAlias" rule:"kmsAlias,optional"` // Without alias/ in front; empty: no key is created.

	LocalStatePath string         `yaml:"localStatePath" default:"terraform.{stack}.tfstate" rule:"statePath" braces:"names"` // The file of its own state, relative to the project's folder; only {stack} is replaced.
	Terraform      TerraformBlock `yaml:"terraform"`                                                                          // Version constraints and the AWS provider.
}

// OwnNames are what AWS knows the stacks' resources by, where it need not begin
// with one of NamePrefixes. What does begin with one may be left out.
type OwnNames struct {
	Clusters      []string // that the stacks create
	Services      []string // cluster/service, in clusters that exist already
	Families      []string // of task definitions
	LogGroups     []string // of CloudWatch Logs
	Repositories  []string // of images
	AlarmPrefixes []string // what alarms' names begin with
	Dashboards    []string // of CloudWatch
	StoredSecrets []string // secrets whose value is in a state, so that a refresh reads it
	RolePaths     []string // of the roles; none: "/"
	PassedRoles   []string // ARNs of roles that exist already and that tasks get
	KMSKeyARNs    []string // of the secrets' and repositories' keys
	ImageCaches   bool     // there are pull-through caches
	DNSNamespaces bool     // there are private DNS namespaces
}

// StatePath is the file of the stack's own state, relative to the project's
// folder.
func (g *GitHubActions) StatePath() string {
	return strings.ReplaceAll(g.LocalStatePath, "{stack}", g.Stack)
}

// OfStacks is a GitHub environment of each stack.
func (g *GitHubActions) OfStacks(environment string) []string {
	var all []string
	for _, stack := range g.Stacks {
		if name := strings.ReplaceAll(environment, "{stack}", stack); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	if len(all) == 0 && !strings.Contains(environment, "{stack}") { // an app of another team's names no stacks
		all = []string{environment}
	}
	return all
}

// Check keeps the apply role away from itself: a role that could change its own
// policies could do anything. Wildcards would trust more than one repository.
func (g *GitHubActions) Check(c Checker) {
	checkStacks(c, &g.Stacks, "the stacks that GitHub Actions plans and applies")
	if g.PlanRole == g.ApplyRole {
		c.Fail(&g.ApplyRole, "got %q, the plan role's name too, want two roles: a pull request must not be able to apply", g.ApplyRole)
	}
	if g.PlanEnvironment == g.Environment {
		c.Fail(&g.PlanEnvironment, "got %q, which is the environment whose jobs may apply, want another without reviewers", g.PlanEnvironment)
	}
	if len(g.NamePrefixes) == 0 {
		c.Fail(&g.NamePrefixes, "missing, want what the names of the stacks' roles and secrets begin with, e.g. namePrefixes: prefect")
	}
	for i, prefix := range g.NamePrefixes {
		for _, role := range []string{g.PlanRole, g.ApplyRole} {
			if prefix != "" && strings.HasPrefix(role, prefix) {
				c.FailIndex(&g.NamePrefixes, i, "got %q, which the role %s begins with too: it could give itself any permission; want another prefix or role name", prefix, role)
			}
		}
	}
}
