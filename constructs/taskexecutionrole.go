package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// TaskExecutionRoleProps are the settings of a task execution role.
type TaskExecutionRoleProps struct {
	settings.TaskExecutionRole         // required: Name; ARN is not used: an existing role needs no construct. SecretsPolicy: by default read-secret, which may get the value
	Partition                  string  // of the managed policies' ARNs; "": the account's own
	Secret                     *Secret // that the role may read; nil: none

	// ContainerSecretARNs are secrets ("secretsmanager"), SSM parameters ("ssm") and
	// environment files ("s3") that workers' containers are given, besides the section's
	// SecretARNs.
	ContainerSecretARNs map[string][]string

	LogGroupARNs []string // required with least privilege: of the workers and of flow runs, which have this role too, without ":*", which is added

	// CachePrefix is the prefix of the repositories that a pull-through cache
	// makes; "": no cache.
	CachePrefix string

	Account  Account      // used with least privilege, a cache, or keys of secrets; zero: as AWS says
	Defaults RoleDefaults // what all roles of the stack have in common
}

// NewTaskExecutionRole creates the role with which ECS pulls the image, writes
// logs and reads the secret.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
func NewTaskExecutionRole(scope constructs.Construct, id string, p TaskExecutionRoleProps) Role {
	g := newGroup(scope, "NewTaskExecutionRole", id)
	g.require(prop{"Name", p.Name, "the name of the role"})
	fill(g, &p.TaskExecutionRole)
	if p.Permissions == settings.LeastPrivilege {
		g.require(prop{"LogGroupARNs", strings.Join(p.LogGroupARNs, ""), "the ARNs of the log groups that the role may write to"})
	}
	if p.SecretsPolicy.Name == "" {
		p.SecretsPolicy.Name = "read-secret"
	}
	if len(p.SecretsPolicy.Actions) == 0 {
		p.SecretsPolicy.Actions = []string{"secretsmanager:GetSecretValue"}
	}
	p.Secret = g.secretOrNone(p.Secret)
	secrets := g.secretsByService(p)
	if p.Permissions == settings.LeastPrivilege || p.CachePrefix != "" || p.Secret.kmsKeyARN != "" || len(p.KMSKeyARNs) > 0 {
		p.Account = p.Account.or(g)
	}
	role := g.newRole("aws_iam_role.task_execution_role", p.Name, p.NameTag, g.taskTrust(p.Defaults), p.Defaults)
	var ready []AnyResource
	attach := func(name, managed string) {
		partition := p.Partition
		if partition == "" {
			partition, _ = g.partition()
		}
		ready = append(ready, g.attach(name, role, "arn:"+partition+":iam::aws:policy/"+managed))
	}
	inline := func(name, policy string, statements []any) {
		ready = append(ready, g.rolePolicy("aws_iam_role_policy."+name, policy, role, statements)...)
	}
	if p.Permissions == settings.LeastPrivilege {
		inline("task_execution_policy", "task-execution", written(p.leastPrivilege()))
	} else {
		attach("ecs_task_execution", settings.TaskExecutionPolicy)
	}
	if p.AttachECRReadOnlyPolicy {
		attach("ecs_task_execution_ecr", settings.ECRReadOnlyPolicy)
	}
	if p.CachePrefix != "" {
		// The first pull of an image makes its repository.
		// https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
		inline("pull_through_cache_policy", "pull-through-cache", written([]settings.PolicyStatement{{
			Actions:   []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"},
			Resources: []string{p.Account.arn("ecr", "repository/"+cached(p.CachePrefix))},
		}}))
	}
	ready = append(ready, g.attachAll("execution_managed", role, p.ManagedPolicyARNs)...)
	inline("secrets_policy", p.SecretsPolicy.Name,
		slices.Concat(p.Secret.documents(p.SecretsPolicy.Actions, p.Account, everySecret), g.otherSecrets(secrets), p.keys(secrets)))
	return Role{role, ready}
}

// secretsByService are what the role reads besides Secret.
func (g group) secretsByService(p TaskExecutionRoleProps) map[string][]string {
	references := map[string]string{}
	for i, arn := range p.SecretARNs {
		references[fmt.Sprintf("SecretARNs[%d]", i)] = arn
	}
	all := g.secretARNs(references)
	for service, arns := range p.ContainerSecretARNs {
		if service != secretsManager && service != ssm && service != s3 {
			g.refuse("ContainerSecretARNs: got the key %q; pass %s, %s or %s", service, secretsManager, ssm, s3)
		}
		all[service] = slices.Concat(all[service], arns)
		slices.Sort(all[service])
		all[service] = slices.Compact(all[service])
	}
	return all
}

// keys let the role decrypt what secrets are encrypted with, through their
// services alone, of which S3 is none.
func (p TaskExecutionRoleProps) keys(secrets map[string][]string) []any {
	if len(p.KMSKeyARNs) == 0 {
		return nil
	}
	services := slices.DeleteFunc(slices.Sorted(maps.Keys(secrets)), func(service string) bool { return service == s3 })
	return written([]settings.PolicyStatement{decrypt(p.KMSKeyARNs, services, p.Account)})
}

// cached are the names of a cache's repositories. ROOT is none.
func cached(prefix string) string {
	if prefix == "ROOT" {
		return "*"
	}
	return strings.TrimSuffix(prefix, "/") + "/*"
}

func (p TaskExecutionRoleProps) leastPrivilege() []settings.PolicyStatement {
	repositories := p.RepositoryARNs
	if len(repositories) == 0 {
		repositories = []string{p.Account.arn("ecr", "repository/*")}
	}
	var streams []string
	for _, arn := range p.LogGroupARNs {
		streams = append(streams, arn+":*")
	}
	return []settings.PolicyStatement{
		// This action knows no resource.
		{SID: "LogIn", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"}},
		{SID: "PullImages", Actions: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, Resources: repositories},
		{SID: "WriteLogs", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: streams},
	}
}
