package review

import (
	"strings"
)

// kind is what a reader calls a type of resource, and what happens when one goes.
type kind struct {
	group    Group
	one      string // A NAT gateway; its plural has an s, or is given after a slash.
	destroys string // What its destruction means, beside that it is gone; "" for nothing worth saying.
	replaces string // What its replacement means.
	minor    bool   // Its replacement is no more than a change: no data is lost and nothing stops.
}

const (
	logsLost  = "its logs are deleted"
	keyPolicy = "until its policy is back, only what the default allows can use the key"
	briefly   = "for a moment there is none"
)

// kinds has each type that the stacks make.
var kinds = map[string]kind{
	"aws_appautoscaling_policy":           {Tasks, "scaling policy/scaling policies", "the number of tasks no longer follows the load", "", true},
	"aws_appautoscaling_scheduled_action": {Tasks, "scheduled scaling action", "", "", true},
	"aws_appautoscaling_target":           {Tasks, "scaling target", "the number of tasks stays where it is", "the number of tasks may jump to the service's own", true},

	"aws_cloudwatch_dashboard":                {Monitoring, "dashboard", "", "", true},
	"aws_cloudwatch_event_rule":               {Monitoring, "event rule", "its events no longer reach anyone", "events in between are lost", true},
	"aws_cloudwatch_event_target":             {Monitoring, "event target", "its rule's events no longer go there", "events in between are lost", true},
	"aws_cloudwatch_log_group":                {Monitoring, "log group", logsLost, "a new, empty one takes its place: " + logsLost, false},
	"aws_cloudwatch_log_metric_filter":        {Monitoring, "log metric filter", "alarms on its metric see no data", "", true},
	"aws_cloudwatch_metric_alarm":             {Monitoring, "alarm", "nobody is notified any more", "its history is lost", true},
	"aws_cloudwatch_query_definition":         {Monitoring, "saved log query/saved log queries", "", "", true},
	"aws_flow_log":                            {Monitoring, "VPC flow log", "the network's traffic is no longer recorded", "", true},
	"aws_lambda_function":                     {Monitoring, "Lambda function", "", "", true},
	"aws_lambda_function_event_invoke_config": {Monitoring, "Lambda retry configuration", "", "", true},
	"aws_lambda_permission":                   {Monitoring, "Lambda permission", "the caller can no longer invoke the function", "", true},
	"aws_sns_topic":                           {Monitoring, "SNS topic", "its subscriptions go with it: alarms reach nobody", "its ARN changes, and e-mail subscriptions must be confirmed again", false},
	"aws_sns_topic_policy":                    {Monitoring, "SNS topic policy/SNS topic policies", "", "", true},
	"aws_sns_topic_subscription":              {Monitoring, "SNS subscription", "the subscriber gets no more alarms", "an e-mail subscription must be confirmed again", true},
	"aws_sqs_queue":                           {Monitoring, "SQS queue", "messages in it are lost", "messages in it are lost", false},
	"aws_sqs_queue_policy":                    {Monitoring, "SQS queue policy/SQS queue policies", "", "", true},
	"aws_sqs_queue_redrive_allow_policy":      {Monitoring, "SQS redrive policy/SQS redrive policies", "", "", true},

	"aws_default_security_group":  {Network, "default security group", "Terraform no longer manages it; its rules stay as they are", "", true},
	"aws_eip":                     {Network, "Elastic IP address/Elastic IP addresses", "an address that others may allow is released and cannot be recovered", "outbound traffic comes from another address: whoever allows the old one must allow the new one", false},
	"aws_internet_gateway":        {Network, "internet gateway", "the VPC loses its way to the internet", "the VPC has no way to the internet meanwhile", false},
	"aws_nat_gateway":             {Network, "NAT gateway", "private subnets that used it have no way to the internet through it", "private subnets that use it have no way to the internet meanwhile, about 2 minutes", false},
	"aws_route":                   {Network, "route", "", "", true},
	"aws_route_table":             {Network, "route table", "", "its subnets have no routes meanwhile", false},
	"aws_route_table_association": {Network, "route table association", "", "", true},
	"aws_security_group":          {Network, "security group", "", "AWS refuses to delete one in use: the apply may stop here until nothing uses it", false},
	"aws_service_discovery_private_dns_namespace": {Network, "service discovery namespace", "its DNS names no longer resolve", "its DNS names do not resolve meanwhile", false},
	"aws_service_discovery_service":               {Network, "service discovery service", "its DNS name no longer resolves", "its DNS name does not resolve meanwhile", false},
	"aws_subnet":                                  {Network, "subnet", "AWS refuses to delete one in use", "tasks in it stop; AWS refuses to delete one in use", false},
	"aws_vpc":                                     {Network, "VPC", "and all that is in it", "and all that is in it", false},
	"aws_vpc_endpoint":                            {Network, "VPC endpoint", "tasks reach the service through the internet instead, or not at all", "tasks do not reach the service through it meanwhile", false},
	"aws_vpc_security_group_egress_rule":          {Network, "outbound rule", "", "", true},
	"aws_vpc_security_group_ingress_rule":         {Network, "inbound rule", "", "", true},

	"aws_ecr_lifecycle_policy":           {Tasks, "image lifecycle policy/image lifecycle policies", "images are kept forever", "", true},
	"aws_ecr_pull_through_cache_rule":    {Tasks, "pull-through cache rule", "images behind it can no longer be pulled", "", true},
	"aws_ecr_repository":                 {Tasks, "ECR repository/ECR repositories", "its images are deleted", "a new, empty one takes its place: its images are deleted", false},
	"aws_ecs_cluster":                    {Tasks, "ECS cluster", "every task in it stops, flow runs included", "every task in it stops, flow runs included, and work pools that name it must be given the new one", false},
	"aws_ecs_cluster_capacity_providers": {Tasks, "capacity provider setting", "", "", true},
	"aws_ecs_service":                    {Tasks, "ECS service", "its workers stop; flow runs that are scheduled are not started", "its workers stop until the new one runs", false},
	"aws_ecs_task_definition":            {Tasks, "task definition", "", "", true},

	"aws_iam_openid_connect_provider": {IAM, "identity provider", "whoever signs in through it, such as GitHub Actions, can no longer", "whoever signs in through it cannot meanwhile", false},
	"aws_iam_policy":                  {IAM, "IAM policy/IAM policies", "", "its ARN may change: what attaches it must follow", false},
	"aws_iam_role":                    {IAM, "IAM role", "whatever uses it can no longer", "its ARN and id change: what names it elsewhere, such as a work pool or a key policy, must be given the new one", false},
	"aws_iam_role_policy":             {IAM, "role policy/role policies", "", "", true},
	"aws_iam_role_policy_attachment":  {IAM, "policy attachment", "", "", true},

	"aws_kms_alias":                     {Secrets, "KMS alias/KMS aliases", "", "", true},
	"aws_kms_key":                       {Secrets, "KMS key", "what it encrypts can no longer be read once its waiting period is over", "what the old one encrypts can no longer be read once its waiting period is over", false},
	"aws_kms_key_policy":                {Secrets, "KMS key policy/KMS key policies", keyPolicy, keyPolicy, true},
	"aws_secretsmanager_secret":         {Secrets, "secret", "its value is lost", "the new one has no value until somebody puts it in; its ARN changes", false},
	"aws_secretsmanager_secret_version": {Secrets, "secret value", "the secret loses this value", "", true},

	"aws_dynamodb_table":                                 {State, "DynamoDB table", "its items are deleted: without it nobody holds the state's lock", "its items are deleted", false},
	"aws_s3_bucket":                                      {State, "S3 bucket", "AWS refuses while there are objects in it, unless force_destroy deletes them", "its objects do not move to the new one", false},
	"aws_s3_bucket_lifecycle_configuration":              {State, "bucket lifecycle configuration", "old versions are kept forever", "", true},
	"aws_s3_bucket_ownership_controls":                   {State, "bucket ownership setting", "", "", true},
	"aws_s3_bucket_policy":                               {State, "bucket policy/bucket policies", "", briefly, true},
	"aws_s3_bucket_public_access_block":                  {State, "public access block", "", briefly, true},
	"aws_s3_bucket_server_side_encryption_configuration": {State, "bucket encryption setting", "", briefly, true},
	"aws_s3_bucket_versioning":                           {State, "bucket versioning setting", "", briefly, true},
}

// kindOf is what a type is called; one that no stack makes by its own name.
func kindOf(of string) kind {
	if k, ok := kinds[of]; ok {
		return k
	}
	return kind{group: Other, one: of + "/" + of}
}

func (k kind) singular() string {
	one, _, _ := strings.Cut(k.one, "/")
	return one
}

func (k kind) plural() string {
	one, many, ok := strings.Cut(k.one, "/")
	if !ok {
		return one + "s"
	}
	return many
}

// sentence is a text as a sentence: with a capital, and a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}
