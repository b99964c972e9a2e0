package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventtarget"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/sqsqueue"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/sqsqueuepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/sqsqueueredriveallowpolicy"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// CrashEventsProps are the settings of a queue of a cluster's task events, and
// of its rule.
type CrashEventsProps struct {
	settings.CrashEvents         // required: QueueName
	ClusterARN           string  // required: of the cluster whose tasks are watched
	Account              Account // used with KMSKeyARN; zero: as AWS says
}

// CrashEvents is the queue, and where the messages go that nobody could handle.
type CrashEvents struct {
	Queue           Resource[sqsqueue.SqsQueue] // its name is the CrashEventsQueue of every worker of the cluster
	DeadLetterQueue Resource[sqsqueue.SqsQueue] // for NewDeadLetterAlarm

	// Receive lets a worker's task read the queue: Statements of its role.
	Receive []settings.PolicyStatement
}

// maxRetentionSeconds is what SQS keeps a message for at most: 14 days.
const maxRetentionSeconds = 1209600

// NewCrashEvents creates a queue of everything that happens to the tasks of a
// cluster, which prefect-aws's ECS worker reads to find flow runs that crashed.
// https://docs.prefect.io/integrations/prefect-aws/ecs-worker/manual-deployment
func NewCrashEvents(scope constructs.Construct, id string, p CrashEventsProps) *CrashEvents {
	g := newGroup(scope, "NewCrashEvents", id)
	g.require(prop{"QueueName", p.QueueName, "the name of the queue"}, prop{"ClusterARN", p.ClusterARN, "the ARN of the cluster whose tasks are watched"})
	fill(g, &p.CrashEvents)
	if p.KMSKeyARN != "" {
		p.Account = p.Account.or(g)
	}
	dead := g.queue(p, "aws_sqs_queue.crash_events_dead_letter", &sqsqueue.SqsQueueConfig{
		Name: jsii.String(p.QueueName + "-dead-letter"), MessageRetentionSeconds: jsii.Number(maxRetentionSeconds),
	})
	queue := g.queue(p, "aws_sqs_queue.crash_events", &sqsqueue.SqsQueueConfig{
		Name:                     &p.QueueName,
		VisibilityTimeoutSeconds: jsii.Number(p.VisibilityTimeoutSeconds),
		MessageRetentionSeconds:  jsii.Number(p.MessageRetentionSeconds),
		RedrivePolicy: g.json("crash_events_redrive_policy", map[string]any{
			"deadLetterTargetArn": dead.Attr("arn"), "maxReceiveCount": p.MaxReceiveCount,
		}),
	})
	add(g, "aws_sqs_queue_redrive_allow_policy.crash_events_dead_letter", sqsqueueredriveallowpolicy.NewSqsQueueRedriveAllowPolicy,
		&sqsqueueredriveallowpolicy.SqsQueueRedriveAllowPolicyConfig{
			QueueUrl: jsii.String(dead.Attr("id")),
			RedriveAllowPolicy: g.json("crash_events_redrive_allow_policy", map[string]any{
				"redrivePermission": "byQueue", "sourceQueueArns": []string{queue.Attr("arn")},
			}),
		})
	rule := g.taskEvents(p, queue)
	g.queuePolicy("crash_events", queue, admit("TaskEvents", "events.amazonaws.com", "sqs:SendMessage", queue.Attr("arn"),
		map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": rule.Attr("arn")}}))
	g.queuePolicy("crash_events_dead_letter", dead)
	return &CrashEvents{queue, dead, p.receive(queue)}
}

// queue creates an encrypted queue.
func (g group) queue(p CrashEventsProps, address string, config *sqsqueue.SqsQueueConfig) Resource[sqsqueue.SqsQueue] {
	if p.KMSKeyARN == "" {
		config.SqsManagedSseEnabled = jsii.Bool(true)
	} else {
		config.KmsMasterKeyId = &p.KMSKeyARN
	}
	return add(g, address, sqsqueue.NewSqsQueue, config)
}

// queuePolicy lets nobody in without TLS, and statements.
func (g group) queuePolicy(name string, queue Resource[sqsqueue.SqsQueue], statements ...any) {
	add(g, "aws_sqs_queue_policy."+name, sqsqueuepolicy.NewSqsQueuePolicy, &sqsqueuepolicy.SqsQueuePolicyConfig{
		QueueUrl: jsii.String(queue.Attr("id")),
		Policy:   g.json(name+"_queue_policy", policy(append(statements, denyInsecureTransport("sqs", queue.Attr("arn")))...)),
	})
}

// taskEvents sends the events of the cluster's tasks to the queue.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
func (g group) taskEvents(p CrashEventsProps, queue Resource[sqsqueue.SqsQueue]) Resource[cloudwatcheventrule.CloudwatchEventRule] {
	rule := add(g, "aws_cloudwatch_event_rule.crash_events", cloudwatcheventrule.NewCloudwatchEventRule, &cloudwatcheventrule.CloudwatchEventRuleConfig{
		Name:         &p.QueueName,
		Description:  jsii.String("Task events of the Prefect cluster, for the worker"),
		EventPattern: g.json("crash_events_pattern", ecsEvents("ECS Task State Change", nil, map[string]any{"clusterArn": []string{p.ClusterARN}})),
	})
	add(g, "aws_cloudwatch_event_target.crash_events", cloudwatcheventtarget.NewCloudwatchEventTarget, &cloudwatcheventtarget.CloudwatchEventTargetConfig{
		Rule: jsii.String(rule.Attr("name")), TargetId: jsii.String("queue"), Arn: jsii.String(queue.Attr("arn")),
	})
	return rule
}

func (p CrashEventsProps) receive(queue Resource[sqsqueue.SqsQueue]) []settings.PolicyStatement {
	read := settings.PolicyStatement{
		SID:       "ReceiveCrashEvents",
		Actions:   []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"},
		Resources: []string{queue.Attr("arn")},
	}
	if p.KMSKeyARN == "" {
		return []settings.PolicyStatement{read}
	}
	key := decrypt([]string{p.KMSKeyARN}, []string{"sqs"}, p.Account)
	key.SID = "DecryptCrashEvents"
	return []settings.PolicyStatement{read, key}
}
