package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicyattachment"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// FlowRunRoleProps are the settings of the role of flow runs.
type FlowRunRoleProps struct {
	settings.FlowRunRole              // required: Name; ARN is not used: an existing role needs no construct
	Defaults             RoleDefaults // what all roles of the stack have in common
}

// NewFlowRunRole makes the role with which flows run: their own permissions,
// none of the worker's.
func NewFlowRunRole(scope constructs.Construct, id string, p FlowRunRoleProps) Role {
	g := newGroup(scope, "NewFlowRunRole", id)
	g.require(prop{"Name", p.Name, "the name of the role"})
	g.checkStatements("InlinePolicyStatements", p.InlinePolicyStatements)
	role := g.newRole("aws_iam_role.flow_run_role", p.Name, p.NameTag, g.taskTrust(p.Defaults), p.Defaults)
	ready := g.rolePolicy("aws_iam_role_policy.flow_run_policy", "flow-run", role, allowed(p.InlinePolicyStatements))
	if len(p.ManagedPolicyARNs) > 0 {
		// By ARN, not by position: taking one away leaves the others alone.
		each := cdktf.TerraformIterator_FromList(strs(p.ManagedPolicyARNs))
		ready = append(ready, add(g, "aws_iam_role_policy_attachment.flow_run_managed", iamrolepolicyattachment.NewIamRolePolicyAttachment,
			&iamrolepolicyattachment.IamRolePolicyAttachmentConfig{
				ForEach:   each,
				Role:      jsii.String(role.Attr("name")),
				PolicyArn: cdktf.Token_AsString(each.Value(), nil),
			}).Any())
	}
	return Role{role, ready}
}
