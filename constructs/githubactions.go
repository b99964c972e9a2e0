package constructs

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamopenidconnectprovider"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iampolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmsalias"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmskey"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// GitHubActionsProps are the settings of what lets GitHub Actions in.
type GitHubActionsProps struct {
	settings.GitHubActions                   // required: Repository, Region, NamePrefixes, Environment. PlanEnvironment is as it is given, "" too
	RolePolicyARNs         []string          // managed policies that roles get, besides AWS's of the documents
	Names                  settings.OwnNames // of what the stacks create
	States                 []StateAccess     // required: of the stacks that are planned and applied
}

// GitHubActions are the roles that workflows assume.
type GitHubActions struct {
	PlanRole  Resource[iamrole.IamRole] // reads, for jobs of the environments without reviewers
	ApplyRole Resource[iamrole.IamRole] // changes, for jobs of the protected environments
	AlertsKey *Resource[kmskey.KmsKey]  // of the stacks' alert topics; nil: none is made
}

// githubIssuer is where GitHub's tokens come from.
// https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
const githubIssuer = "token.actions.githubusercontent.com"

// NewGitHubActions creates the OIDC provider and two roles without a key: one
// that reads, for jobs of the stacks' PlanEnvironment, and one that changes, for
// jobs of their protected Environment alone.
func NewGitHubActions(scope constructs.Construct, id string, p GitHubActionsProps) *GitHubActions {
	g := newGroup(scope, "NewGitHubActions", id)
	g.require(prop{"Repository", p.Repository, "the repository, owner/name"}, prop{"Region", p.Region, "the region of the stacks"},
		prop{"NamePrefixes", strings.Join(p.NamePrefixes, ""), "what the names of the stacks' roles, secrets and queues begin with"},
		prop{"States", given(len(p.States) > 0), "where the stacks keep their states"})
	fill(g, &p.GitHubActions)
	g.require(prop{"Environment", strings.Join(p.OfStacks(p.Environment), ""), "the GitHub environment whose jobs may apply; {stack} in it is each of Stacks"})
	provider := p.OIDCProviderARN
	if provider == "" {
		// AWS checks GitHub's certificate against its own list of authorities, so
		// no thumbprint is given.
		provider = add(g, "aws_iam_openid_connect_provider.github", iamopenidconnectprovider.NewIamOpenidConnectProvider,
			&iamopenidconnectprovider.IamOpenidConnectProviderConfig{
				Url: jsii.String("https://" + githubIssuer), ClientIdList: jsii.Strings("sts.amazonaws.com"),
			}).Attr("arn")
	}
	d := documents{p, g.account()}
	repository := "repo:" + p.Repository + ":"
	planning := inEnvironments(repository, p.OfStacks(p.PlanEnvironment))
	if p.PlanEnvironment == "" {
		planning = []string{repository + "pull_request", repository + "ref:refs/heads/" + p.Branch}
	}
	return &GitHubActions{
		PlanRole: g.githubRole("plan", p.PlanRole, githubTrust(provider, planning...),
			named{"state", d.state(false)}, named{"read", d.read()}),
		ApplyRole: g.githubRole("apply", p.ApplyRole, githubTrust(provider, inEnvironments(repository, p.OfStacks(p.Environment))...),
			named{"state", d.state(true)}, named{"read", d.read()}, named{"network", d.network()}, named{"services", d.services()}, named{"stores", d.stores()}, named{"named", d.named()}),
		AlertsKey: g.sharedAlertsKey(d),
	}
}

// sharedAlertsKey is the key of the alert topics of all stacks. The apply role
// could not be kept to its own key: IAM cannot tell the tag of a key being made
// from one that is put onto another team's, so the role gets no key to manage.
// A topic's key must let CloudWatch and EventBridge use it, see alertsKeyPolicy.
func (g group) sharedAlertsKey(d documents) *Resource[kmskey.KmsKey] {
	if d.AlertsKeyAlias == "" {
		return nil
	}
	use := func(service string, condition map[string]any) map[string]any {
		condition["StringLike"] = map[string]any{"kms:EncryptionContext:aws:sns:topicArn": d.prefixed("sns", "")}
		return admit("Publish"+service, strings.ToLower(service)+".amazonaws.com", []string{"kms:Decrypt", "kms:GenerateDataKey*"}, "*", condition)
	}
	key := add(g, "aws_kms_key.alerts", kmskey.NewKmsKey, &kmskey.KmsKeyConfig{
		Description:       jsii.String("Encrypts the alert topics of the stacks that GitHub Actions applies"),
		EnableKeyRotation: true,
		Policy: g.json("alerts_key_policy", policy(
			accountManagesKey("ManagedByIAM", "arn:"+d.account.Partition+":iam::"+d.account.ID+":root"),
			use("CloudWatch", map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": d.account.ID}}),
			use("Events", map[string]any{}),
		)),
	})
	add(g, "aws_kms_alias.alerts", kmsalias.NewKmsAlias, &kmsalias.KmsAliasConfig{
		Name: jsii.String("alias/" + d.AlertsKeyAlias), TargetKeyId: jsii.String(key.Attr("key_id")),
	})
	return &key
}

// inEnvironments are the subjects of jobs that run in a GitHub environment.
func inEnvironments(repository string, environments []string) []string {
	var all []string
	for _, e := range environments {
		all = append(all, repository+"environment:"+e)
	}
	return all
}

// githubTrust admits exactly these subjects: StringEquals knows no wildcard.
func githubTrust(provider string, subjects ...string) map[string]any {
	return policy(map[string]any{
		"Effect":    "Allow",
		"Action":    "sts:AssumeRoleWithWebIdentity",
		"Principal": map[string]any{"Federated": provider},
		"Condition": map[string]any{"StringEquals": map[string]any{
			githubIssuer + ":aud": "sts.amazonaws.com",
			githubIssuer + ":sub": subjects,
		}},
	})
}

// named is a policy document and what it is about.
type named struct {
	name     string
	document map[string]any
}

// githubRole creates a role with managed policies, one for each document: IAM
// takes 6,144 characters for each, and 10,240 for all of a role's inline ones.
func (g group) githubRole(id, name string, trust map[string]any, policies ...named) Resource[iamrole.IamRole] {
	role := add(g, "aws_iam_role."+id, iamrole.NewIamRole, &iamrole.IamRoleConfig{
		Name: &name, AssumeRolePolicy: g.json(id+"_trust", trust), MaxSessionDuration: jsii.Number(3600),
	})
	for _, p := range policies {
		at := id + "_" + p.name
		g.checkSize(at, p.document)
		made := add(g, "aws_iam_policy."+at, iampolicy.NewIamPolicy, &iampolicy.IamPolicyConfig{
			Name: jsii.String(name + "-" + p.name), Policy: g.json(at+"_policy", p.document),
		})
		g.attach(at, role, made.Attr("arn"))
	}
	return role
}

var expressions = regexp.MustCompile(`\$\{[^}]*\}`)

// checkSize refuses a managed policy that IAM would; the partition and the
// account's number are not known yet, and no longer than twelve characters.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func (g group) checkSize(name string, document map[string]any) {
	text, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	if n := len(expressions.ReplaceAllLiteral(text, []byte("123456789012"))); n > 6144 {
		g.refuse("the policy %s would have %d characters, and IAM takes 6144; pass fewer States, Names and NamePrefixes", name, n)
	}
}
