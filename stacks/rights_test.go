package stacks_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/iamtest"
)

const (
	ours        = "us-east-1:123456789012:"
	files       = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/"
	roles       = "arn:aws:iam::123456789012:role/"
	accessPoint = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0"
	bound       = "arn:aws:iam::123456789012:policy/workload-boundary"
	mlKey       = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	key         = "arn:aws:kms:us-east-1:123456789012:key/0d990263-018e-4e65-a703-eff731de951e"
)

// right is a call that a role needs, or, as an attack, must not be able to make.
type right struct {
	action, resource string
	context          string // key=value, separated by spaces
}

// roleRights are the roles of a case: what each needs, and what it must be
// refused whoever runs in it. The calls of tasks were recorded from a worker and a
// flow run, those of Terraform are recorded and decided by the end-to-end tests.
var roleRights = []struct {
	name, of string   // the case
	policies []string // locals
	needs    []right
	attacks  []right
}{
	{"a worker", "production", []string{"task_policy"}, []right{
		{"ec2:DescribeSubnets", "*", ""}, {"ec2:DescribeVpcs", "*", ""},
		{"ecs:RegisterTaskDefinition", "arn:aws:ecs:" + ours + "task-definition/flow:1", ""},
		{"ecs:DescribeTaskDefinition", "*", ""}, {"ecs:DeregisterTaskDefinition", "*", ""},
		{"ecs:RunTask", "arn:aws:ecs:" + ours + "task-definition/flow:1", "ecs:cluster=arn:aws:ecs:" + ours + "cluster/prefect-prod"},
		{"ecs:TagResource", "arn:aws:ecs:" + ours + "task/prefect-prod/1", "ecs:CreateAction=RunTask"},
		{"ecs:DescribeTasks", "arn:aws:ecs:" + ours + "task/prefect-prod/1", ""},
		{"ecs:StopTask", "arn:aws:ecs:" + ours + "task/prefect-prod/1", ""},
		{"iam:PassRole", roles + "prefect-prod-flow-run", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-task-execution", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"logs:GetLogEvents", "arn:aws:logs:" + ours + "log-group:/ecs/prefect-prod/flow-runs:log-stream:x", ""},
		{"sqs:GetQueueUrl", "arn:aws:sqs:" + ours + "prefect-prod-ecs-events", ""},
		{"sqs:ReceiveMessage", "arn:aws:sqs:" + ours + "prefect-prod-ecs-events", ""},
		{"sqs:DeleteMessage", "arn:aws:sqs:" + ours + "prefect-prod-ecs-events", ""},
		{"sqs:ChangeMessageVisibility", "arn:aws:sqs:" + ours + "prefect-prod-ecs-events", ""},
	}, []right{
		{"ecs:RunTask", "arn:aws:ecs:" + ours + "task-definition/flow:1", "ecs:cluster=arn:aws:ecs:" + ours + "cluster/others"},
		{"ecs:RunTask", "arn:aws:ecs:" + ours + "task-definition/flow:1", ""},
		{"ecs:StopTask", "arn:aws:ecs:" + ours + "task/others/1", ""},
		{"ecs:TagResource", "arn:aws:ecs:" + ours + "task/prefect-prod/1", ""},
		{"ecs:ExecuteCommand", "arn:aws:ecs:" + ours + "task/prefect-prod/1", ""},
		{"ecs:UpdateService", "arn:aws:ecs:" + ours + "service/prefect-prod/prefect-worker", ""},
		{"iam:PassRole", roles + "others", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-flow-run", "iam:PassedToService=lambda.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-worker", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-prefect-api-AbCdEf", ""},
		{"logs:GetLogEvents", "arn:aws:logs:" + ours + "log-group:/others:log-stream:x", ""},
		{"sqs:ReceiveMessage", "arn:aws:sqs:" + ours + "others", ""},
		{"sts:AssumeRole", roles + "others", ""},
	}},
	{"an execution role", "production", []string{"secrets_policy", "task_execution_policy"}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-prefect-api-AbCdEf", ""},
		{"logs:CreateLogStream", "arn:aws:logs:" + ours + "log-group:/ecs/prefect-prod/prefect-worker:log-stream:x", ""},
		{"logs:PutLogEvents", "arn:aws:logs:" + ours + "log-group:/ecs/prefect-prod/prefect-worker:log-stream:x", ""},
		{"logs:PutLogEvents", "arn:aws:logs:" + ours + "log-group:/ecs/prefect-prod/flow-runs:log-stream:x", ""},
		{"ecr:GetAuthorizationToken", "*", ""},
		{"ecr:BatchGetImage", "arn:aws:ecr:" + ours + "repository/prefect-flows", ""},
		{"ecr:BatchCheckLayerAvailability", "arn:aws:ecr:" + ours + "repository/prefect-flows", ""},
		{"ecr:GetDownloadUrlForLayer", "arn:aws:ecr:" + ours + "repository/prefect-flows", ""},
	}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:others-AbCdEf", ""},
		{"secretsmanager:PutSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-prefect-api-AbCdEf", ""},
		{"ssm:GetParameters", "arn:aws:ssm:" + ours + "parameter/others", ""},
		{"kms:Decrypt", key, ""},
		{"logs:PutLogEvents", "arn:aws:logs:" + ours + "log-group:/others:log-stream:x", ""},
		{"logs:CreateLogGroup", "arn:aws:logs:" + ours + "log-group:/others", ""},
		{"ecr:PutImage", "arn:aws:ecr:" + ours + "repository/prefect-flows", ""},
		{"iam:PassRole", roles + "prefect-prod-flow-run", "iam:PassedToService=ecs-tasks.amazonaws.com"},
	}},
	{"an execution role whose containers have secrets and files", "complete", []string{"secrets_policy"}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:datadog-AbCdEf", ""},
		{"s3:GetObject", "arn:aws:s3:::acme-config/prefect/worker.env", ""},
		{"s3:GetBucketLocation", "arn:aws:s3:::acme-config", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:database-AbCdEf", ""},
	}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:others-AbCdEf", ""},
		{"ssm:GetParameters", "arn:aws:ssm:" + ours + "parameter/others", ""},
		{"s3:GetObject", "arn:aws:s3:::acme-config/others.env", ""},
		{"s3:PutObject", "arn:aws:s3:::acme-config/prefect/worker.env", ""},
		{"s3:ListBucket", "arn:aws:s3:::acme-config", ""},
	}},
	{"a worker with permissions besides", "complete", []string{"task_policy", "task_inline_policy"}, []right{
		{"ecs:RunTask", "arn:aws:ecs:" + ours + "task-definition/flow:1", "ecs:cluster=arn:aws:ecs:" + ours + "cluster/prefect-prod"},
		{"s3:GetObject", "arn:aws:s3:::acme-templates/job.json", "s3:ExistingObjectTag/team=data"},
	}, []right{
		{"s3:GetObject", "arn:aws:s3:::acme-templates/job.json", "s3:ExistingObjectTag/team=others"},
		{"s3:GetObject", "arn:aws:s3:::acme-templates/private/job.json", "s3:ExistingObjectTag/team=data"},
		{"s3:PutObject", "arn:aws:s3:::acme-templates/job.json", "s3:ExistingObjectTag/team=data"},
		{"iam:PassRole", roles + "others", "iam:PassedToService=ecs-tasks.amazonaws.com"},
	}},
	{"an execution role that reads for flow runs", "complete", []string{"secrets_policy"}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:flows/warehouse-AbCdEf", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:docker-hub-AbCdEf", ""},
		{"ssm:GetParameters", "arn:aws:ssm:" + ours + "parameter/flows/token", ""},
		{"kms:Decrypt", mlKey, "kms:ViaService=secretsmanager.us-east-1.amazonaws.com"},
		{"kms:Decrypt", mlKey, "kms:ViaService=ssm.us-east-1.amazonaws.com"},
	}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:flows/others-AbCdEf", ""},
		{"secretsmanager:PutSecretValue", "arn:aws:secretsmanager:" + ours + "secret:docker-hub-AbCdEf", ""},
		{"ssm:GetParameters", "arn:aws:ssm:" + ours + "parameter/flows/others", ""},
		{"kms:Decrypt", mlKey, "kms:ViaService=s3.us-east-1.amazonaws.com"},
		{"kms:Decrypt", mlKey, ""},
		{"kms:Decrypt", key, "kms:ViaService=secretsmanager.us-east-1.amazonaws.com"},
	}},
	{"a process worker", "process", []string{"flow_run_task_policy"}, []right{
		{"elasticfilesystem:ClientMount", files + "fs-0123456789abcdef0", "elasticfilesystem:AccessPointArn=" + accessPoint},
		{"elasticfilesystem:ClientWrite", files + "fs-0123456789abcdef0", "elasticfilesystem:AccessPointArn=" + accessPoint},
		{"elasticfilesystem:ClientMount", files + "fs-0fedcba9876543210", ""},
	}, []right{
		{"elasticfilesystem:ClientMount", files + "fs-0123456789abcdef0", ""},
		{"elasticfilesystem:ClientMount", files + "fs-0123456789abcdef0", "elasticfilesystem:AccessPointArn=" + accessPoint + "1"},
		{"elasticfilesystem:ClientRootAccess", files + "fs-0123456789abcdef0", "elasticfilesystem:AccessPointArn=" + accessPoint},
		{"elasticfilesystem:ClientWrite", files + "fs-0fedcba9876543210", ""},
		{"elasticfilesystem:ClientMount", files + "fs-0aaaaaaaaaaaaaaaa", ""},
	}},
	{"the first team's worker", "two-teams", []string{"task_policy"}, []right{
		{"iam:PassRole", roles + "prefect-prod-flow-run", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-task-execution", "iam:PassedToService=ecs-tasks.amazonaws.com"},
	}, []right{
		// A task definition of the other team's has roles that ECS lets nobody run who may not pass them.
		{"iam:PassRole", roles + "prefect-prod-ml-flow-run", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-ml-execution", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-ml-worker", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-reports-execution", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "reports-flows", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "ml-reports", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-ml-prefect-api-AbCdEf", ""},
		{"ecs:ExecuteCommand", "arn:aws:ecs:" + ours + "task/prefect-prod/1", ""},
		{"sts:AssumeRole", roles + "prefect-prod-ml-execution", ""},
	}},
	{"the second team's worker", "two-teams", []string{"ml_task_policy"}, []right{
		{"ecs:RunTask", "arn:aws:ecs:" + ours + "task-definition/flow:1", "ecs:cluster=arn:aws:ecs:" + ours + "cluster/prefect-prod"},
		{"iam:PassRole", roles + "prefect-prod-ml-flow-run", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-ml-execution", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "ml-reports", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"sqs:ReceiveMessage", "arn:aws:sqs:" + ours + "prefect-prod-ecs-events", ""},
		{"ssmmessages:OpenDataChannel", "*", ""},
	}, []right{
		{"iam:PassRole", roles + "prefect-prod-flow-run", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-task-execution", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-worker", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-late-runs", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-prod-reports-execution", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-prefect-api-AbCdEf", ""},
		{"ecs:ExecuteCommand", "arn:aws:ecs:" + ours + "task/prefect-prod/1", ""},
		{"sts:AssumeRole", roles + "prefect-prod-task-execution", ""},
	}},
	{"the first team's execution role", "two-teams", []string{"secrets_policy", "task_execution_policy"}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-prefect-api-AbCdEf", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:database-AbCdEf", ""},
	}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-ml-prefect-api-AbCdEf", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:ml-database-AbCdEf", ""},
		{"ssm:GetParameters", "arn:aws:ssm:" + ours + "parameter/reports/api-key", ""},
		{"kms:Decrypt", mlKey, "kms:ViaService=secretsmanager.us-east-1.amazonaws.com"},
	}},
	{"the second team's execution role", "two-teams", []string{"ml_secrets_policy", "ml_task_execution_policy"}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-ml-prefect-api-AbCdEf", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:ml-database-AbCdEf", ""},
		{"kms:Decrypt", mlKey, "kms:ViaService=secretsmanager.us-east-1.amazonaws.com"},
		{"logs:PutLogEvents", "arn:aws:logs:" + ours + "log-group:/ecs/prefect-prod/flow-runs:log-stream:x", ""},
	}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-prefect-api-AbCdEf", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:database-AbCdEf", ""}, // the first worker's, which others have from it
		{"ssm:GetParameters", "arn:aws:ssm:" + ours + "parameter/reports/api-key", ""},
		{"iam:PassRole", roles + "prefect-prod-flow-run", "iam:PassedToService=ecs-tasks.amazonaws.com"},
	}},
	{"the third team's execution role", "two-teams", []string{"reports_secrets_policy", "reports_task_execution_policy"}, []right{
		{"ssm:GetParameters", "arn:aws:ssm:" + ours + "parameter/reports/api-key", ""},
	}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-prefect-api-AbCdEf", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-ml-prefect-api-AbCdEf", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:database-AbCdEf", ""},
	}},
	{"the late runs' function", "two-teams", []string{"late_runs_policy"}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-prefect-api-AbCdEf", ""},
	}, []right{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-ml-prefect-api-AbCdEf", ""},
	}},
	{"flow logs", "production", []string{"flow_logs_policy"}, []right{
		{"logs:DescribeLogGroups", "*", ""},
		{"logs:PutLogEvents", "arn:aws:logs:" + ours + "log-group:/vpc/prefect-prod/flow-logs:log-stream:x", ""},
	}, []right{
		{"logs:PutLogEvents", "arn:aws:logs:" + ours + "log-group:/ecs/prefect-prod/prefect-worker:log-stream:x", ""},
		{"logs:CreateLogGroup", "arn:aws:logs:" + ours + "log-group:/others", ""},
	}},
	{"a restart of workers", "secret-changes", []string{"secret_changes_policy"}, []right{
		{"ecs:UpdateService", "arn:aws:ecs:" + ours + "service/prefect-cluster/dev-worker", "ecs:cluster=arn:aws:ecs:" + ours + "cluster/prefect-cluster"},
		{"ecs:UpdateService", "arn:aws:ecs:" + ours + "service/prefect-cluster/ml", "ecs:cluster=arn:aws:ecs:" + ours + "cluster/prefect-cluster"},
		{"logs:PutLogEvents", "arn:aws:logs:" + ours + "log-group:/aws/lambda/prefect-ecs-environment-restart:log-stream:x", ""},
	}, []right{
		{"ecs:UpdateService", "arn:aws:ecs:" + ours + "service/prefect-cluster/others", "ecs:cluster=arn:aws:ecs:" + ours + "cluster/prefect-cluster"},
		{"ecs:UpdateService", "arn:aws:ecs:" + ours + "service/others/dev-worker", "ecs:cluster=arn:aws:ecs:" + ours + "cluster/others"},
		{"ecs:DeleteService", "arn:aws:ecs:" + ours + "service/prefect-cluster/dev-worker", "ecs:cluster=arn:aws:ecs:" + ours + "cluster/prefect-cluster"},
		{"ecs:RunTask", "arn:aws:ecs:" + ours + "task-definition/dev-worker:1", "ecs:cluster=arn:aws:ecs:" + ours + "cluster/prefect-cluster"},
		{"iam:PassRole", roles + "prefect-task-execution-role", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-AbCdEf", ""},
	}},
	{"the plan role", "github-actions", []string{"plan_state_policy", "plan_read_policy"}, []right{
		{"s3:GetObject", "arn:aws:s3:::acme-terraform-state/dev/terraform.tfstate", ""},
		{"dynamodb:PutItem", "arn:aws:dynamodb:" + ours + "table/terraform-lock", "dynamodb:LeadingKeys=acme-terraform-state/dev/terraform.tfstate"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-ecs-prefect-api-AbCdEf", ""},
		{"secretsmanager:DescribeSecret", "arn:aws:secretsmanager:" + ours + "secret:prefect-ecs-prefect-api-AbCdEf", ""},
		{"iam:GetRole", roles + "prefect-task-execution-role", ""},
		{"logs:DescribeLogGroups", "*", ""},
	}, []right{
		{"s3:PutObject", "arn:aws:s3:::acme-terraform-state/dev/terraform.tfstate", ""},
		{"s3:GetObject", "arn:aws:s3:::acme-terraform-state/others/terraform.tfstate", ""},
		{"dynamodb:PutItem", "arn:aws:dynamodb:" + ours + "table/terraform-lock", "dynamodb:LeadingKeys=acme-terraform-state/dev/terraform.tfstate-md5"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-others-AbCdEf", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-ecs-prefect-api-of-others-AbCdEf", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-prod-prefect-api-AbCdEf", ""}, // its value is put in outside
		{"iam:GetRole", roles + "others", ""},
		{"ecs:UpdateService", "arn:aws:ecs:" + ours + "service/prefect-cluster/dev-worker", "aws:RequestedRegion=us-east-1"},
		{"kms:Decrypt", key, ""},
	}},
	{"the apply role", "github-actions", nil, []right{
		{"ecs:CreateCluster", "arn:aws:ecs:" + ours + "cluster/prefect-cluster", "aws:RequestedRegion=us-east-1"},
		{"ecr:DeleteRepository", "arn:aws:ecr:" + ours + "repository/my-prefect-flow", "aws:RequestedRegion=us-east-1"},
		{"logs:DeleteLogGroup", "arn:aws:logs:" + ours + "log-group:/ecs/prefect-cluster/dev-worker", "aws:RequestedRegion=us-east-1"},
		{"iam:CreateRole", roles + "prefect-task-execution-role", "iam:PermissionsBoundary=" + bound},
		{"iam:UpdateAssumeRolePolicy", roles + "prefect-task-execution-role", "iam:PermissionsBoundary=" + bound},
		{"iam:DeleteRole", roles + "prefect-task-execution-role", "iam:PermissionsBoundary=" + bound},
		{"iam:UpdateAssumeRolePolicy", roles + "prefect/prefect-prod-worker", "iam:PermissionsBoundary=" + bound},
		{"iam:PassRole", roles + "prefect/prefect-prod-worker", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"ecs:UpdateService", "arn:aws:ecs:" + ours + "service/data-prod/prefect-worker", "aws:RequestedRegion=us-east-1"}, // the name begins with no prefix
		{"ecs:RegisterTaskDefinition", "arn:aws:ecs:" + ours + "task-definition/dev-worker:*", "aws:RequestedRegion=us-east-1"},
		{"ecs:StopServiceDeployment", "arn:aws:ecs:" + ours + "service-deployment/data-prod/prefect-worker/AbCdEf", "aws:RequestedRegion=us-east-1"},
		{"logs:CreateLogGroup", "arn:aws:logs:" + ours + "log-group:/ecs/data-prod/flow-runs", "aws:RequestedRegion=us-east-1"},
		{"cloudwatch:PutMetricAlarm", "arn:aws:cloudwatch:" + ours + "alarm:prefect-prod-prefect-worker-cpu", "aws:RequestedRegion=us-east-1"},
		{"cloudwatch:PutDashboard", "arn:aws:cloudwatch::123456789012:dashboard/data-prod", "aws:RequestedRegion=us-east-1"},
		{"kms:CreateGrant", "arn:aws:kms:" + ours + "key/1234abcd-12ab-34cd-56ef-1234567890ab", "kms:ViaService=ecr.us-east-1.amazonaws.com"},
		{"route53:CreateHostedZone", "*", "aws:ViaAWSService=true"},
	}, []right{
		// Roles: those of the prefix that have not the boundary, and the roles that CI itself has.
		{"iam:UpdateAssumeRolePolicy", roles + "prefect-admin", ""},
		{"iam:UpdateAssumeRolePolicy", roles + "prefect-admin", "iam:PermissionsBoundary=arn:aws:iam::aws:policy/AdministratorAccess"},
		{"iam:UpdateRole", roles + "prefect-admin", ""},
		{"iam:DeleteRole", roles + "prefect-admin", ""},
		{"iam:PutRolePermissionsBoundary", roles + "prefect-admin", "iam:PermissionsBoundary=" + bound},
		{"iam:DeleteRolePermissionsBoundary", roles + "prefect-task-execution-role", "iam:PermissionsBoundary=" + bound},
		{"iam:CreateRole", roles + "prefect-new", ""},
		{"iam:PutRolePolicy", roles + "prefect-admin", ""},
		{"iam:AttachRolePolicy", roles + "prefect-task-execution-role", "iam:PermissionsBoundary=" + bound + " iam:PolicyARN=arn:aws:iam::aws:policy/AdministratorAccess"},
		{"iam:UpdateAssumeRolePolicy", roles + "github-actions-apply", "iam:PermissionsBoundary=" + bound},
		{"iam:CreateRole", roles + "others", "iam:PermissionsBoundary=" + bound},
		{"iam:CreateRole", roles + "other-team/prefect-x", "iam:PermissionsBoundary=" + bound},
		{"iam:PassRole", roles + "others", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PassRole", roles + "prefect-task-execution-role", "iam:PassedToService=ec2.amazonaws.com"},
		{"iam:CreatePolicyVersion", bound, ""},
		// What other teams have.
		{"route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1", ""},
		{"route53:DeleteHostedZone", "arn:aws:route53:::hostedzone/Z1", ""},
		{"route53:AssociateVPCWithHostedZone", "arn:aws:route53:::hostedzone/Z1", ""},
		{"ecr:DeleteRepository", "arn:aws:ecr:" + ours + "repository/others", "aws:RequestedRegion=us-east-1"},
		{"ecr:SetRepositoryPolicy", "arn:aws:ecr:" + ours + "repository/others", "aws:RequestedRegion=us-east-1"},
		{"logs:DeleteLogGroup", "arn:aws:logs:" + ours + "log-group:/others", "aws:RequestedRegion=us-east-1"},
		{"logs:PutRetentionPolicy", "arn:aws:logs:" + ours + "log-group:/others", "aws:RequestedRegion=us-east-1"},
		{"ecs:DeleteCluster", "arn:aws:ecs:" + ours + "cluster/others", "aws:RequestedRegion=us-east-1"},
		{"ecs:UpdateService", "arn:aws:ecs:" + ours + "service/others/web", "aws:RequestedRegion=us-east-1"},
		{"ecs:DeleteService", "arn:aws:ecs:" + ours + "service/others/web", "aws:RequestedRegion=us-east-1"},
		{"ecs:StopServiceDeployment", "arn:aws:ecs:" + ours + "service-deployment/others/web/AbCdEf", "aws:RequestedRegion=us-east-1"},
		{"ecs:RegisterTaskDefinition", "arn:aws:ecs:" + ours + "task-definition/others:1", "aws:RequestedRegion=us-east-1"},
		{"cloudwatch:DeleteAlarms", "arn:aws:cloudwatch:" + ours + "alarm:others", "aws:RequestedRegion=us-east-1"},
		{"cloudwatch:DeleteDashboards", "arn:aws:cloudwatch::123456789012:dashboard/others", "aws:RequestedRegion=us-east-1"},
		{"application-autoscaling:DeregisterScalableTarget", "arn:aws:application-autoscaling:" + ours + "scalable-target/1", "application-autoscaling:service-namespace=dynamodb aws:RequestedRegion=us-east-1"},
		{"ecs:CreateCluster", "arn:aws:ecs:eu-west-1:123456789012:cluster/prefect-cluster", "aws:RequestedRegion=eu-west-1"},
		{"secretsmanager:DeleteSecret", "arn:aws:secretsmanager:" + ours + "secret:others-AbCdEf", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + ours + "secret:prefect-others-AbCdEf", ""},
		{"sqs:DeleteQueue", "arn:aws:sqs:" + ours + "others", ""},
		{"s3:PutObject", "arn:aws:s3:::acme-terraform-state/others/terraform.tfstate", ""},
		{"ec2:DeleteVpc", "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1", "aws:RequestedRegion=eu-west-1"},
		// Keys: also with the tag that its own would have.
		{"kms:Decrypt", key, "kms:ViaService=secretsmanager.us-east-1.amazonaws.com"},
		{"kms:TagResource", key, "aws:RequestTag/AlertsTopic=prefect-x aws:RequestedRegion=us-east-1"},
		{"kms:ScheduleKeyDeletion", key, "aws:ResourceTag/AlertsTopic=prefect-x"},
		{"kms:PutKeyPolicy", key, "aws:ResourceTag/AlertsTopic=prefect-x"},
		{"kms:CreateAlias", key, ""},
		{"kms:EnableKeyRotation", key, ""},
	}},
	{"the apply role of a stack with a role that exists", "github-actions-names", nil, []right{
		{"iam:PassRole", roles + "team/worker", "iam:PassedToService=ecs-tasks.amazonaws.com"},
	}, []right{
		{"iam:PassRole", roles + "team/worker", "iam:PassedToService=lambda.amazonaws.com"},
		{"iam:PassRole", roles + "team/others", "iam:PassedToService=ecs-tasks.amazonaws.com"},
		{"iam:PutRolePolicy", roles + "team/worker", ""},
	}},
}

func TestRights(t *testing.T) {
	for _, role := range roleRights {
		t.Run(role.name, func(t *testing.T) {
			policies := rolePolicies(t, role.of, role.policies)
			for _, r := range role.needs {
				if got := r.decide(t, policies); got != iamtest.Allowed {
					t.Errorf("%s is %s, and needed: %s on %s {%s}", role.name, got, r.action, r.resource, r.context)
				}
			}
			for _, r := range role.attacks {
				if got := r.decide(t, policies); got == iamtest.Allowed {
					t.Errorf("%s may do harm: %s on %s {%s}", role.name, r.action, r.resource, r.context)
				}
			}
		})
	}
}

func (r right) decide(t *testing.T, policies []iamtest.Policy) iamtest.Decision {
	t.Helper()
	request := iamtest.Request{Action: r.action, Resource: r.resource, Context: map[string][]string{}}
	for _, pair := range strings.Fields(r.context) {
		name, value, _ := strings.Cut(pair, "=")
		request.Context[name] = append(request.Context[name], value)
	}
	got, err := iamtest.Policies{Identity: policies}.Decide(request)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// rolePolicies are the policies of a case's role; without names, all of the
// apply role's.
func rolePolicies(t *testing.T, of string, names []string) []iamtest.Policy {
	t.Helper()
	s := stackOf(t, synthesized(t, of))
	if names == nil {
		for name := range s.Locals {
			if strings.HasPrefix(name, "apply_") && strings.HasSuffix(name, "_policy") {
				names = append(names, name)
			}
		}
		slices.Sort(names)
	}
	var all []iamtest.Policy
	for _, name := range names {
		p, err := s.Policy(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func stackOf(t *testing.T, data []byte) *iamtest.Stack {
	t.Helper()
	s := &iamtest.Stack{}
	if err := json.Unmarshal(data, s); err != nil {
		t.Fatal(err)
	}
	return s
}
