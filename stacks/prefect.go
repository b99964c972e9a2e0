package stacks

import (
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// workPoolVariablesJSON is one local for the output and for all workers.
func (w *wiring) workPoolVariablesJSON() string {
	if w.workPoolJSON == "" {
		w.workPoolJSON = *constructs.NewJSON(w.scope, "work_pool_variables", w.workPoolVariables())
	}
	return w.workPoolJSON
}

// workPoolVariables are the values that flow runs need of this stack, by the
// names of the variables of prefect-aws's ECS work pool (ECSVariables).
// https://docs.prefect.io/integrations/prefect-aws/api-ref/prefect_aws-workers-ecs_worker
func (w *wiring) workPoolVariables() map[string]any {
	public := w.FlowRunsInPublic
	all := map[string]any{
		"cluster":            w.cluster.Attr("arn"),
		"vpc_id":             w.network.VPCID,
		"launch_type":        "FARGATE",
		"execution_role_arn": w.executionRole.Attr("arn"),
		// The inner object alone: the worker puts it into awsvpcConfiguration.
		"network_configuration": map[string]any{
			"subnets":        w.subnetIDs(public),
			"securityGroups": []string{w.securityGroup.Attr("id")},
			"assignPublicIp": map[bool]string{true: "ENABLED", false: "DISABLED"}[public],
		},
		"configure_cloudwatch_logs": true,
		"cloudwatch_logs_options": map[string]any{
			"awslogs-group":  w.flowRunLogGroup.Attr("name"),
			"awslogs-region": w.Region,
			// The worker would have each task make the group, which the role may not.
			"awslogs-create-group": "false",
		},
		"cloudwatch_logs_prefix": "flow-run",
	}
	if w.flowRunRole != "" {
		all["task_role_arn"] = w.flowRunRole
	}
	// Without it the worker writes its own key into every task, in plain text.
	if w.secret.ARN != "" {
		variable := map[string]string{
			settings.APIKeyName:     "prefect_api_key_secret_arn",
			settings.AuthStringName: "prefect_api_auth_string_secret_arn",
		}[w.secret.EnvironmentName]
		all[variable] = w.secret.ARN
	}
	return all
}
