package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/secretsmanagersecret"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/secretsmanagersecretversion"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// SecretProps are the settings of the secret that holds the Prefect API key.
type SecretProps struct {
	// Create is when the secret is made: "true", "false", or a template of a
	// boolean such as "${var.create_secret}", with which secret and version
	// are counted.
	Create  string
	Name    string
	NameTag string
	Value   string // the key, a template of a sensitive variable, never a literal
	ARN     string // of an existing secret, used when none is made; may be a template that is empty
	Checks  []Check
	Names   Names
}

// Check is a precondition that Terraform checks while it plans.
type Check struct{ Condition, ErrorMessage string }

// preconditions is the lifecycle's argument, nil where there are no checks.
func preconditions(checks []Check) *[]*cdktf.Precondition {
	var all []*cdktf.Precondition
	for _, c := range checks {
		all = append(all, &cdktf.Precondition{Condition: c.Condition, ErrorMessage: jsii.String(c.ErrorMessage)})
	}
	if all == nil {
		return nil
	}
	return &all
}

// Secret is the secret that a task reads.
type Secret struct {
	// ARN is the expression of the ARN. It is null when Optional and
	// neither made nor given.
	ARN      string
	Optional bool
	Made     []Resource // secret and version: a task that reads them must wait
}

// NewSecret makes the secret, or refers to an existing one.
func NewSecret(scope constructs.Construct, id string, p SecretProps) *Secret {
	g := newGroup(scope, id, p.Names)
	switch p.Create {
	case "true":
		made := g.secret(p, nil, ".id")
		return &Secret{ARN: "${" + g.local("secret_arn", made[0].Attr("arn")) + "}", Made: made}
	case "false":
		if p.ARN == Escape(p.ARN) && p.ARN != "" {
			return &Secret{ARN: "${" + g.local("secret_arn", p.ARN) + "}"}
		}
		given := Expr(p.ARN)
		return &Secret{ARN: "${" + g.local("secret_arn", "${"+given+` != "" ? `+given+" : null}") + "}", Optional: true}
	}
	create, given := Expr(p.Create), Expr(p.ARN)
	made := g.secret(p, cdktf.Token_AsNumber("${"+create+" ? 1 : 0}"), "[0].id")
	arn := g.local("secret_arn", "${"+create+" ? "+made[0].Address+"[0].arn : ("+given+` != "" ? `+given+" : null)}")
	return &Secret{ARN: "${" + arn + "}", Optional: true, Made: made}
}

// secret makes the secret and its version.
func (g group) secret(p SecretProps, count any, id string) []Resource {
	config := &secretsmanagersecret.SecretsmanagerSecretConfig{
		Name:  &p.Name,
		Tags:  nameTag(p.NameTag),
		Count: count,
	}
	if checks := preconditions(p.Checks); checks != nil {
		config.Lifecycle = &cdktf.TerraformResourceLifecycle{Precondition: checks}
	}
	secret := add(g, "aws_secretsmanager_secret.prefect_api", secretsmanagersecret.NewSecretsmanagerSecret, config)
	version := add(g, "aws_secretsmanager_secret_version.prefect_api_value", secretsmanagersecretversion.NewSecretsmanagerSecretVersion,
		&secretsmanagersecretversion.SecretsmanagerSecretVersionConfig{
			SecretId:     jsii.String("${" + secret.Address + id + "}"),
			SecretString: &p.Value,
			Count:        count,
		})
	return []Resource{secret, version}
}

// policyResource is the Resource of an IAM statement on the secret. A given
// ARN loses the ":json-key:stage:version" that a task definition takes and IAM
// does not match. Without any ARN it is every secret, as documented.
func (s *Secret) policyResource() any {
	if !s.Optional && s.Made != nil {
		return []string{s.ARN}
	}
	arn := Expr(s.ARN)
	stripped := `join(":", slice(split(":", ` + arn + `), 0, 7))`
	if s.Optional {
		return "${" + arn + " != null ? " + stripped + ` : "*"}`
	}
	return []string{"${" + stripped + "}"}
}
