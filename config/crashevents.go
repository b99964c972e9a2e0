package config

import (
	"cmp"
	"fmt"
)

// CrashEvents is a queue that tells the worker which tasks stopped. Without
// it, a flow run whose task never came up stays Pending. It needs prefect-aws
// 0.6 or newer in the worker's image. A setting of 0 takes the default.
// https://docs.prefect.io/integrations/prefect-aws/ecs-worker/manual-deployment
type CrashEvents struct {
	QueueName                string `yaml:"queueName"`                // braces allowed; the dead-letter queue's is <queueName>-dead-letter
	VisibilityTimeoutSeconds int    `yaml:"visibilityTimeoutSeconds"` // default 300
	MessageRetentionSeconds  int    `yaml:"messageRetentionSeconds"`  // default 604800, 7 days; the dead-letter queue keeps them for 14
	MaxReceiveCount          int    `yaml:"maxReceiveCount"`          // default 3, then a message goes to the dead-letter queue

	// KMSKeyARN encrypts the queues. Its key policy must let
	// events.amazonaws.com decrypt and generate data keys. Empty: SQS's own key.
	KMSKeyARN string `yaml:"kmsKeyArn"`
}

// QueueNameVariable is how prefect-aws learns the queue's name.
const QueueNameVariable = "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME"

// DeadLetterSuffix is what the dead-letter queue's name has after the queue's.
const DeadLetterSuffix = "-dead-letter"

var crashEventsAddresses = []string{
	"aws_cloudwatch_event_rule.crash_events",
	"aws_cloudwatch_event_target.crash_events",
	"aws_sqs_queue.crash_events",
	"aws_sqs_queue.crash_events_dead_letter",
	"aws_sqs_queue_policy.crash_events",
	"aws_sqs_queue_policy.crash_events_dead_letter",
	"aws_sqs_queue_redrive_allow_policy.crash_events_dead_letter",
}

// queueName is short enough for the rule of its name and for the dead-letter
// queue: EventBridge takes 64 characters, SQS 80.
var queueName = pattern(`[A-Za-z0-9_-]+`, 64, "1 to 64 letters, digits, _ or -")

// WithDefaults fills in what is 0.
func (q CrashEvents) WithDefaults() CrashEvents {
	q.VisibilityTimeoutSeconds = cmp.Or(q.VisibilityTimeoutSeconds, 300)
	q.MessageRetentionSeconds = cmp.Or(q.MessageRetentionSeconds, 604800)
	q.MaxReceiveCount = cmp.Or(q.MaxReceiveCount, 3)
	return q
}

func (e *Environment) checkCrashEvents(c checker) {
	if e.CrashEvents == nil {
		return
	}
	q := e.CrashEvents.WithDefaults()
	c.name(e, "crashEvents.queueName", q.QueueName, queueName)
	c.number("crashEvents.visibilityTimeoutSeconds", q.VisibilityTimeoutSeconds, 1, 43200)
	c.number("crashEvents.messageRetentionSeconds", q.MessageRetentionSeconds, 60, 1209600)
	c.number("crashEvents.maxReceiveCount", q.MaxReceiveCount, 1, 1000)
	c.text("crashEvents.kmsKeyArn", q.KMSKeyARN, orEmpty(kmsKeyARN))
	e.checkRegion(c, "crashEvents.kmsKeyArn", q.KMSKeyARN)
	if !e.anyWorker(func(w *Worker) bool { return w.Type != TypeProcess }) {
		c.fail("crashEvents", fmt.Errorf("set, but a worker of type process starts no tasks and would never read the queue; remove it, or set worker.type: ecs"))
	}
	for _, v := range e.Views() {
		w := v.Worker
		if w.TaskRole == TaskRoleNone && w.Type != TypeProcess {
			c.fail(v.Path+".taskRole", fmt.Errorf("got none with crashEvents, whose queue the worker reads with a task role; set %s.taskRole: least-privilege", v.Path))
		}
		if _, ok := w.Environment[QueueNameVariable]; ok {
			c.fail(v.Path+".environment."+QueueNameVariable, fmt.Errorf("set here, want crashEvents.queueName alone: the worker would watch another queue"))
		}
	}
}
