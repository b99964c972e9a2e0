package constructs

import (
	"cmp"
	_ "embed"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lambdafunction"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// SecretChangesProps are the settings of a function that restarts services.
type SecretChangesProps struct {
	settings.SecretChanges          // required: FunctionName. RoleName: by default the same
	Secret                 *Secret  // required: of Secrets Manager, created or given by its ARN
	ClusterARN             string   // required: of the services' cluster
	ServiceARNs            []string // required: worker.Service.Attr("id") of each that reads the secret
	RetentionInDays        int      // of the function's log group; 0 keeps its lines forever
	KMSKeyARN              string   // of the log group; "": CloudWatch's own key

	Defaults RoleDefaults // what all roles of the stack have in common
}

//go:embed secretchanges.py
var secretChangesCode string

// A restart that fails is tried again as often as Lambda does, for an hour.
const (
	secretChangesTimeoutSeconds = 60
	secretChangesAttempts       = 2
	secretChangesAgeSeconds     = 3600
)

// NewSecretChanges creates a Lambda function that has ECS replace the tasks of
// services when a secret's current version is another, with a role that may do
// so to these services alone. It returns the function, whose metric Errors counts
// the attempts that failed; its log says why.
func NewSecretChanges(scope constructs.Construct, id string, p SecretChangesProps) Resource[lambdafunction.LambdaFunction] {
	g := newGroup(scope, "NewSecretChanges", id)
	p.Secret = g.secretOrNone(p.Secret)
	g.require(prop{"FunctionName", p.FunctionName, "the name of the function"},
		prop{"Secret", p.Secret.ARN, "what NewSecret returned"},
		prop{"ClusterARN", p.ClusterARN, "the ARN of the cluster"},
		prop{"ServiceARNs", strings.Join(p.ServiceARNs, ""), `worker.Service.Attr("id") of each`})
	fill(g, &p.SecretChanges)
	if p.Secret.Optional || p.Secret.parameter || isParameter(p.Secret.ARN) {
		g.refuse("Secret: want a secret of Secrets Manager whose ARN is known; pass one that is created here, or its ARN")
	}
	restart := allowIf([]string{"ecs:UpdateService"}, map[string]any{"ArnEquals": map[string]any{"ecs:cluster": p.ClusterARN}}, p.ServiceARNs...)
	return g.newFunction(function{
		name: "secret_changes", description: "Restarts Prefect workers when their secret has a new value", file: "secretchanges.py", code: secretChangesCode,
		variables:      map[string]*string{"CLUSTER": &p.ClusterARN, "SERVICES": g.json("secret_changes_services", p.ServiceARNs)},
		timeoutSeconds: secretChangesTimeoutSeconds,
		rule: cloudwatcheventrule.CloudwatchEventRuleConfig{
			Description: jsii.String("New values of the workers' secret"), EventPattern: g.json("secret_changes_pattern", p.newValue()),
		},
		statementID: "secret-changes",
		attempts:    secretChangesAttempts, ageSeconds: secretChangesAgeSeconds,
		functionName: p.FunctionName, roleName: cmp.Or(p.RoleName, p.FunctionName), nameTag: p.NameTag,
		retentionInDays: p.RetentionInDays, kmsKeyARN: p.KMSKeyARN, defaults: p.Defaults,
	}, restart)
}

// newValue is the pattern of the event that another version is the current one,
// by whom ever: PutSecretValue, UpdateSecret, UpdateSecretVersionStage or rotation.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
func (p SecretChangesProps) newValue() map[string]any {
	return map[string]any{
		"source": []string{"aws.secretsmanager"}, "detail-type": []string{"Secret Label Updated"},
		"resources": p.Secret.policyResource(""), "detail": map[string]any{"labelUpdated": []string{"AWSCURRENT"}},
	}
}
