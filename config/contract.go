package config

import "slices"

// Exposable are the settings that terraform.variables may expose.
var Exposable = []string{
	"region", "nameTag", "network.cidrBlock", "cluster.name", "prefect.workPool", "worker.image",
	"worker.desiredCount", "secret.create", "secret.value", "secret.arn",
	"prefect.apiUrl", "prefect.accountId", "prefect.workspaceId",
}

// Addresses are the resources of a worker stack under the names this app gives
// them. They are a contract with every state there is: one that changes needs
// a moved block and a line in CHANGELOG.
var Addresses = slices.Sorted(slices.Values(slices.Concat(documentedAddresses, networkAddresses, logGroupAddresses, clusterAddresses, workerAddresses,
	identityAddresses, repositoryAddresses, crashEventsAddresses, autoScalingAddresses, monitoringAddresses)))

var documentedAddresses = []string{
	"aws_cloudwatch_log_group.prefect",
	"aws_ecr_repository.my_prefect_flow",
	"aws_ecs_cluster.prefect",
	"aws_ecs_service.prefect_service",
	"aws_ecs_task_definition.prefect_worker",
	"aws_eip.nat",
	"aws_iam_role.task_execution_role",
	"aws_iam_role_policy.secrets_policy",
	"aws_iam_role_policy_attachment.ecs_task_execution",
	"aws_iam_role_policy_attachment.ecs_task_execution_ecr",
	"aws_internet_gateway.igw",
	"aws_nat_gateway.nat",
	"aws_route_table.private",
	"aws_route_table.public",
	"aws_route_table_association.private_assoc",
	"aws_route_table_association.public_assoc",
	"aws_secretsmanager_secret.prefect_api",
	"aws_secretsmanager_secret_version.prefect_api_value",
	"aws_security_group.prefect_sg",
	"aws_service_discovery_private_dns_namespace.prefect_ns",
	"aws_service_discovery_service.dev_worker_sd",
	"aws_subnet.private",
	"aws_subnet.public",
	"aws_vpc.prefect",
}
