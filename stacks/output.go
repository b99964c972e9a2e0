package stacks

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// output is an output of a stack. One that may be null has a group.
type output struct{ description, value, group string }

func (w *wiring) addOutputs() {
	all := map[string]output{
		"ecs_cluster_arn":    {"ECS cluster ARN", w.cluster.Attr("arn"), ""},
		"ecs_service_name":   {"ECS service name", w.workers[0].made.Service.Attr("name"), ""},
		"prefect_secret_arn": {"Prefect API secret ARN (created or provided)", w.secret.ARN, "secret"},
		"secret_arn_local":   {"Locally computed secret ARN, for use in scripting or modular workflows", w.secret.ARN, "secret"},
	}
	chosen := map[string]output{}
	for _, name := range w.env.Terraform.Outputs {
		chosen[name] = all[name]
	}
	addOutputs(w.stack, w.env.Stack, chosen)
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
