package constructs

import (
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicyattachment"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// RoleDefaults is what all roles of a stack have in common. The zero value
// changes nothing.
type RoleDefaults struct {
	settings.IAM
	Account Account // with RestrictTrust, which trusts tasks of this account and region only; zero: as AWS says
}

// Role is a role and what gives it its permissions.
type Role struct {
	Resource[iamrole.IamRole]
	Ready []AnyResource // what uses the role should come after it
}

// newRole creates a role that a service assumes; every role goes through here.
func (g group) newRole(address, name, tag string, trust map[string]any, d RoleDefaults) Resource[iamrole.IamRole] {
	_, local, _ := strings.Cut(address, ".")
	return add(g, address, iamrole.NewIamRole, &iamrole.IamRoleConfig{
		Name:                &name,
		Path:                optional(d.RolePath),
		PermissionsBoundary: optional(d.PermissionsBoundaryARN),
		AssumeRolePolicy:    g.json(local+"_trust", policy(trust)),
		Tags:                nameTag(tag),
	})
}

// trustStatement lets a service assume a role.
func trustStatement(service string) map[string]any {
	return map[string]any{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": service}}
}

// taskTrust lets ECS tasks assume a role. The conditions keep another account
// from having ECS use it (the confused deputy).
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
func (g group) taskTrust(d RoleDefaults) map[string]any {
	statement := trustStatement("ecs-tasks.amazonaws.com")
	if d.RestrictTrust {
		account := d.Account.or(g)
		statement["Condition"] = map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": account.ID},
			"ArnLike":      map[string]any{"aws:SourceArn": account.arn("ecs", "*")},
		}
	}
	return statement
}

// attach gives a role a managed policy.
func (g group) attach(address string, role Resource[iamrole.IamRole], policyARN string) AnyResource {
	return add(g, "aws_iam_role_policy_attachment."+address, iamrolepolicyattachment.NewIamRolePolicyAttachment,
		&iamrolepolicyattachment.IamRolePolicyAttachmentConfig{Role: jsii.String(role.Attr("name")), PolicyArn: &policyARN}).Any()
}

// attachAll gives a role managed policies, by ARN, not by position: taking one
// away leaves the others alone.
func (g group) attachAll(address string, role Resource[iamrole.IamRole], policyARNs []string) []AnyResource {
	if len(policyARNs) == 0 {
		return nil
	}
	each := cdktf.TerraformIterator_FromList(strs(policyARNs))
	return []AnyResource{add(g, "aws_iam_role_policy_attachment."+address, iamrolepolicyattachment.NewIamRolePolicyAttachment,
		&iamrolepolicyattachment.IamRolePolicyAttachmentConfig{
			ForEach: each, Role: jsii.String(role.Attr("name")), PolicyArn: cdktf.Token_AsString(each.Value(), nil),
		}).Any()}
}

// rolePolicy adds an inline policy to a role, or none without a statement.
func (g group) rolePolicy(address, name string, role Resource[iamrole.IamRole], statements []any) []AnyResource {
	if len(statements) == 0 {
		return nil
	}
	_, local, _ := strings.Cut(address, ".")
	return []AnyResource{add(g, address, iamrolepolicy.NewIamRolePolicy, &iamrolepolicy.IamRolePolicyConfig{
		Name:   &name,
		Role:   jsii.String(role.Attr("id")),
		Policy: g.json(local, policy(statements...)),
	}).Any()}
}
