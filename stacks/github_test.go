package stacks_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// createActions are what the provider calls to make a resource of a type, as
// IAM names it.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var createActions = map[string][]string{
	"aws_appautoscaling_policy":                   {"application-autoscaling:PutScalingPolicy"},
	"aws_appautoscaling_scheduled_action":         {"application-autoscaling:PutScheduledAction"},
	"aws_appautoscaling_target":                   {"application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"},
	"aws_cloudwatch_dashboard":                    {"cloudwatch:PutDashboard"},
	"aws_cloudwatch_event_rule":                   {"events:PutRule", "events:TagResource"},
	"aws_cloudwatch_event_target":                 {"events:PutTargets"},
	"aws_cloudwatch_log_group":                    {"logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"},
	"aws_cloudwatch_log_metric_filter":            {"logs:PutMetricFilter"},
	"aws_cloudwatch_metric_alarm":                 {"cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"},
	"aws_cloudwatch_query_definition":             {"logs:PutQueryDefinition"},
	"aws_default_security_group":                  {"ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"},
	"aws_ecr_lifecycle_policy":                    {"ecr:PutLifecyclePolicy"},
	"aws_ecr_pull_through_cache_rule":             {"ecr:CreatePullThroughCacheRule"},
	"aws_ecr_repository":                          {"ecr:CreateRepository", "ecr:TagResource"},
	"aws_ecs_cluster":                             {"ecs:CreateCluster", "ecs:TagResource"},
	"aws_ecs_cluster_capacity_providers":          {"ecs:PutClusterCapacityProviders"},
	"aws_ecs_service":                             {"ecs:CreateService", "iam:CreateServiceLinkedRole"},
	"aws_ecs_task_definition":                     {"ecs:RegisterTaskDefinition", "iam:PassRole"},
	"aws_eip":                                     {"ec2:AllocateAddress", "ec2:CreateTags"},
	"aws_flow_log":                                {"ec2:CreateFlowLogs", "iam:PassRole"},
	"aws_iam_role":                                {"iam:CreateRole", "iam:TagRole"},
	"aws_iam_role_policy":                         {"iam:PutRolePolicy"},
	"aws_iam_role_policy_attachment":              {"iam:AttachRolePolicy"},
	"aws_internet_gateway":                        {"ec2:AttachInternetGateway", "ec2:CreateInternetGateway"},
	"aws_kms_alias":                               {}, // of an alert topic's key, which a stack that GitHub Actions applies does not make
	"aws_kms_key":                                 {},
	"aws_kms_key_policy":                          {},
	"aws_lambda_function":                         {"iam:PassRole", "lambda:CreateFunction", "lambda:TagResource"},
	"aws_lambda_function_event_invoke_config":     {"lambda:PutFunctionEventInvokeConfig"},
	"aws_lambda_permission":                       {"lambda:AddPermission"},
	"aws_nat_gateway":                             {"ec2:CreateNatGateway"},
	"aws_route":                                   {"ec2:CreateRoute"},
	"aws_route_table":                             {"ec2:CreateRoute", "ec2:CreateRouteTable"},
	"aws_route_table_association":                 {"ec2:AssociateRouteTable"},
	"aws_secretsmanager_secret":                   {"secretsmanager:CreateSecret", "secretsmanager:TagResource"},
	"aws_secretsmanager_secret_version":           {"secretsmanager:PutSecretValue"},
	"aws_security_group":                          {"ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateSecurityGroup", "ec2:RevokeSecurityGroupEgress"},
	"aws_vpc_security_group_egress_rule":          {"ec2:AuthorizeSecurityGroupEgress", "ec2:CreateTags"},
	"aws_vpc_security_group_ingress_rule":         {"ec2:AuthorizeSecurityGroupIngress", "ec2:CreateTags"},
	"aws_service_discovery_private_dns_namespace": {"route53:AssociateVPCWithHostedZone", "route53:CreateHostedZone", "servicediscovery:CreatePrivateDnsNamespace"},
	"aws_service_discovery_service":               {"servicediscovery:CreateService"},
	"aws_sns_topic":                               {"sns:CreateTopic", "sns:SetTopicAttributes", "sns:TagResource"},
	"aws_sns_topic_policy":                        {"sns:SetTopicAttributes"},
	"aws_sns_topic_subscription":                  {"sns:Subscribe"},
	"aws_sqs_queue":                               {"sqs:CreateQueue", "sqs:TagQueue"},
	"aws_sqs_queue_policy":                        {"sqs:SetQueueAttributes"},
	"aws_sqs_queue_redrive_allow_policy":          {"sqs:SetQueueAttributes"},
	"aws_subnet":                                  {"ec2:CreateSubnet", "ec2:ModifySubnetAttribute"},
	"aws_vpc":                                     {"ec2:CreateVpc", "ec2:ModifyVpcAttribute"},
	"aws_vpc_endpoint":                            {"ec2:CreateVpcEndpoint"},
}

// TestApplyRoleCoversEveryStack: the apply role may make what any worker
// stack has, and attach the managed policies that any attaches.
func TestApplyRoleCoversEveryStack(t *testing.T) {
	github := parse(t, synthesized(t, "github-actions"))
	var actions, policies []string
	for name := range github.Locals {
		if !strings.HasPrefix(name, "apply_") || strings.HasSuffix(name, "_read_policy") {
			continue
		}
		for _, statement := range statements(t, github, name) {
			if statement["Effect"] != "Allow" {
				continue
			}
			actions = append(actions, list(statement["Action"])...)
			for _, arn := range list(condition(statement, "ArnEquals", "iam:PolicyARN")) {
				policies = append(policies, managedPolicy(arn))
			}
		}
	}
	eachCase(t, func(t *testing.T, _ string, data []byte) {
		d := parse(t, data)
		if d.Resource["aws_ecs_service"] == nil {
			return
		}
		for kind := range d.Resource {
			needed, known := createActions[kind]
			if !known {
				t.Errorf("%s: createActions, in this file, does not say which actions make it; add them there, and all that make, read, change, tag and delete it to constructs/githubpolicy.go", kind)
			}
			for _, action := range needed {
				if !slices.Contains(actions, action) {
					t.Errorf("%s needs %s, which the apply role lacks: constructs/githubpolicy.go", kind, action)
				}
			}
		}
		for at, attachment := range d.Resource["aws_iam_role_policy_attachment"] {
			arn := fmt.Sprint(attachment["policy_arn"])
			if !strings.HasPrefix(arn, "arn:") {
				continue // of a list: what the served stacks' flow runs get is among the policies
			}
			if policy := managedPolicy(arn); !slices.Contains(policies, policy) {
				t.Errorf("%s attaches %s, which the apply role may not: constructs/githubpolicy.go", at, policy)
			}
		}
	})
}

func managedPolicy(arn string) string {
	_, policy, _ := strings.Cut(arn, ":policy/")
	return policy
}

// TestPoliciesFit: a managed policy has at most 6,144 characters.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func TestPoliciesFit(t *testing.T) {
	for name, local := range parse(t, synthesized(t, "github-actions")).Locals {
		text, err := json.Marshal(local)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 6144 {
			t.Errorf("local.%s: got %d characters, want at most 6144", name, len(text))
		}
	}
}
