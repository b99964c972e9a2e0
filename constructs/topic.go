package constructs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmsalias"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmskey"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmskeypolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/snstopic"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/snstopicpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/snstopicsubscription"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// TopicProps are the settings of an SNS topic for alarms and events.
type TopicProps struct {
	settings.Topic // required: Name. ExistingTopicARN is not used: an existing topic needs no construct
}

// NewTopic creates an encrypted topic to which CloudWatch alarms and EventBridge
// rules may publish, whether there are any yet or not: its policy stays the same
// when NewServiceEvents comes later. Alarms must be of this account. Rules cannot be
// held to it: EventBridge sends no account or ARN that a condition could match,
// and its messages would be dropped without an error.
func NewTopic(scope constructs.Construct, id string, p TopicProps) Resource[snstopic.SnsTopic] {
	g := newGroup(scope, "NewTopic", id)
	g.require(prop{"Name", p.Name, "the name of the topic"})
	fill(g, &p.Topic)
	config := &snstopic.SnsTopicConfig{Name: &p.Name, KmsMasterKeyId: &p.KMSKeyARN}
	var key Resource[kmskey.KmsKey]
	if p.KMSKeyARN == "" {
		key = g.alertsKey(p.Name)
		config.KmsMasterKeyId = jsii.String(key.Attr("arn"))
	}
	topic := add(g, "aws_sns_topic.alerts", snstopic.NewSnsTopic, config)
	add(g, "aws_sns_topic_policy.alerts", snstopicpolicy.NewSnsTopicPolicy, &snstopicpolicy.SnsTopicPolicyConfig{
		Arn:    jsii.String(topic.Attr("arn")),
		Policy: g.json("alerts_topic_policy", publishPolicy(topic)),
	})
	if p.KMSKeyARN == "" {
		g.alertsKeyPolicy(key, topic)
	}
	if len(p.Emails)+len(p.Subscriptions) > 0 {
		g.subscriptions(topic, p)
	}
	return topic
}

// alertsKeyTag is the tag of the key, with the topic's name, by which a role can
// be let manage this key and no other: the ARN tells them apart by chance only.
const alertsKeyTag = "AlertsTopic"

// alertsKey is our own key: the AWS managed key alias/aws/sns lets neither
// CloudWatch nor EventBridge publish, and its policy cannot be changed.
// https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
func (g group) alertsKey(topic string) Resource[kmskey.KmsKey] {
	key := add(g, "aws_kms_key.alerts", kmskey.NewKmsKey, &kmskey.KmsKeyConfig{
		Description:       jsii.String("Encrypts the SNS topic " + topic),
		EnableKeyRotation: true,
		Tags:              &map[string]*string{alertsKeyTag: &topic},
	})
	add(g, "aws_kms_alias.alerts", kmsalias.NewKmsAlias, &kmsalias.KmsAliasConfig{
		Name: jsii.String("alias/" + topic), TargetKeyId: jsii.String(key.Attr("key_id")),
	})
	return key
}

// alertsKeyPolicy stands by itself, since it names the topic that needs the key.
//
// EventBridge's statement has no aws:SourceAccount or aws:SourceArn: SNS does
// not support them for EventBridge and would drop the message without an error.
// The encryption context, which SNS sets, binds both services to this topic.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (g group) alertsKeyPolicy(key Resource[kmskey.KmsKey], topic Resource[snstopic.SnsTopic]) {
	use := func(service string, equals map[string]any) map[string]any {
		equals["kms:EncryptionContext:aws:sns:topicArn"] = topic.Attr("arn")
		return admit("Publish"+service, strings.ToLower(service)+".amazonaws.com", []string{"kms:Decrypt", "kms:GenerateDataKey*"}, "*", map[string]any{"StringEquals": equals})
	}
	add(g, "aws_kms_key_policy.alerts", kmskeypolicy.NewKmsKeyPolicy, &kmskeypolicy.KmsKeyPolicyConfig{
		KeyId: jsii.String(key.Attr("key_id")),
		Policy: g.json("alerts_key_policy", policy(
			accountManagesKey("ManagedByIAM", "arn:"+arnPart(topic, arnPartition)+":iam::"+arnPart(topic, arnAccount)+":root"),
			use("CloudWatch", map[string]any{"aws:SourceAccount": arnPart(topic, arnAccount)}),
			use("Events", map[string]any{}),
		)),
	})
}

// publishPolicy lets the alarms and the event rules of the account publish.
// EventBridge sends no context that a condition could match.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
func publishPolicy(topic Resource[snstopic.SnsTopic]) map[string]any {
	return policy(
		admit("PublishCloudWatch", "cloudwatch.amazonaws.com", "sns:Publish", topic.Attr("arn"), map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": arnPart(topic, arnAccount)},
			"ArnLike":      map[string]any{"aws:SourceArn": "arn:" + arnPart(topic, arnPartition) + ":cloudwatch:" + arnPart(topic, arnRegion) + ":" + arnPart(topic, arnAccount) + ":alarm:*"},
		}),
		admit("PublishEvents", "events.amazonaws.com", "sns:Publish", topic.Attr("arn"), nil),
	)
}

// Fields of an ARN: arn:<partition>:<service>:<region>:<account>:<resource>.
const (
	arnPartition = 1
	arnRegion    = 3
	arnAccount   = 4
)

// arnPart is a field of a resource's ARN, which saves asking AWS for it.
func arnPart(r Resource[snstopic.SnsTopic], field int) string {
	return fmt.Sprintf(`${split(":", %s.arn)[%d]}`, r.Address, field)
}

// subscriptions creates one for each endpoint, by the endpoint, so that their
// order does not matter.
func (g group) subscriptions(topic Resource[snstopic.SnsTopic], p TopicProps) {
	protocols := map[string]any{}
	for _, endpoint := range p.Emails {
		protocols[endpoint] = "email"
	}
	for _, endpoint := range p.Subscriptions {
		protocols[endpoint] = protocol(endpoint)
	}
	add(g, "aws_sns_topic_subscription.alerts", snstopicsubscription.NewSnsTopicSubscription, &snstopicsubscription.SnsTopicSubscriptionConfig{
		ForEach:              cdktf.TerraformIterator_FromMap(cdktf.Token_AsAnyMap("${"+g.local("alerts_subscriptions", protocols)+"}", nil)),
		TopicArn:             jsii.String(topic.Attr("arn")),
		Protocol:             jsii.String("${each.value}"),
		Endpoint:             jsii.String("${each.key}"),
		EndpointAutoConfirms: cdktf.Token_AsAny(`${each.value == "https"}`),
	})
}

// protocol is the service in an ARN, or the scheme of an address.
func protocol(endpoint string) string {
	if parts := strings.Split(endpoint, ":"); parts[0] == "arn" && slices.Contains([]string{"sqs", "lambda"}, parts[2]) {
		return parts[2]
	}
	return "https"
}
