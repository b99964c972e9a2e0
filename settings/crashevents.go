package settings

import "strings"

// CrashEvents is a queue that tells the worker which tasks stopped. Without it,
// a flow run whose task never started stays Pending. It needs prefect-aws 0.6
// or newer in the worker's image.
// https://docs.prefect.io/integrations/prefect-aws/ecs-worker/manual-deployment
type CrashEvents struct {
	_ struct{} `makes:"aws_cloudwatch_event_rule.crash_events aws_cloudwatch_event_target.crash_events aws_sqs_queue.crash_events aws_sqs_queue.crash_events_dead_letter aws_sqs_queue_policy.crash_events aws_sqs_queue_policy.crash_events_dead_letter aws_sqs_queue_redrive_allow_policy.crash_events_dead_letter"`

	QueueName                string `yaml:"queueName" rule:"queueName" braces:"names"`                        // The dead-letter queue's is <queueName>-dead-letter.
	VisibilityTimeoutSeconds int    `yaml:"visibilityTimeoutSeconds" default:"300" rule:"range 1 43200"`      // How long a message is hidden while it is read.
	MessageRetentionSeconds  int    `yaml:"messageRetentionSeconds" default:"604800" rule:"range 60 1209600"` // How long messages are kept; the dead-letter queue keeps them for 14 days.
	MaxReceiveCount          int    `yaml:"maxReceiveCount" default:"3" rule:"range 1 1000"`                  // Reads after which a message goes to the dead-letter queue.

	// KMSKeyARN encrypts the queues. Its key policy must allow
	// events.amazonaws.com to decrypt and to generate data keys. Empty: SQS's
	// own key.
	KMSKeyARN string `yaml:"kmsKeyArn" rule:"kmsKeyARN,optional,region"`
}

// QueueNameVariable is how prefect-aws learns the queue's name.
const QueueNameVariable = "PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME"

// CrashEventsStack is the stack of only crash events: a queue for the task events
// of a cluster whose workers are deployed by hand, by another tool or by
// prefect-aws's own command. Its outputs are what such a worker needs.
// https://docs.prefect.io/integrations/prefect-aws/ecs-worker/manual-deployment
type CrashEventsStack struct {
	Kind       string            `yaml:"kind" rule:"oneof worker state-backend github-actions crash-events"` // crash-events.
	Stack      string            `yaml:"stack" rule:"stackName"`                                             // Default: the file's name without .yaml.
	ClusterARN string            `yaml:"clusterArn" rule:"clusterARN"`                                       // The existing cluster whose tasks are watched; its region is the stack's.
	Tags       map[string]string `yaml:"tags" keys:"tagKey" rule:"tagValue,optional,max 45"`                 // The provider's default_tags.

	CrashEvents `yaml:",inline"`

	Terraform KeptTerraform `yaml:"terraform"` // Terraform block and state.
}

// Region is the cluster's.
func (s *CrashEventsStack) Region() string { return regionOf(s.ClusterARN) }

// Account is the cluster's.
func (s *CrashEventsStack) Account() string { return strings.Split(s.ClusterARN, ":")[4] }

func regionOf(arn string) string { return strings.Split(arn, ":")[3] }

// Check wants a key that SQS can use.
func (s *CrashEventsStack) Check(c Checker) {
	if s.KMSKeyARN == "" || c.Wrong(&s.KMSKeyARN) || c.Wrong(&s.ClusterARN) {
		return
	}
	if got, want := regionOf(s.KMSKeyARN), s.Region(); got != want {
		c.Fail(&s.KMSKeyARN, "got a key of region %s, want one of %s, where the cluster is", got, want)
	}
}
