package constructs

import (
	"cmp"
	_ "embed"

	"github.com/aws/constructs-go/constructs/v10"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// WorkPoolManagement has each task make its worker's work pool, or update it,
// before the worker starts. Only what Variables names is ever changed in a
// pool: concurrency limit, description, pause and other edits stay.
type WorkPoolManagement struct {
	// Variables is the template of a JSON object: NewWorkPoolVariables for type ecs,
	// *NewJSON(…) for any other keys. Each value becomes the default of the base
	// job template's variable of that name; null leaves it as it is. "": the pool
	// is made, and never changed.
	Variables string
}

// WorkPoolVariablesProps are what flow runs of a work pool of type ecs need to
// know: where they run, by which roles, and where their logs go.
type WorkPoolVariablesProps struct {
	ClusterARN                 string   // required: of the cluster that flows run in, as in TaskRoleProps
	VPCID                      string   // required: of the subnets
	SubnetIDs                  string   // required: template of a list, such as network.PrivateSubnetIDs
	SecurityGroupID            string   // required: of a group that lets flows reach AWS, the API and their data
	AdditionalSecurityGroupIDs []string // further groups of the VPC
	AssignPublicIP             bool     // in public subnets, from which there is no other way out
	ExecutionRoleARN           string   // required: of NewTaskExecutionRole; its LogGroupARNs have LogGroup's
	TaskRoleARN                string   // of NewFlowRunRole: what flows may do; "": nothing
	LogGroup                   string   // required: name of the group of NewFlowRunLogGroup, or any other
	LogRegion                  string   // of the log group; "": the provider's
	Secret                     *Secret  // what flow runs authenticate with; nil: the worker writes its own key into every task, in plain text

	// CapacityProviderStrategy is where flow runs run; the cluster must have the
	// providers. nil: what the pool says.
	CapacityProviderStrategy []settings.CapacityProvider
}

// NewWorkPoolVariables creates a local of the values that flow runs need of a
// stack, and returns the template of its JSON for WorkPoolManagement. The keys
// are variables of prefect-aws's ECS work pool (ECSVariables): cluster, vpc_id,
// launch_type, network_configuration, execution_role_arn, task_role_arn,
// configure_cloudwatch_logs, cloudwatch_logs_options, cloudwatch_logs_prefix,
// capacity_provider_strategy, and prefect_api_key_secret_arn or prefect_api_auth_string_secret_arn.
// https://docs.prefect.io/integrations/prefect-aws/api-ref/prefect_aws-workers-ecs_worker
func NewWorkPoolVariables(scope constructs.Construct, id string, p WorkPoolVariablesProps) string {
	g := newGroup(scope, "NewWorkPoolVariables", id)
	g.require(prop{"ClusterARN", p.ClusterARN, "the ARN of the cluster that flows run in"}, prop{"VPCID", p.VPCID, "network.VPCID"},
		prop{"SubnetIDs", p.SubnetIDs, "network.PrivateSubnetIDs or other subnets of that VPC"},
		prop{"SecurityGroupID", p.SecurityGroupID, "the id of the flow runs' security group"},
		prop{"ExecutionRoleARN", p.ExecutionRoleARN, "the ARN of the task execution role"},
		prop{"LogGroup", p.LogGroup, "the name of the flow runs' log group"})
	g.list("SubnetIDs", p.SubnetIDs)
	if p.LogRegion == "" {
		p.LogRegion = g.region()
	}
	all := map[string]any{
		"cluster":            p.ClusterARN,
		"vpc_id":             p.VPCID,
		"launch_type":        "FARGATE",
		"execution_role_arn": p.ExecutionRoleARN,
		// The inner object alone: the worker puts it into awsvpcConfiguration.
		"network_configuration": map[string]any{
			"subnets":        p.SubnetIDs,
			"securityGroups": append([]string{p.SecurityGroupID}, p.AdditionalSecurityGroupIDs...),
			"assignPublicIp": map[bool]string{true: "ENABLED", false: "DISABLED"}[p.AssignPublicIP],
		},
		"configure_cloudwatch_logs": true,
		"cloudwatch_logs_options": map[string]any{
			"awslogs-group":  p.LogGroup,
			"awslogs-region": p.LogRegion,
			// The worker would have each task make the group, which the role may not.
			"awslogs-create-group": "false",
		},
		"cloudwatch_logs_prefix": "flow-run",
	}
	var strategy []any
	for _, c := range p.CapacityProviderStrategy {
		strategy = append(strategy, map[string]any{"capacityProvider": c.CapacityProvider, "weight": c.Weight, "base": c.Base}) // prefect-aws wants all three
	}
	set(all, "capacity_provider_strategy", strategy != nil, func() any { return strategy })
	set(all, "task_role_arn", p.TaskRoleARN != "", func() any { return p.TaskRoleARN })
	if s := p.Secret; s != nil && s.ARN != "" {
		all[map[string]string{
			settings.APIKeyName:     "prefect_api_key_secret_arn",
			settings.AuthStringName: "prefect_api_auth_string_secret_arn",
		}[s.name()]] = s.ARN
	}
	return *g.json("work_pool_variables", all)
}

//go:embed workpool.py
var workPoolScript string

// prepareWorkPool reaches the API as the worker does, by all that the worker's
// container has for it, and ends. The entry point is the worker's: the image's own
// installs packages.
func (p WorkerProps) prepareWorkPool(worker map[string]any, before []any) map[string]any {
	c := p.container(settings.WorkPoolContainer, p.Image)
	c["essential"] = false
	c["command"] = []string{"python", "-c", Escape(workPoolScript), p.WorkPool, p.Type, cmp.Or(p.WorkPoolManagement.Variables, "{}")}
	for _, key := range []string{"environment", "environmentFiles", "secrets", "user", "mountPoints", "entryPoint", "workingDirectory"} {
		set(c, key, worker[key] != nil, func() any { return worker[key] })
	}
	set(c, "dependsOn", before != nil, func() any { return before })
	return c
}
