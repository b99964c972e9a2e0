package constructs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawssecretsmanagersecretversions"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/secretsmanagersecret"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/secretsmanagersecretversion"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// SecretProps are the settings of the secret that holds the Prefect API key.
//
// Create: settings.Switch{Value: true} creates the secret; Name alone creates nothing.
// Value is a template of a sensitive variable, never a literal, and of an ephemeral
// one where ValueManagedBy is write-only; "" creates the secret without a value. ARN may be a template, and "" is no secret where none
// is made. While a template is empty that does not begin with an attribute of a
// resource, such as a variable, the task gets no variable, and its execution role
// may read every secret.
type SecretProps struct {
	settings.Secret         // required with Create: Name
	Checks          []Check // of a secret that is created, while Terraform plans

	// PutValue says how to put a value into a secret that is made without one.
	// It ends the error of an apply that finds none, before a task definition
	// whose tasks could not start. "": by the AWS CLI.
	PutValue string
}

// Check is a precondition that Terraform checks while it plans.
type Check struct {
	Condition    string // template of a boolean: "${length(var.key) > 0}"
	ErrorMessage string // template
}

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

// Secret is the secret that a task reads, as NewSecret returns it. &Secret{ARN: …}
// is enough for one that exists and whose ARN is known or a resource's attribute;
// NewSecret is for one that is created, that a variable may leave empty, whose value
// becomes another environment variable, or that has its own KMS key.
type Secret struct {
	// ARN is the expression of the ARN. It is null when Optional and
	// neither made nor given, and "" when there is no secret at all.
	ARN      string
	Optional bool          // whether there is a secret is known after the plan only
	Made     []AnyResource // secret and version: a task that reads them must come after

	EnvironmentName string // of the value in a container; "": PREFECT_API_KEY
	parameter       bool   // of SSM, not a secret of Secrets Manager
	kmsKeyARN       string
}

func isParameter(arn string) bool {
	return strings.Contains(arn, ":ssm:") || strings.Contains(arn, "aws_ssm_parameter.")
}

func (s *Secret) name() string { return cmp.Or(s.EnvironmentName, settings.APIKeyName) }

// secretOrNone is the secret that a construct is given, or one without an ARN.
func (g group) secretOrNone(s *Secret) *Secret {
	if s == nil {
		return &Secret{}
	}
	g.literal("Secret.ARN", s.ARN, "secretARN")
	return s
}

// NewSecret creates the secret, or refers to an existing one.
func NewSecret(scope constructs.Construct, id string, p SecretProps) *Secret {
	g := newGroup(scope, "NewSecret", id)
	fill(g, &p.Secret)
	if p.Create != (settings.Switch{}) {
		g.require(prop{"Name", p.Name, "the name of the secret to create"})
	}
	s := g.newSecret(p)
	s.EnvironmentName, s.parameter, s.kmsKeyARN = p.Variable(), isParameter(g.resolved(p.ARN)), p.KMSKeyARN
	return s
}

func (g group) newSecret(p SecretProps) *Secret {
	switch literal := p.Create.Expression == ""; {
	case literal && p.Create.Value:
		made := g.secret(p, nil, ".id")
		return &Secret{ARN: "${" + g.local("secret_arn", made[0].Attr("arn")) + "}", Made: made}
	case literal && p.ARN == "":
		return &Secret{}
	case literal && (p.ARN == Escape(p.ARN) || isAttribute(g.resolved(p.ARN))):
		return &Secret{ARN: "${" + g.local("secret_arn", p.ARN) + "}"}
	case literal:
		given := Expr(p.ARN)
		return &Secret{ARN: "${" + g.local("secret_arn", "${"+given+` != "" ? `+given+" : null}") + "}", Optional: true}
	}
	create, given := Expr(p.Create.Expression), Expr(p.ARN)
	made := g.secret(p, cdktf.Token_AsNumber("${"+create+" ? 1 : 0}"), "[0].id")
	arn := g.local("secret_arn", "${"+create+" ? "+made[0].Address+"[0].arn : ("+given+` != "" ? `+given+" : null)}")
	return &Secret{ARN: "${" + arn + "}", Optional: true, Made: made}
}

// isAttribute says whether a template begins with an attribute of a resource,
// which AWS gives and is never empty.
func isAttribute(template string) bool {
	return strings.HasPrefix(template, "${aws_") || strings.HasPrefix(template, "${data.")
}

// resolved is a template with what its tokens stand for.
func (g group) resolved(template string) string {
	if token.MatchString(template) {
		template, _ = cdktf.Tokenization_Resolve(template, &cdktf.ResolveOptions{
			Resolver: cdktf.NewDefaultTokenResolver(cdktf.NewStringConcat()), Scope: g.stack, Preparing: jsii.Bool(false),
		}).(string)
	}
	return template
}

// secret creates the secret and, with a value, its version. Without one Terraform
// knows of no version, so a value put in by other means stays as it is.
func (g group) secret(p SecretProps, count any, id string) []AnyResource {
	config := &secretsmanagersecret.SecretsmanagerSecretConfig{Name: &p.Name, KmsKeyId: optional(p.KMSKeyARN), Tags: nameTag(p.NameTag), Count: count}
	if p.RecoveryWindowInDays != nil {
		config.RecoveryWindowInDays = jsii.Number(*p.RecoveryWindowInDays)
	}
	if checks := preconditions(p.Checks); checks != nil {
		config.Lifecycle = &cdktf.TerraformResourceLifecycle{Precondition: checks}
	}
	secret := add(g, "aws_secretsmanager_secret.prefect_api", secretsmanagersecret.NewSecretsmanagerSecret, config)
	if p.Value == "" {
		return []AnyResource{secret.Any(), g.hasValue(p, secret.Address+id).Any()}
	}
	value := &secretsmanagersecretversion.SecretsmanagerSecretVersionConfig{SecretId: jsii.String("${" + secret.Address + id + "}"), Count: count}
	if p.WriteOnly() {
		value.SecretStringWo, value.SecretStringWoVersion = &p.Value, number(p.ValueVersion)
	} else {
		value.SecretString = &p.Value
	}
	version := add(g, "aws_secretsmanager_secret_version.prefect_api_value", secretsmanagersecretversion.NewSecretsmanagerSecretVersion, value)
	return []AnyResource{secret.Any(), version.Any()}
}

// hasValue fails an apply that finds no value in a secret that exists already.
// ECS would try, and fail, to start tasks until the deployment is given up.
func (g group) hasValue(p SecretProps, id string) Resource[dataawssecretsmanagersecretversions.DataAwsSecretsmanagerSecretVersions] {
	how := cmp.Or(p.PutValue, "aws secretsmanager put-secret-value --secret-id "+p.Name)
	return data(g, "aws_secretsmanager_secret_versions.prefect_api", dataawssecretsmanagersecretversions.NewDataAwsSecretsmanagerSecretVersions,
		&dataawssecretsmanagersecretversions.DataAwsSecretsmanagerSecretVersionsConfig{
			SecretId: jsii.String("${" + id + "}"),
			Lifecycle: &cdktf.TerraformResourceLifecycle{Postcondition: &[]*cdktf.Postcondition{{
				Condition:    "${try(length(self.versions), 0) > 0}", // without any it is null, not empty
				ErrorMessage: jsii.String(fmt.Sprintf("The secret %s has no value, without which no task can start. Put it in, then apply again: %s", p.Name, how)),
			}}},
		})
}

// policyResource is the Resource of an IAM statement on the secret. A given
// ARN loses the ":json-key:stage:version" that a task definition takes and IAM
// does not match. Without any ARN it is the one given.
func (s *Secret) policyResource(without string) any {
	if !s.Optional && s.Made != nil {
		return []string{s.ARN}
	}
	arn := Expr(s.ARN)
	stripped := `join(":", slice(split(":", ` + arn + `), 0, 7))`
	if s.Optional {
		return "${" + arn + " != null ? " + stripped + ` : "` + without + `"}`
	}
	return []string{"${" + stripped + "}"}
}

// everySecret is what a role may read while nobody says which secret there is,
// as documented.
const everySecret = "*"

// noSecret is the ARN of none.
func (a Account) noSecret() string { return a.arn("secretsmanager", "secret:none") }

// documents let a role read the secret, or while there is none what is given for
// the time being.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
func (s *Secret) documents(actions []string, a Account, without string) []any {
	if s.ARN == "" {
		return nil
	}
	service := secretsManager
	statement := allow(actions)
	statement["Resource"] = s.policyResource(without)
	if s.parameter || isParameter(s.ARN) {
		service = ssm
		statement = allow([]string{"ssm:GetParameters"}, s.ARN)
	}
	if s.kmsKeyARN == "" {
		return []any{statement}
	}
	return append([]any{statement}, written([]settings.PolicyStatement{decrypt([]string{s.kmsKeyARN}, []string{service}, a)})...)
}

// decrypt lets a role use keys through these services only.
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func decrypt(keyARNs, services []string, a Account) settings.PolicyStatement {
	var via []string
	for _, service := range services {
		via = append(via, service+"."+a.Region+"."+a.DNSSuffix)
	}
	return settings.PolicyStatement{
		Actions:    []string{"kms:Decrypt"},
		Resources:  keyARNs,
		Conditions: map[string]map[string][]string{"StringEquals": {"kms:ViaService": via}},
	}
}

// The services that keep secrets, and environment files.
const (
	s3             = "s3"
	secretsManager = "secretsmanager"
	ssm            = "ssm"
)

// secretARNs are the ARNs behind what ECS gives a worker's containers as IAM takes them. What an
// expression is of, Terraform knows only later: it may be either.
func (g group) secretARNs(references map[string]string) map[string][]string {
	all, seen := map[string][]string{}, map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(references)) {
		arn := references[path]
		if arn == Escape(arn) && !strings.HasPrefix(arn, "arn:") {
			g.refuse("%s is no ARN; pass that of a secret or of an SSM parameter", path)
		}
		if seen[arn] {
			continue
		}
		seen[arn] = true
		if strings.HasPrefix(path, "EnvironmentFiles") {
			all[s3] = append(all[s3], arn)
			continue
		}
		if fields := strings.Split(arn, ":"); arn == Escape(arn) && len(fields) > 5 {
			all[fields[2]] = append(all[fields[2]], strings.Join(fields[:min(7, len(fields))], ":"))
			continue
		}
		split := `split(":", ` + Expr(arn) + ")"
		for service, other := range map[string]string{"secretsmanager": ":ssm:", "ssm": ":secretsmanager:"} {
			if !strings.Contains(arn, other) {
				all[service] = append(all[service], `${join(":", slice(`+split+", 0, min(7, length("+split+"))))}")
			}
		}
	}
	return all
}

// otherSecrets lets a role read further secrets and SSM parameters.
func (g group) otherSecrets(arns map[string][]string) []any {
	var all []any
	for _, service := range []struct{ name, action string }{
		{secretsManager, "secretsmanager:GetSecretValue"},
		{ssm, "ssm:GetParameters"},
	} {
		if list := arns[service.name]; len(list) > 0 {
			all = append(all, allow([]string{service.action}, list...))
		}
	}
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
	if files := arns[s3]; len(files) > 0 {
		var buckets []string
		for _, arn := range files {
			bucket, _, ok := strings.Cut(arn, "/")
			if !ok {
				g.refuse("EnvironmentFiles: got %q; pass the ARN of an object, <bucket's ARN>/<key>.env", arn)
			}
			buckets = append(buckets, bucket)
		}
		slices.Sort(buckets)
		all = append(all, allow([]string{"s3:GetObject"}, files...), allow([]string{"s3:GetBucketLocation"}, slices.Compact(buckets)...))
	}
	return all
}
