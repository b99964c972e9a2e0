package stacks

import (
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// newGitHubActions creates the stack of the roles with which GitHub Actions
// plans and applies other stacks.
func newGitHubActions(app cdktf.App, s *config.GitHubActions) {
	stack := newStack(app, s.Stack, s.Region, s.Terraform, nil)
	localBackend(stack, s.StatePath())
	props := constructs.GitHubActionsProps{GitHubActions: s.GitHubActions, RolePolicyARNs: s.RolePolicyARNs, Names: s.Names}
	for _, b := range s.States {
		props.States = append(props.States, constructs.StateAccess{
			Bucket: b.Bucket, Key: b.Key, LockTable: b.LockTable(), LockFile: b.LockFile(), KMSKeyARN: b.KMSKeyARN,
		})
	}
	g := constructs.NewGitHubActions(constructs.RenamedUnchecked(stack, nil), "", props)
	outputs := map[string]output{
		"plan_role_arn":  {"Role that plans: AWS_ROLE_ARN of the GitHub environments <stack>-plan", g.PlanRole.Attr("arn"), ""},
		"apply_role_arn": {"Role that applies: AWS_ROLE_ARN of the GitHub environments <stack>", g.ApplyRole.Attr("arn"), ""},
	}
	if g.AlertsKey != nil {
		outputs["alerts_key_arn"] = output{"Key of the stacks' alert topics: their monitoring.topic.kmsKeyArn", g.AlertsKey.Attr("arn"), ""}
	}
	addOutputs(stack, s.Stack, outputs)
}
