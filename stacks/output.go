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
		"put_secret_value_command": {"Command that asks for the secret's value and puts it in", func() string { return w.putSecretValueCommand(w.identities[0]) }, ""},
		"redeploy_command":         {"Command that restarts the workers, for example after the secret's value has changed", w.redeployCommand, ""},
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

// addOwnOutput adds an output's twin for a worker that has of its own what it is of.
func (w *wiring) addOwnOutput(to map[string]output, name string, of *identity) {
	own, description := of.ID+"_"+name, " of the worker "+of.ID
	switch secret := of.Own.Secret; {
	case name == "work_pool_variables" && of.Own.FlowRuns() && of.Type != settings.TypeProcess:
		to[own] = output{"Defaults for the variables of the work pool" + description + ", as JSON", w.workPoolVariables(of), ""}
	case name == "put_secret_value_command" && secret != nil && secret.Makes():
		to[own] = output{"Command that asks for the value of the secret" + description + " and puts it in", w.putSecretValueCommand(of), ""}
	}
}

func (w *wiring) secretARN() string {
	if w.identities[0].secret.ARN == "" {
		return "${null}"
	}
	return w.identities[0].secret.ARN
}

// putSecretValueCommand reads the value from the terminal: it stands in no
// history, no process list and no file, nor in a variable of the user's shell.
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
