package stacks

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

func (w *wiring) addOutputs() {
	all := map[string]struct{ description, value string }{
		"ecs_cluster_arn":    {"ECS cluster ARN", w.cluster.Attr("arn")},
		"ecs_service_name":   {"ECS service name", w.workers[0].made.Service.Attr("name")},
		"prefect_secret_arn": {"Prefect API secret ARN (created or provided)", w.secret.ARN},
		"secret_arn_local":   {"Locally computed secret ARN, for use in scripting or modular workflows", w.secret.ARN},
	}
	for _, name := range w.env.Terraform.Outputs {
		output(w.stack, name, all[name].description, all[name].value)
	}
}

// output adds an output. Its construct id differs from its name, because a
// variable may have that name too.
func output(stack cdktf.TerraformStack, name, description, value string) {
	cdktf.NewTerraformOutput(stack, jsii.String("output."+name), &cdktf.TerraformOutputConfig{
		Description: &description,
		Value:       value,
	}).OverrideLogicalId(&name)
}
