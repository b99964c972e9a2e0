package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// GitHubActions is the stack that lets GitHub Actions plan and apply other
// stacks without keys: the OIDC provider and two roles. Like the state
// backend it is made once, by a person, and its own state is a local file.
type GitHubActions struct {
	Kind   string `yaml:"kind"`   // github-actions
	Stack  string `yaml:"stack"`  // stack name; default: the file's name without .yaml
	Region string `yaml:"region"` // AWS region of the stacks in stateOf

	// Repository is owner/name. One made, renamed or moved after July 15 of 2026
	// is owner@<owner id>/name@<repository id>: GitHub puts the ids into its
	// tokens, and a role that trusts the names alone refuses them.
	// https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
	Repository  string `yaml:"repository"`
	Branch      string `yaml:"branch"`      // whose workflows may plan besides pull requests; default main
	Environment string `yaml:"environment"` // GitHub environment, with reviewers, whose jobs may apply; default production

	OIDCProviderARN        string `yaml:"oidcProviderArn"`        // existing; an account takes one for each address. Empty: it is made
	PlanRole               string `yaml:"planRole"`               // name; default github-actions-plan
	ApplyRole              string `yaml:"applyRole"`              // name; default github-actions-apply
	PermissionsBoundaryARN string `yaml:"permissionsBoundaryArn"` // of every role that the apply role makes; empty: none

	StateOf      OneOrMore `yaml:"stateOf"`      // the stacks that are planned and applied; their states are in S3
	NamePrefixes OneOrMore `yaml:"namePrefixes"` // what the names of those stacks' roles, secrets, queues, topics and rules begin with

	LocalStatePath string        `yaml:"localStatePath"` // relative to the project's folder; {stack} allowed
	Terraform      TerraformBase `yaml:"terraform"`

	Serves []*Environment `yaml:"-"` // the stacks in StateOf; filled when loading
	file   *file
}

func defaultGitHubActions(stack string) *GitHubActions {
	return &GitHubActions{
		Kind:           KindGitHubActions,
		Stack:          stack,
		Branch:         "main",
		Environment:    "production",
		PlanRole:       "github-actions-plan",
		ApplyRole:      "github-actions-apply",
		LocalStatePath: "terraform.{stack}.tfstate",
		Terraform:      TerraformBase{RequiredVersion: ">= 1.2.0", AWSProviderVersion: ">= 5.82.0, < 6.0.0"},
	}
}

func (g *GitHubActions) validate() error {
	c := newChecker(g.file)
	c.text("stack", g.Stack, stackName)
	c.text("region", g.Region, region)
	c.text("repository", g.Repository, exact(githubRepository))
	c.text("branch", g.Branch, exact(githubBranch))
	c.text("environment", g.Environment, exact(githubEnvironment))
	c.text("oidcProviderArn", g.OIDCProviderARN, orEmpty(oidcProviderARN))
	c.text("planRole", g.PlanRole, roleName)
	c.text("applyRole", g.ApplyRole, roleName)
	if g.PlanRole == g.ApplyRole {
		c.fail("applyRole", fmt.Errorf("got %q, the plan role's name too, want two roles: a pull request must not be able to apply", g.ApplyRole))
	}
	c.text("permissionsBoundaryArn", g.PermissionsBoundaryARN, orEmpty(policyARN))
	c.text("localStatePath", g.StatePath(), statePath)
	c.text("terraform.requiredVersion", g.Terraform.RequiredVersion, version)
	c.text("terraform.awsProviderVersion", g.Terraform.AWSProviderVersion, version)
	checkStacks(c, "stateOf", g.StateOf, "the stacks that GitHub Actions plans and applies")
	// A managed policy takes 6,144 characters, and each name adds some.
	g.atMost(c, "stateOf", g.StateOf, 6)
	g.atMost(c, "namePrefixes", g.NamePrefixes, 4)
	g.checkPrefixes(c)
	return c.err()
}

func (g *GitHubActions) atMost(c checker, path string, list OneOrMore, most int) {
	if len(list) > most {
		c.fail(path, fmt.Errorf("got %d, want at most %d: a policy that names more is too long for IAM; give the others a github-actions stack of their own", len(list), most))
	}
}

// checkPrefixes keeps the apply role away from itself: a role that could
// change its own policies could do anything.
func (g *GitHubActions) checkPrefixes(c checker) {
	if len(g.NamePrefixes) == 0 {
		c.fail("namePrefixes", errors.New("missing, want what the names of the stacks' roles and secrets begin with, e.g. namePrefixes: prefect"))
	}
	for i, prefix := range g.NamePrefixes {
		path := g.NamePrefixes.path("namePrefixes", i)
		c.text(path, prefix, namePrefix)
		for _, role := range []string{g.PlanRole, g.ApplyRole} {
			if prefix != "" && strings.HasPrefix(role, prefix) {
				c.fail(path, fmt.Errorf("got %q, which the role %s begins with too: it could give itself any permission; want another prefix or role name", prefix, role))
			}
		}
	}
}

// resolve finds the stacks and checks that the apply role can manage what they
// name.
func (g *GitHubActions) resolve(workers []*Environment) error {
	var p problems
	for i, name := range g.StateOf {
		path := g.StateOf.path("stateOf", i)
		e, err := findS3Stack(workers, name)
		if err != nil {
			p.add(g.file.errorf(path, "%s", err))
		}
		if e == nil {
			continue
		}
		g.Serves = append(g.Serves, e)
		if e.Region != g.Region {
			p.add(g.file.errorf(path, "got %q, which is in %s, want stacks of region %s", name, e.Region, g.Region))
		}
		p.add(g.checkName(e, "taskExecutionRole.name", e.TaskExecutionRole.Name))
		if e.StoresSecret() {
			p.add(g.checkName(e, "secret.name", e.Secret.Name))
		}
	}
	return p.err()
}

func (g *GitHubActions) checkName(e *Environment, setting, pattern string) error {
	name := e.Expand(pattern)
	if slices.ContainsFunc(g.NamePrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
		return nil
	}
	return g.file.errorf("namePrefixes", "got %s, with none of which %q begins, the %s of %s; the apply role could not manage it",
		strings.Join(g.NamePrefixes, ", "), name, setting, e.Stack)
}

// StatePath is the file of the stack's own state, relative to the project's
// folder.
func (g *GitHubActions) StatePath() string {
	return strings.ReplaceAll(g.LocalStatePath, "{stack}", g.Stack)
}

// exact refuses wildcards: what a role trusts is one repository, branch and
// environment.
func exact(r rule) rule {
	return func(value string) error {
		if strings.ContainsAny(value, "*?") {
			return fmt.Errorf("got %q, want no wildcard: whoever can make a match could take the role", value)
		}
		return r(value)
	}
}

var (
	githubRepository = pattern(`[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9._-]+|@[0-9]+/[A-Za-z0-9._-]+@[0-9]+)`, 255, "owner/name, or owner@<owner id>/name@<repository id>")
	githubBranch     = pattern(`[A-Za-z0-9._/-]+`, 255, "a branch such as main")

	// GitHub writes a colon in it as %3A.
	githubEnvironment = pattern(`[A-Za-z0-9 ._/-]+`, 255, "an environment of letters, digits, spaces or ._/-")
	oidcProviderARN   = pattern(`arn:aws(-[a-z]+)*:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com`, 2048,
		"arn:aws:iam::<12 digits>:oidc-provider/token.actions.githubusercontent.com")
	namePrefix = pattern(`[A-Za-z0-9_.-]{3,}`, 40, "3 to 40 letters, digits or _.-, without a wildcard")
)
