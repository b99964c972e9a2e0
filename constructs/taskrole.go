package constructs

import (
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// TaskRoleProps are the settings of the role of a worker that starts flow runs
// as separate tasks.
type TaskRoleProps struct {
	settings.TaskRole                            // required: Name, PassRoleARNs: all the roles that a flow run gets, the task execution role too; ARN is not used: an existing role needs no construct
	ClusterARN        string                     // required: of the cluster that flows run in
	LogGroupARN       string                     // required: of the flow runs' logs, without ":*", which is added
	Statements        []settings.PolicyStatement // what else the worker may do, such as CrashEvents.Receive
	Account           Account                    // zero: as AWS says
	Defaults          RoleDefaults               // what all roles of the stack have in common
}

// NewTaskRole creates a role that may do what prefect-aws's ECS worker calls, for tasks of one
// cluster, and Statements. InlinePolicyStatements have their own policy, in which their names
// cannot meet the former.
// https://github.com/PrefectHQ/prefect/blob/main/src/integrations/prefect-aws/prefect_aws/workers/ecs_worker.py
func NewTaskRole(scope constructs.Construct, id string, p TaskRoleProps) Role {
	g := newGroup(scope, "NewTaskRole", id)
	g.require(prop{"Name", p.Name, "the name of the role"}, prop{"ClusterARN", p.ClusterARN, "the ARN of the cluster that flows run in"},
		prop{"LogGroupARN", p.LogGroupARN, "the ARN of the flow runs' log group"},
		prop{"PassRoleARNs", strings.Join(p.PassRoleARNs, ""), "the ARNs of the roles that a flow run gets, its task execution role at least"})
	g.checkStatements("Statements", p.Statements)
	g.checkStatements("InlinePolicyStatements", p.InlinePolicyStatements)
	p.Account = p.Account.or(g)
	role := g.newRole("aws_iam_role.task_role", p.Name, p.NameTag, g.taskTrust(p.Defaults), p.Defaults)
	return Role{role, slices.Concat(
		g.rolePolicy("aws_iam_role_policy.task_policy", "worker", role, written(slices.Concat(p.runFlows(), p.Statements))),
		g.rolePolicy("aws_iam_role_policy.task_inline_policy", "inline", role, written(p.InlinePolicyStatements)),
		g.attachAll("task_managed", role, p.ManagedPolicyARNs))}
}

func (p TaskRoleProps) runFlows() []settings.PolicyStatement {
	tasks := []string{`${replace(` + Expr(p.ClusterARN) + `, ":cluster/", ":task/")}/*`}
	return []settings.PolicyStatement{
		// These actions know no resource.
		{SID: "DescribeNetwork", Actions: []string{"ec2:DescribeSubnets", "ec2:DescribeVpcs"}, Resources: []string{"*"}},
		{SID: "RegisterFlows", Actions: []string{"ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"}, Resources: []string{"*"}},
		// Prefect creates a family for each deployment, so the cluster is the limit.
		{SID: "RunFlows", Actions: []string{"ecs:RunTask"}, Resources: []string{p.Account.arn("ecs", "task-definition/*")},
			Conditions: map[string]map[string][]string{"ArnEquals": {"ecs:cluster": {p.ClusterARN}}}},
		{SID: "WatchFlows", Actions: []string{"ecs:DescribeTasks", "ecs:StopTask"}, Resources: tasks},
		{SID: "TagFlows", Actions: []string{"ecs:TagResource"}, Resources: tasks,
			Conditions: map[string]map[string][]string{"StringEquals": {"ecs:CreateAction": {"RunTask"}}}},
		{SID: "GiveFlowsTheirRoles", Actions: []string{"iam:PassRole"}, Resources: p.PassRoleARNs,
			Conditions: map[string]map[string][]string{"StringEquals": {"iam:PassedToService": {"ecs-tasks.amazonaws.com"}}}},
		// The last lines of a flow run that crashed before it reached Prefect.
		{SID: "ReadLogs", Actions: []string{"logs:GetLogEvents"}, Resources: []string{p.LogGroupARN + ":*"}},
	}
}

// NewTaskPolicy adds statements to a role that a worker's task has already,
// under the Terraform name; it creates nothing without a statement.
func NewTaskPolicy(scope constructs.Construct, id, name string, role Resource[iamrole.IamRole], statements []settings.PolicyStatement) []AnyResource {
	g := newGroup(scope, "NewTaskPolicy", id)
	g.checkStatements("statements", statements)
	return g.rolePolicy("aws_iam_role_policy."+name, "worker", role, written(statements))
}

// ExecuteCommandStatements let ECS Exec into a task, and write its log group
// and use its key where there are any.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
func ExecuteCommandStatements(logGroupARN, kmsKeyARN string) []settings.PolicyStatement {
	all := []settings.PolicyStatement{{
		SID: "ExecuteCommand",
		Actions: []string{"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
			"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"},
		Resources: []string{"*"}, // these actions know no resource
	}}
	if logGroupARN != "" {
		all = append(all,
			settings.PolicyStatement{SID: "FindLogGroup", Actions: []string{"logs:DescribeLogGroups"}, Resources: []string{"*"}},
			settings.PolicyStatement{SID: "LogCommands", Actions: []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
				Resources: []string{logGroupARN + ":*"}})
	}
	if kmsKeyARN != "" {
		all = append(all, settings.PolicyStatement{SID: "DecryptCommands", Actions: []string{"kms:Decrypt"}, Resources: []string{kmsKeyARN}})
	}
	return all
}

// OpenTelemetryStatements let a collector with its default configuration send
// traces to X-Ray, and metrics to CloudWatch by way of one log group.
// https://aws-otel.github.io/docs/setup/permissions
func OpenTelemetryStatements(a Account) []settings.PolicyStatement {
	group := a.arn("logs", "log-group:/aws/ecs/application/metrics")
	return []settings.PolicyStatement{
		{SID: "SendTraces", Actions: []string{"xray:GetSamplingRules", "xray:GetSamplingStatisticSummaries", "xray:GetSamplingTargets",
			"xray:PutTelemetryRecords", "xray:PutTraceSegments"}, Resources: []string{"*"}},
		{SID: "SendMetrics", Actions: []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resources: []string{group, group + ":*"}},
	}
}

// FileSystemStatements let a task mount a worker's volumes of EFS, and write to
// those that no mount point makes read-only.
// https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
func FileSystemStatements(w settings.Worker, a Account) []settings.PolicyStatement {
	var all []settings.PolicyStatement
	for _, f := range w.FileSystems() {
		id := strings.ReplaceAll(f.FileSystemID+f.AccessPointID, "-", "")
		var condition map[string]map[string][]string
		if f.AccessPointID != "" {
			condition = map[string]map[string][]string{"ArnEquals": {"elasticfilesystem:AccessPointArn": {a.arn("elasticfilesystem", "access-point/"+f.AccessPointID)}}}
		}
		allowed := func(sid, action string) {
			all = append(all, settings.PolicyStatement{SID: sid + id, Actions: []string{action},
				Resources: []string{a.arn("elasticfilesystem", "file-system/"+f.FileSystemID)}, Conditions: condition})
		}
		allowed("Mount", "elasticfilesystem:ClientMount")
		if f.Write {
			allowed("Write", "elasticfilesystem:ClientWrite")
		}
	}
	return all
}
