package stacks

import (
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

func (w *wiring) addOutputs() {
	all := map[string]struct {
		description string
		value       func() string
	}{
		"ecs_cluster_arn":    {"ECS cluster ARN", func() string { return w.cluster.Attr("arn") }},
		"ecs_service_name":   {"ECS service name", func() string { return w.workers[0].made.Service.Attr("name") }},
		"prefect_secret_arn": {"Prefect API secret ARN (created or provided)", w.secretARN},
		"secret_arn_local":   {"Locally computed secret ARN, for use in scripting or modular workflows", w.secretARN},
		"repository_url":     {"Where to push flow images", func() string { return w.repository.Attr("repository_url") }},
		"work_pool_variables": {"Defaults for the variables of the ECS work pool's base job template, as JSON", func() string {
			return *constructs.NewJSON(w.stack, "work_pool_variables", w.workPoolVariables())
		}},
		"put_secret_value_command": {"Command that asks for the secret's value and puts it in", w.putSecretValueCommand},
		"redeploy_command":         {"Command that restarts the workers, for example after the secret's value has changed", w.redeployCommand},
	}
	for _, name := range w.env.Terraform.Outputs {
		output(w.stack, name, all[name].description, all[name].value())
	}
}

func (w *wiring) secretARN() string {
	if w.secret.ARN == "" {
		return "${null}"
	}
	return w.secret.ARN
}

// putSecretValueCommand reads the value from the terminal: it stands in no
// history, no process list and no file.
func (w *wiring) putSecretValueCommand() string {
	return `read -rs VALUE && printf %s "$VALUE" | aws secretsmanager put-secret-value --region ` + w.text("region", w.env.Region) +
		" --secret-id " + w.secret.ARN + " --secret-string file:///dev/stdin"
}

// redeployCommand: a running task keeps the value it started with.
func (w *wiring) redeployCommand() string {
	var commands []string
	for _, worker := range w.workers {
		commands = append(commands, "aws ecs update-service --region "+w.text("region", w.env.Region)+" --cluster "+w.cluster.Attr("arn")+
			" --service "+worker.made.Service.Attr("name")+" --force-new-deployment")
	}
	return strings.Join(commands, " && ")
}

// output adds an output. Its construct id differs from its name, because a
// variable may have that name too.
func output(stack cdktf.TerraformStack, name, description, value string) {
	cdktf.NewTerraformOutput(stack, jsii.String("output."+name), &cdktf.TerraformOutputConfig{
		Description: &description,
		Value:       value,
	}).OverrideLogicalId(&name)
}
