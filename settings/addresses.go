package settings

import "slices"

// Resources are what a section of an environment file makes.
type Resources struct {
	Section   string   // its path; "" is the file itself
	Addresses []string // that a stack has once
	PerWorker []string // that each worker has its own of: an additional worker's begin with its name
}

// Made lists, by kind of stack, the resources under the names this app gives
// them. Those of a worker stack are a contract with every state there is: one
// that changes needs a moved block and a line in CHANGELOG. A test compares
// them with what the cases make.
var Made = map[string][]Resources{
	KindWorker: {
		{Section: "network", Addresses: []string{
			"aws_default_security_group.default",
			"aws_eip.nat",
			"aws_internet_gateway.igw",
			"aws_nat_gateway.nat",
			"aws_route_table.private",
			"aws_route_table.public",
			"aws_route_table_association.private_assoc",
			"aws_route_table_association.public_assoc",
			"aws_subnet.private",
			"aws_subnet.public",
			"aws_vpc.prefect",
		}},
		{Section: "network.endpoints", Addresses: []string{
			"aws_security_group.endpoints",
			"aws_vpc_endpoint.interface",
			"aws_vpc_endpoint.s3",
		}},
		{Section: "network.flowLogs", Addresses: []string{
			"aws_cloudwatch_log_group.flow_logs",
			"aws_flow_log.prefect",
			"aws_iam_role.flow_logs",
			"aws_iam_role_policy.flow_logs",
		}},
		{Section: "securityGroup", Addresses: []string{"aws_security_group.prefect_sg"}},
		{Section: "logGroup", Addresses: []string{"aws_cloudwatch_log_group.prefect"}},
		{Section: "flowRunLogGroup", Addresses: []string{"aws_cloudwatch_log_group.flow_runs"}},
		{Section: "taskExecutionRole", Addresses: []string{
			"aws_iam_role.task_execution_role",
			"aws_iam_role_policy.execution_task_policy",
			"aws_iam_role_policy.task_execution_policy",
			"aws_iam_role_policy_attachment.ecs_task_execution",
			"aws_iam_role_policy_attachment.ecs_task_execution_ecr",
		}},
		{Section: "taskExecutionRole.secretsPolicy", Addresses: []string{"aws_iam_role_policy.secrets_policy"}},
		{Section: "secret", Addresses: []string{
			"aws_secretsmanager_secret.prefect_api",
			"aws_secretsmanager_secret_version.prefect_api_value",
		}},
		{Section: "repository", Addresses: []string{"aws_ecr_repository.my_prefect_flow"}},
		{Section: "repository.lifecycle", Addresses: []string{"aws_ecr_lifecycle_policy.my_prefect_flow"}},
		{Section: "repository.pullThroughCache", Addresses: []string{
			"aws_ecr_pull_through_cache_rule.prefect",
			"aws_iam_role_policy.pull_through_cache_policy",
		}},
		{Section: "cluster", Addresses: []string{
			"aws_ecs_cluster.prefect",
			"aws_ecs_cluster_capacity_providers.prefect",
		}},
		{Section: "serviceDiscovery", Addresses: []string{
			"aws_service_discovery_private_dns_namespace.prefect_ns",
			"aws_service_discovery_service.dev_worker_sd",
		}},
		{Section: "worker", PerWorker: []string{
			"aws_ecs_service.prefect_service",
			"aws_ecs_task_definition.prefect_worker",
		}},
		{Section: "worker.autoScaling", PerWorker: []string{
			"aws_appautoscaling_policy.cpu",
			"aws_appautoscaling_policy.memory",
			"aws_appautoscaling_target.worker",
		}},
		{Section: "worker.autoScaling.queueDepth", PerWorker: []string{"aws_appautoscaling_policy.queue_depth"}},
		{Section: "worker.autoScaling.scheduledActions", PerWorker: []string{"aws_appautoscaling_scheduled_action.worker"}},
		{Section: "taskRole", Addresses: []string{
			"aws_iam_role.task_role",
			"aws_iam_role_policy.task_policy",
		}},
		{Section: "flowRunRole", Addresses: []string{
			"aws_iam_role.flow_run_role",
			"aws_iam_role_policy.flow_run_policy",
			"aws_iam_role_policy.flow_run_task_policy",
			"aws_iam_role_policy_attachment.flow_run_managed",
		}},
		{Section: "crashEvents", Addresses: []string{
			"aws_cloudwatch_event_rule.crash_events",
			"aws_cloudwatch_event_target.crash_events",
			"aws_sqs_queue.crash_events",
			"aws_sqs_queue.crash_events_dead_letter",
			"aws_sqs_queue_policy.crash_events",
			"aws_sqs_queue_policy.crash_events_dead_letter",
			"aws_sqs_queue_redrive_allow_policy.crash_events_dead_letter",
		}},
		{Section: "monitoring", Addresses: []string{
			"aws_cloudwatch_dashboard.prefect",
			"aws_cloudwatch_query_definition.errors",
			"aws_cloudwatch_query_definition.flow_runs",
			"aws_cloudwatch_query_definition.starts",
		}},
		{Section: "monitoring.topic", Addresses: []string{
			"aws_kms_alias.alerts",
			"aws_kms_key.alerts",
			"aws_kms_key_policy.alerts",
			"aws_sns_topic.alerts",
			"aws_sns_topic_policy.alerts",
			"aws_sns_topic_subscription.alerts",
		}},
		{Section: "monitoring.alarms", Addresses: []string{
			"aws_cloudwatch_log_metric_filter.error_lines",
			"aws_cloudwatch_metric_alarm.dead_letters",
			"aws_cloudwatch_metric_alarm.error_lines",
			"aws_cloudwatch_metric_alarm.nat_port_errors",
			"aws_cloudwatch_metric_alarm.no_log_lines",
		}, PerWorker: []string{
			"aws_cloudwatch_metric_alarm.cpu",
			"aws_cloudwatch_metric_alarm.memory",
			"aws_cloudwatch_metric_alarm.running_tasks",
		}},
		{Section: "monitoring.events", Addresses: []string{
			"aws_cloudwatch_event_rule.failed_deployments",
			"aws_cloudwatch_event_rule.service_warnings",
			"aws_cloudwatch_event_rule.stopped_tasks",
			"aws_cloudwatch_event_target.failed_deployments",
			"aws_cloudwatch_event_target.service_warnings",
			"aws_cloudwatch_event_target.stopped_tasks",
		}},
	},
	KindStateBackend: {
		{Section: "bucket", Addresses: []string{
			"aws_s3_bucket.state",
			"aws_s3_bucket_lifecycle_configuration.state",
			"aws_s3_bucket_ownership_controls.state",
			"aws_s3_bucket_policy.state",
			"aws_s3_bucket_public_access_block.state",
			"aws_s3_bucket_server_side_encryption_configuration.state",
			"aws_s3_bucket_versioning.state",
		}},
		{Section: "bucket.accessLogs", Addresses: []string{"aws_s3_bucket_logging.state"}},
		{Section: "lockTable", Addresses: []string{"aws_dynamodb_table.lock"}},
		{Section: "kmsKey", Addresses: []string{
			"aws_kms_alias.state",
			"aws_kms_key.state",
		}},
		{Section: "backup", Addresses: []string{
			"aws_backup_plan.state",
			"aws_backup_selection.state",
			"aws_backup_vault.state",
			"aws_iam_role.backup",
			"aws_iam_role_policy_attachment.backup",
			"aws_iam_role_policy_attachment.backup_s3",
		}},
	},
	KindGitHubActions: {
		{Addresses: []string{
			"aws_iam_openid_connect_provider.github",
			"aws_iam_policy.apply_keys",
			"aws_iam_policy.apply_named",
			"aws_iam_policy.apply_network",
			"aws_iam_policy.apply_read",
			"aws_iam_policy.apply_services",
			"aws_iam_policy.apply_state",
			"aws_iam_policy.plan_read",
			"aws_iam_policy.plan_state",
			"aws_iam_role.apply",
			"aws_iam_role.plan",
			"aws_iam_role_policy_attachment.apply_keys",
			"aws_iam_role_policy_attachment.apply_named",
			"aws_iam_role_policy_attachment.apply_network",
			"aws_iam_role_policy_attachment.apply_read",
			"aws_iam_role_policy_attachment.apply_services",
			"aws_iam_role_policy_attachment.apply_state",
			"aws_iam_role_policy_attachment.plan_read",
			"aws_iam_role_policy_attachment.plan_state",
		}},
	},
}

// Addresses are the resources of a worker stack, by which resourceNames
// renames them.
var Addresses = addresses(func(r Resources) []string { return slices.Concat(r.Addresses, r.PerWorker) })

// WorkerAddresses are those that each worker has its own of.
var WorkerAddresses = addresses(func(r Resources) []string { return r.PerWorker })

func addresses(of func(Resources) []string) []string {
	var all []string
	for _, r := range Made[KindWorker] {
		all = append(all, of(r)...)
	}
	slices.Sort(all)
	return all
}
