package stacks

import (
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// output is an output of a stack. One that may be null has a group.
type output struct{ description, value, group string }

func (w *wiring) addOutputs() {
	first := w.identities[0]
	all := map[string]struct {
		description string
		value       func() string
		group       string
	}{
		"ecs_cluster_arn":          {"ECS cluster ARN", func() string { return w.cluster.Attr("arn") }, ""},
		"ecs_service_name":         {"ECS service name", func() string { return w.workers[0].made.Service.Attr("name") }, ""},
		"prefect_secret_arn":       {"Prefect API secret ARN (created or provided)", w.secretARN, "secret"},
		"secret_arn_local":         {"Locally computed secret ARN, for use in scripting or modular workflows", w.secretARN, "secret"},
		"repository_url":           {"Where to push flow images", func() string { return w.repository.Attr("repository_url") }, ""},
		"work_pool_variables":      {"Defaults for the variables of the ECS work pool's base job template, as JSON", func() string { return w.workPoolVariables(w.identities[0]) }, ""},
		"put_secret_value_command": {"Command that asks for the secret's value and stores it", func() string { return w.putSecretValueCommand(w.identities[0]) }, ""},
		"redeploy_command":         {"Command that restarts the workers, for example after the secret's value has changed", w.redeployCommand, ""},

		"vpc_id":                  {"ID of the VPC", func() string { return w.network.VPCID }, ""},
		"public_subnets":          {"IDs of the public subnets", func() string { return w.network.PublicSubnetIDs }, ""},
		"private_subnets":         {"IDs of the private subnets", func() string { return w.network.PrivateSubnetIDs }, ""},
		"public_route_table_ids":  {"IDs of the public subnets' route tables", func() string { return w.network.PublicRouteTableIDs }, ""},
		"private_route_table_ids": {"IDs of the private subnets' route tables", func() string { return w.network.PrivateRouteTableIDs }, ""},
		"nat_public_ips":          {"Addresses from which workers and flow runs in private subnets reach the internet", func() string { return w.network.NATPublicIPs }, ""},
		"security_group_id":       {"ID of the workers' security group", func() string { return first.securityGroup.Attr("id") }, ""},
		"task_execution_role_arn": {"ARN of the task execution role", func() string { return first.executionRoleARN }, ""},
		"task_role_arn":           {"ARN of the worker's role", func() string { return first.taskRole }, ""},
		"flow_run_role_arn":       {"ARN of the flow runs' role", func() string { return first.flowRunRole }, ""},
		"log_group_name":          {"Name of the workers' log group", func() string { return w.logGroup.Attr("name") }, ""},
		"flow_run_log_group_name": {"Name of the flow runs' log group", func() string { return w.flowRunLogGroup.Attr("name") }, ""},
		"crash_events_queue_url":  {"URL of the queue of crash events", func() string { return w.crashEvents.Queue.Attr("id") }, ""},
		"crash_events_queue_arn":  {"ARN of the queue of crash events", func() string { return w.crashEvents.Queue.Attr("arn") }, ""},
		"topic_arn":               {"ARN of the topic of alarms and events", func() string { return w.topicARN }, ""},
	}
	chosen := map[string]output{}
	for _, name := range w.Terraform.Outputs {
		o := all[name]
		chosen[name] = output{o.description, o.value(), o.group}
		for _, of := range w.identities[1:] {
			w.addOwnOutput(chosen, name, of)
		}
	}
	addOutputs(w.stack, w.Stack, chosen)
}

// addOwnOutput adds an output's twin for a worker that has its own such resource.
func (w *wiring) addOwnOutput(to map[string]output, name string, of *identity) {
	own, description := of.ID+"_"+name, " of the worker "+of.ID
	switch secret := of.Own.Secret; {
	case name == "work_pool_variables" && of.Own.FlowRuns() && of.Type != settings.TypeProcess:
		to[own] = output{"Defaults for the variables of the work pool" + description + ", as JSON", w.workPoolVariables(of), ""}
	case name == "put_secret_value_command" && secret != nil && secret.Makes():
		to[own] = output{"Command that asks for the value of the secret" + description + " and stores it", w.putSecretValueCommand(of), ""}
	case name == "security_group_id" && of.Own.SecurityGroup != nil:
		to[own] = output{"ID of the security group" + description, of.securityGroup.Attr("id"), ""}
	case name == "task_execution_role_arn" && of.Own.TaskExecutionRole != nil:
		to[own] = output{"ARN of the task execution role" + description, of.executionRoleARN, ""}
	case name == "task_role_arn" && of.Own.TaskRole != nil:
		to[own] = output{"ARN of the role" + description, of.taskRole, ""}
	case name == "flow_run_role_arn" && of.Own.FlowRunRole != nil:
		to[own] = output{"ARN of the role of flow runs" + description, of.flowRunRole, ""}
	}
}

func (w *wiring) secretARN() string {
	if w.identities[0].secret.ARN == "" {
		return "${null}"
	}
	return w.identities[0].secret.ARN
}

// putSecretValueCommand reads the value from the terminal: it is in no history,
// no process list and no file, nor in a variable of the user's shell.
func (w *wiring) putSecretValueCommand(of *identity) string {
	return `(read -rs VALUE && printf %s "$VALUE" | aws secretsmanager put-secret-value --region ` + w.Region +
		" --secret-id " + of.secret.ARN + " --secret-string file:///dev/stdin)"
}

// redeployCommand: a running task keeps the value it started with.
func (w *wiring) redeployCommand() string {
	var commands []string
	for _, worker := range w.workers {
		commands = append(commands, "aws ecs update-service --region "+w.Region+" --cluster "+w.cluster.Attr("arn")+
			" --service "+worker.made.Service.Attr("name")+" --force-new-deployment")
	}
	return strings.Join(commands, " && ")
}

// addOutputs adds outputs and tells the CDKTF CLI under which names to show
// them. A TerraformOutput would do both, but cdktf 0.21 then fails after a
// deploy ("Cannot convert undefined or null to object") when Terraform leaves
// an output out because it is null, as prefect_secret_arn is without a secret.
// Within a group the CLI leaves it out as well.
func addOutputs(stack cdktf.TerraformStack, stackName string, outputs map[string]output) {
	if len(outputs) == 0 {
		return
	}
	block, shown := map[string]any{}, map[string]any{}
	for name, o := range outputs {
		block[name] = map[string]any{"description": o.description, "value": o.value}
		if o.group == "" {
			shown[name] = name
			continue
		}
		group, ok := shown[o.group].(map[string]any)
		if !ok {
			group = map[string]any{}
			shown[o.group] = group
		}
		group[name] = name
	}
	stack.AddOverride(jsii.String("output"), block)
	stack.AddOverride(jsii.String("//"), map[string]any{"outputs": map[string]any{stackName: shown}})
}
