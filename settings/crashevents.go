package settings

// CrashEvents is a queue that tells the worker which tasks stopped. Without
// it, a flow run whose task never came up stays Pending. It needs prefect-aws
// 0.6 or newer in the worker's image.
// https://docs.prefect.io/integrations/prefect-aws/ecs-worker/manual-deployment
type CrashEvents struct {
	_ struct{} `makes:"aws_cloudwatch_event_rule.crash_events aws_cloudwatch_event_target.crash_events aws_sqs_queue.crash_events aws_sqs_queue.crash_events_dead_letter aws_sqs_queue_policy.crash_events aws_sqs_queue_policy.crash_events_dead_letter aws_sqs_queue_redrive_allow_policy.crash_events_dead_letter"`

	QueueName                string `yaml:"queueName" rule:"queueName" braces:"names"`                        // The dead-letter queue's is <queueName>-dead-letter.
	VisibilityTimeoutSeconds int    `yaml:"visibilityTimeoutSeconds" default:"300" rule:"range 1 43200"`      // How long a message that is being read is hidden.
	MessageRetentionSeconds  int    `yaml:"messageRetentionSeconds" default:"604800" rule:"range 60 1209600"` // How long messages are kept; the dead-letter queue keeps them for 14 days.
	MaxReceiveCount          int    `yaml:"maxReceiveCount" default:"3" rule:"range 1 1000"`                  // Then a message goes to the dead-letter queue.

	// KMSKeyARN encrypts the queues. Its key policy must let
	// events.amazonaws.com decrypt and generate data keys. Empty: SQS's own key.
	KMSKeyARN string `yaml:"kmsKeyArn" rule:"kmsKeyARN,optional,region"`
}

// QueueNameVariable is how prefect-aws learns the queue's name.
const QueueNameVariable = "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME"
