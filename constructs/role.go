package constructs

import (
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicyattachment"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// RoleDefaults is what all roles of a stack have in common. The zero value
// changes nothing.
type RoleDefaults struct {
	settings.IAM
	Account Account // with RestrictTrust, which trusts tasks of this account and region only
}

// Role is a role and what gives it its permissions.
type Role struct {
	Resource
	Ready []Resource // what uses the role should wait for it
}

// newRole makes a role that a service assumes; every role goes through here.
func (g group) newRole(address, name, tag string, trust map[string]any, d RoleDefaults) Resource {
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
	return map[string]any{
		"Effect":    "Allow",
		"Action":    "sts:AssumeRole",
		"Principal": map[string]any{"Service": service},
	}
}

// taskTrust lets ECS tasks assume a role. The conditions keep another account
// from having ECS use it (the confused deputy).
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
func taskTrust(d RoleDefaults) map[string]any {
	statement := trustStatement("ecs-tasks.amazonaws.com")
	if d.RestrictTrust {
		statement["Condition"] = map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": d.Account.ID},
			"ArnLike":      map[string]any{"aws:SourceArn": d.Account.arn("ecs", "*")},
		}
	}
	return statement
}

// rolePolicy adds an inline policy to a role, or none without a statement.
func (g group) rolePolicy(address, name string, role Resource, statements []Statement) []Resource {
	if len(statements) == 0 {
		return nil
	}
	_, local, _ := strings.Cut(address, ".")
	return []Resource{add(g, address, iamrolepolicy.NewIamRolePolicy, &iamrolepolicy.IamRolePolicyConfig{
		Name:   &name,
		Role:   jsii.String(role.Attr("id")),
		Policy: g.json(local, policyOf(statements)),
	})}
}

// TaskExecutionRoleProps are the settings of a task execution role.
type TaskExecutionRoleProps struct {
	settings.TaskExecutionRole
	Partition string // of the managed policies' ARNs; "": the account's own
	Secret    *Secret

	// SecretARNs are further secrets ("secretsmanager") and SSM parameters
	// ("ssm") that containers read.
	SecretARNs map[string][]string

	LogGroupARNs []string // of the workers and of flow runs, which have this role too

	// CachePrefix is the prefix of the repositories that a pull-through cache
	// makes; "": no cache.
	CachePrefix string

	Account  Account // with least privilege, a cache, or a key of the secret's own
	Defaults RoleDefaults
	Names    Names
}

// NewTaskExecutionRole makes the role with which ECS pulls the image, writes
// logs and reads the secret.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
func NewTaskExecutionRole(scope constructs.Construct, id string, p TaskExecutionRoleProps) Role {
	g := newGroup(scope, id, p.Names)
	role := g.newRole("aws_iam_role.task_execution_role", p.Name, p.NameTag, taskTrust(p.Defaults), p.Defaults)
	var ready []Resource
	attach := func(name, managed string) {
		partition := p.Partition
		if partition == "" {
			partition, _ = NewPartition(scope)
		}
		ready = append(ready, add(g, "aws_iam_role_policy_attachment."+name, iamrolepolicyattachment.NewIamRolePolicyAttachment,
			&iamrolepolicyattachment.IamRolePolicyAttachmentConfig{
				Role:      jsii.String(role.Attr("name")),
				PolicyArn: jsii.String("arn:" + partition + ":iam::aws:policy/" + managed),
			}))
	}
	inline := func(name, policy string, statements []Statement) {
		ready = append(ready, g.rolePolicy("aws_iam_role_policy."+name, policy, role, statements)...)
	}
	if p.Permissions == settings.LeastPrivilege {
		inline("task_execution_policy", "task-execution", p.leastPrivilege())
	} else {
		attach("ecs_task_execution", "service-role/AmazonECSTaskExecutionRolePolicy")
	}
	if p.AttachECRReadOnlyPolicy {
		attach("ecs_task_execution_ecr", "AmazonEC2ContainerRegistryReadOnly")
	}
	if p.CachePrefix != "" {
		// The first pull of an image makes its repository.
		// https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
		inline("pull_through_cache_policy", "pull-through-cache", []Statement{{
			Actions:   []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"},
			Resources: []string{p.Account.arn("ecr", "repository/"+cached(p.CachePrefix))},
		}})
	}
	inline("secrets_policy", p.SecretsPolicy.Name,
		slices.Concat(p.Secret.statements(p.SecretsPolicy.Actions, p.Account), otherSecrets(p.SecretARNs)))
	return Role{role, ready}
}

// cached are the names of a cache's repositories. ROOT is none.
func cached(prefix string) string {
	if prefix == "ROOT" {
		return "*"
	}
	return strings.TrimSuffix(prefix, "/") + "/*"
}

func (p TaskExecutionRoleProps) leastPrivilege() []Statement {
	repositories := p.RepositoryARNs
	if len(repositories) == 0 {
		repositories = []string{p.Account.arn("ecr", "repository/*")}
	}
	var streams []string
	for _, arn := range p.LogGroupARNs {
		streams = append(streams, arn+":*")
	}
	return []Statement{
		// This action knows no resource.
		{SID: "LogIn", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"}},
		{SID: "PullImages", Actions: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, Resources: repositories},
		{SID: "WriteLogs", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: streams},
	}
}
