package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawspartition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicyattachment"
)

// TaskExecutionRoleProps are the settings of a task execution role.
type TaskExecutionRoleProps struct {
	Name                    string
	NameTag                 string
	Partition               string // of the managed policies' ARNs; "": the account's own
	AttachECRReadOnlyPolicy bool
	Secret                  *Secret
	SecretsPolicyName       string
	SecretsPolicyActions    []string
	Names                   Names
}

// NewTaskExecutionRole makes the role with which ECS pulls the image, writes
// logs and reads the secret.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
func NewTaskExecutionRole(scope constructs.Construct, id string, p TaskExecutionRoleProps) Resource {
	g := newGroup(scope, id, p.Names)
	role := add(g, "aws_iam_role.task_execution_role", iamrole.NewIamRole, &iamrole.IamRoleConfig{
		Name:             &p.Name,
		AssumeRolePolicy: g.json("task_execution_role_trust", policy(trustStatement("ecs-tasks.amazonaws.com"))),
		Tags:             nameTag(p.NameTag),
	})
	partition := p.Partition
	if partition == "" {
		partition = data(g, "aws_partition.current", dataawspartition.NewDataAwsPartition, &dataawspartition.DataAwsPartitionConfig{}).Attr("partition")
	}
	attach := func(name, managed string) {
		add(g, "aws_iam_role_policy_attachment."+name, iamrolepolicyattachment.NewIamRolePolicyAttachment,
			&iamrolepolicyattachment.IamRolePolicyAttachmentConfig{
				Role:      jsii.String(role.Attr("name")),
				PolicyArn: jsii.String("arn:" + partition + ":iam::aws:policy/" + managed),
			})
	}
	attach("ecs_task_execution", "service-role/AmazonECSTaskExecutionRolePolicy")
	if p.AttachECRReadOnlyPolicy {
		attach("ecs_task_execution_ecr", "AmazonEC2ContainerRegistryReadOnly")
	}
	add(g, "aws_iam_role_policy.secrets_policy", iamrolepolicy.NewIamRolePolicy, &iamrolepolicy.IamRolePolicyConfig{
		Name: &p.SecretsPolicyName,
		Role: jsii.String(role.Attr("id")),
		Policy: g.json("secrets_policy", policy(map[string]any{
			"Effect":   "Allow",
			"Action":   p.SecretsPolicyActions,
			"Resource": p.Secret.policyResource(),
		})),
	})
	return role
}

// policy is an IAM policy document.
func policy(statements ...any) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

func trustStatement(service string) map[string]any {
	return map[string]any{
		"Effect":    "Allow",
		"Action":    "sts:AssumeRole",
		"Principal": map[string]any{"Service": service},
	}
}
