package cost

import (
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// decision says what resources of a type cost: lines of the estimate, a sentence
// about what is not estimated, or, with neither, nothing.
type decision struct {
	lines    func(*estimator, []synthesized.Instance)
	sentence string
}

var free = decision{}

// decisions are about every type that stacks create. A test fails for one that
// nobody decided on.
var decisions map[string]decision

func init() { // the functions below read it
	decisions = map[string]decision{
		"aws_appautoscaling_policy":                          {lines: (*estimator).scalingAlarms},
		"aws_appautoscaling_scheduled_action":                free, // the hours are those of the tasks
		"aws_appautoscaling_target":                          free, // the tasks' range
		"aws_backup_plan":                                    {sentence: "backups of the state's bucket are billed by their size, which is small compared with the rest"},
		"aws_backup_selection":                               free,
		"aws_backup_vault":                                   free,
		"aws_cloudwatch_dashboard":                           {lines: (*estimator).dashboards},
		"aws_cloudwatch_event_rule":                          free, // AWS's own events and schedules
		"aws_cloudwatch_event_target":                        free,
		"aws_cloudwatch_log_group":                           {lines: (*estimator).logs},
		"aws_cloudwatch_log_metric_filter":                   {lines: (*estimator).metricFilters},
		"aws_cloudwatch_metric_alarm":                        {lines: (*estimator).alarms},
		"aws_cloudwatch_query_definition":                    {sentence: "a query is billed by the logs it reads, each time it runs"},
		"aws_default_security_group":                         free,
		"aws_dynamodb_table":                                 {lines: (*estimator).locks},
		"aws_ecr_lifecycle_policy":                           free,
		"aws_ecr_pull_through_cache_rule":                    {sentence: "the images that a pull-through cache keeps are billed like all others in ECR; it creates their repositories itself"},
		"aws_ecr_repository":                                 {lines: (*estimator).images},
		"aws_ecs_cluster":                                    {lines: (*estimator).clusterInsights},
		"aws_ecs_cluster_capacity_providers":                 free,
		"aws_ecs_service":                                    {lines: (*estimator).services},
		"aws_ecs_task_definition":                            free, // its tasks are the services'
		"aws_eip":                                            {lines: (*estimator).addresses},
		"aws_flow_log":                                       {lines: (*estimator).flowLogs},
		"aws_iam_openid_connect_provider":                    free,
		"aws_iam_policy":                                     free,
		"aws_iam_role":                                       free,
		"aws_iam_role_policy":                                free,
		"aws_iam_role_policy_attachment":                     free,
		"aws_internet_gateway":                               {sentence: "traffic to the internet, and traffic between zones other than to NAT gateways, is billed by the GB"},
		"aws_kms_alias":                                      free,
		"aws_kms_key":                                        {lines: (*estimator).keys},
		"aws_kms_key_policy":                                 free,
		"aws_lambda_function":                                {lines: (*estimator).lambdaFunctions},
		"aws_lambda_function_event_invoke_config":            free,
		"aws_lambda_permission":                              free,
		"aws_nat_gateway":                                    {lines: (*estimator).natGateways},
		"aws_route":                                          free,
		"aws_route_table":                                    free,
		"aws_route_table_association":                        free,
		"aws_s3_bucket":                                      {lines: (*estimator).stateBuckets},
		"aws_s3_bucket_lifecycle_configuration":              free,
		"aws_s3_bucket_logging":                              {sentence: "access logs of the state's bucket are billed as objects of the bucket that they go to"},
		"aws_s3_bucket_ownership_controls":                   free,
		"aws_s3_bucket_policy":                               free,
		"aws_s3_bucket_public_access_block":                  free,
		"aws_s3_bucket_server_side_encryption_configuration": free,
		"aws_s3_bucket_versioning":                           free,
		"aws_secretsmanager_secret":                          {lines: (*estimator).secrets},
		"aws_secretsmanager_secret_version":                  free,
		"aws_security_group":                                 free,
		"aws_service_discovery_private_dns_namespace":        {lines: (*estimator).hostedZones},
		"aws_service_discovery_service":                      free, // what ECS registers is free, and lookups inside the VPC cost next to nothing
		"aws_sns_topic":                                      {sentence: "notifications are billed by the message; the first 1,000 e-mails a month are free"},
		"aws_sns_topic_policy":                               free,
		"aws_sns_topic_subscription":                         free,
		"aws_sqs_queue":                                      {lines: (*estimator).queues},
		"aws_sqs_queue_policy":                               free,
		"aws_sqs_queue_redrive_allow_policy":                 free,
		"aws_subnet":                                         free,
		"aws_vpc":                                            free,
		"aws_vpc_endpoint":                                   {lines: (*estimator).endpoints},
		"aws_vpc_security_group_egress_rule":                 free,
		"aws_vpc_security_group_ingress_rule":                free,
	}
}

// of are the instances of a type in the stack.
func (e *estimator) of(kind string) []synthesized.Instance {
	var all []synthesized.Instance
	for _, r := range e.stack.OfType(kind) {
		all = append(all, r.Instances()...)
	}
	return all
}

// refersTo finds the first resource of a type that an attribute refers to.
func (e *estimator) refersTo(r synthesized.Resource, kind string, path ...string) (synthesized.Instance, bool) {
	for _, at := range r.Refers(path...) {
		for _, i := range e.of(kind) {
			if i.Address() == at {
				return i, true
			}
		}
	}
	return synthesized.Instance{}, false
}
