package constructs_test

import (
	"fmt"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// An existing secret creates nothing; a task reads it by its ARN.
func ExampleNewSecret() {
	stack := exampleStack()
	secret := constructs.NewSecret(stack, "", constructs.SecretProps{Secret: settings.Secret{
		ARN: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prefect/api-key-AbCdEf",
	}})
	fmt.Println(secret.ARN, secret.EnvironmentName, len(secret.Made))
	printValue(stack, "locals")
	// Output:
	// ${local.secret_arn} PREFECT_API_KEY 0
	// {"secret_arn":"arn:aws:secretsmanager:eu-central-1:123456789012:secret:prefect/api-key-AbCdEf"}
}

// A secret that is created has no value yet: it is stored outside of Terraform,
// and an apply that finds none says so.
func ExampleNewSecret_made() {
	stack := exampleStack()
	secret := constructs.NewSecret(stack, "", constructs.SecretProps{Secret: settings.Secret{
		Create: settings.Switch{Value: true}, Name: "prefect/api-key",
	}})
	fmt.Println(secret.Made[0].Address)
	printAddresses(stack)
	// Output:
	// aws_secretsmanager_secret.prefect_api
	// data.aws_secretsmanager_secret_versions.prefect_api
	// aws_secretsmanager_secret.prefect_api
}

func ExampleNewTaskExecutionRole() {
	stack := exampleStack()
	secret := constructs.NewSecret(stack, "", constructs.SecretProps{Secret: settings.Secret{
		ARN: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prefect/api-key-AbCdEf",
	}})
	logs := constructs.NewLogGroup(stack, "", constructs.LogGroupProps{LogGroup: settings.LogGroup{Name: "/ecs/prefect"}})
	role := constructs.NewTaskExecutionRole(stack, "", constructs.TaskExecutionRoleProps{
		TaskExecutionRole: settings.TaskExecutionRole{Name: "prefect-execution", Permissions: settings.LeastPrivilege},
		Secret:            secret, LogGroupARNs: []string{logs.Attr("arn")},
	})
	for _, permission := range role.Ready {
		fmt.Println(permission.Address)
	}
	printValue(stack, "locals", "secrets_policy")
	// Output:
	// aws_iam_role_policy.task_execution_policy
	// aws_iam_role_policy.secrets_policy
	// {"Statement":[{"Action":["secretsmanager:GetSecretValue"],"Effect":"Allow","Resource":["${join(\":\", slice(split(\":\", local.secret_arn), 0, 7))}"]}],"Version":"2012-10-17"}
}

// A worker of type ecs needs three ARNs: where its flows run, where they log,
// and which roles they get.
func ExampleNewTaskRole() {
	stack := exampleStack()
	cluster := constructs.NewCluster(stack, "", constructs.ClusterProps{Cluster: settings.Cluster{Name: "prefect"}})
	logs := constructs.NewFlowRunLogGroup(stack, "", constructs.FlowRunLogGroupProps{FlowRunLogGroup: settings.FlowRunLogGroup{Name: "/ecs/flow-runs"}})
	execution := constructs.NewTaskExecutionRole(stack, "", constructs.TaskExecutionRoleProps{
		TaskExecutionRole: settings.TaskExecutionRole{Name: "prefect-execution"},
	})
	role := constructs.NewTaskRole(stack, "", constructs.TaskRoleProps{
		TaskRole:   settings.TaskRole{Name: "prefect-worker", PassRoleARNs: []string{execution.Attr("arn")}},
		ClusterARN: cluster.Attr("arn"), LogGroupARN: logs.Attr("arn"),
	})
	fmt.Println(role.Attr("arn"))
	for _, statement := range synth(stack)["locals"].(map[string]any)["task_policy"].(map[string]any)["Statement"].([]any) {
		fmt.Println(statement.(map[string]any)["Sid"])
	}
	// Output:
	// ${aws_iam_role.task_role.arn}
	// DescribeNetwork
	// RegisterFlows
	// RunFlows
	// WatchFlows
	// TagFlows
	// GiveFlowsTheirRoles
	// ReadLogs
}

// A process worker has the flows' role; ECS Exec into it takes a little more.
func ExampleNewTaskPolicy() {
	stack := exampleStack()
	flows := constructs.NewFlowRunRole(stack, "", constructs.FlowRunRoleProps{FlowRunRole: settings.FlowRunRole{Name: "prefect-flows"}})
	ready := constructs.NewTaskPolicy(stack, "", "exec_policy", flows.Resource, constructs.ExecuteCommandStatements("", ""))
	fmt.Println(ready[0].Address)
	// Output:
	// aws_iam_role_policy.exec_policy
}

func ExampleNewFlowRunRole() {
	stack := exampleStack()
	role := constructs.NewFlowRunRole(stack, "", constructs.FlowRunRoleProps{FlowRunRole: settings.FlowRunRole{
		Name: "prefect-flows",
		InlinePolicyStatements: []settings.PolicyStatement{
			{SID: "Results", Actions: []string{"s3:PutObject"}, Resources: []string{"arn:aws:s3:::acme-results/*"}},
		},
	}})
	fmt.Println(role.Attr("arn"))
	printValue(stack, "locals", "flow_run_policy", "Statement")
	// Output:
	// ${aws_iam_role.flow_run_role.arn}
	// [{"Action":["s3:PutObject"],"Effect":"Allow","Resource":["arn:aws:s3:::acme-results/*"],"Sid":"Results"}]
}

func ExampleExecuteCommandStatements() {
	for _, statement := range constructs.ExecuteCommandStatements("${aws_cloudwatch_log_group.prefect.arn}", "") {
		fmt.Println(statement.SID, statement.Resources)
	}
	// Output:
	// ExecuteCommand [*]
	// FindLogGroup [*]
	// LogCommands [${aws_cloudwatch_log_group.prefect.arn}:*]
}

func ExampleOpenTelemetryStatements() {
	for _, statement := range constructs.OpenTelemetryStatements(constructs.Account{Partition: "aws", Region: "eu-central-1", ID: "123456789012"}) {
		fmt.Println(statement.SID, statement.Resources)
	}
	// Output:
	// SendTraces [*]
	// SendMetrics [arn:aws:logs:eu-central-1:123456789012:log-group:/aws/ecs/application/metrics arn:aws:logs:eu-central-1:123456789012:log-group:/aws/ecs/application/metrics:*]
}

func ExampleFileSystemStatements() {
	w := settings.Worker{
		Volumes:     []settings.Volume{{Name: "results", EFSVolumeConfiguration: &settings.EFSVolumeConfiguration{FileSystemID: "fs-0123456789abcdef0"}}},
		MountPoints: []settings.MountPoint{{SourceVolume: "results", ContainerPath: "/results", ReadOnly: true}},
	}
	for _, statement := range constructs.FileSystemStatements(w, constructs.Account{Partition: "aws", Region: "eu-central-1", ID: "123456789012"}) {
		fmt.Println(statement.Actions, statement.Resources)
	}
	// Output:
	// [elasticfilesystem:ClientMount] [arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/fs-0123456789abcdef0]
}

// Workflows of acme/flows plan with one role and apply with the other.
func ExampleNewGitHubActions() {
	stack := exampleStack()
	roles := constructs.NewGitHubActions(stack, "", constructs.GitHubActionsProps{
		GitHubActions: settings.GitHubActions{Repository: "acme/flows", Region: "eu-central-1", Environment: "production", NamePrefixes: []string{"prefect"}},
		Names:         settings.OwnNames{Clusters: []string{"flows"}, LogGroups: []string{"/ecs/flows"}},
		States:        []constructs.StateAccess{{Bucket: "acme-terraform-state", Key: "prefect.tfstate", LockFile: true}},
	})
	fmt.Println(roles.PlanRole.Attr("arn"), roles.ApplyRole.Attr("arn"))
	printValue(stack, "resource", "aws_iam_role", "apply", "name")
	// Output:
	// ${aws_iam_role.plan.arn} ${aws_iam_role.apply.arn}
	// "github-actions-apply"
}
