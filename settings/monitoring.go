package settings

import "cmp"

// Monitoring tells people that a worker is in trouble, and where to look.
// Alarms, events and the dashboard are off unless they are named.
type Monitoring struct {
	_ struct{} `makes:"aws_cloudwatch_dashboard.prefect aws_cloudwatch_query_definition.errors aws_cloudwatch_query_definition.flow_runs aws_cloudwatch_query_definition.starts"`

	// NamePrefix begins the names of alarms, event rules, topic, key alias and
	// queries.
	NamePrefix string `yaml:"namePrefix" default:"{cluster.name}" rule:"queryName" braces:"names"`

	Topic        *Topic `yaml:"topic"`                                                  // Null: no notifications; alarms show only in the console and in deployments.
	Alarms       Alarms `yaml:"alarms"`                                                 // CloudWatch alarms.
	Events       Events `yaml:"events"`                                                 // Events of ECS.
	Dashboard    string `yaml:"dashboard" rule:"dashboardName,optional" braces:"names"` // Name of the dashboard; empty: none.
	SavedQueries bool   `yaml:"savedQueries"`                                           // Queries of the log group for Logs Insights.
}

// Topic is the SNS topic that alarms and events are sent to: created with a
// name, or existing.
type Topic struct {
	_ struct{} `makes:"aws_kms_alias.alerts aws_kms_key.alerts aws_kms_key_policy.alerts aws_sns_topic.alerts aws_sns_topic_policy.alerts aws_sns_topic_subscription.alerts"`

	Name          string   `yaml:"name" rule:"topicName,optional" braces:"names"` // Default <namePrefix>-alerts.
	KMSKeyARN     string   `yaml:"kmsKeyArn" rule:"topicKeyARN,optional,region"`  // Encrypts it; empty: the stack creates a key.
	Emails        []string `yaml:"emails" rule:"email,unique"`                    // Each receives an e-mail with a link to confirm.
	Subscriptions []string `yaml:"subscriptions" rule:"subscription,unique"`      // ARNs of SQS queues and Lambda functions, or https:// addresses that confirm by themselves.

	// ExistingTopicARN is used instead; its policy, key and subscribers are not
	// changed.
	ExistingTopicARN string `yaml:"existingTopicArn" rule:"topicARN,optional,region"`
}

// Events are the events of ECS that are sent to the topic.
type Events struct {
	_ struct{} `makes:"aws_cloudwatch_event_rule.failed_deployments aws_cloudwatch_event_rule.service_warnings aws_cloudwatch_event_rule.stopped_tasks aws_cloudwatch_event_target.failed_deployments aws_cloudwatch_event_target.service_warnings aws_cloudwatch_event_target.stopped_tasks"`

	StoppedTasks bool `yaml:"stoppedTasks"` // Tasks of the services that stopped for one of stopCodes or failed health checks.

	// StopCodes of tasks that stopped; the default leaves out tasks that
	// scaling and deployments stop.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
	StopCodes []string `yaml:"stopCodes" default:"[TaskFailedToStart, EssentialContainerExited]" rule:"oneof TaskFailedToStart EssentialContainerExited UserInitiated ServiceSchedulerInitiated SpotInterruption TerminationNotice"`

	FailedDeployments bool `yaml:"failedDeployments"` // Deployments that failed or were rolled back.
	ServiceWarnings   bool `yaml:"serviceWarnings"`   // Service action events of type WARN and ERROR.
}

// Any says whether any event is sent.
func (v Events) Any() bool { return v.StoppedTasks || v.FailedDeployments || v.ServiceWarnings }

// TopicName is the name of the topic that is created.
func (m *Monitoring) TopicName() string { return cmp.Or(m.Topic.Name, m.NamePrefix+"-alerts") }

// WorkerLogLevelVariable sets the level of the worker's own logger. Unlike
// PREFECT_LOGGING_LEVEL, which the worker hands on to every flow run that it
// starts, it is no Prefect setting and stays in the worker.
const WorkerLogLevelVariable = "PREFECT_LOGGING_LOGGERS_PREFECT_WORKERS_LEVEL"

// Check wants something to watch, and somebody to tell.
func (m *Monitoring) Check(c Checker) {
	if m.Topic == nil && m.Events.Any() {
		c.Fail(&m.Events, "got no monitoring.topic to send them to; add topic: {emails: […]}, or set each of them to false")
	}
	if !m.Alarms.any() && !m.Events.Any() && m.Dashboard == "" && !m.SavedQueries {
		c.Fail(m, "got nothing to watch, want alarms, events, a dashboard or savedQueries")
	}
}

// Makes says whether the stack creates the topic.
func (t *Topic) Makes() bool { return t.ExistingTopicARN == "" }

// Check wants a topic either created or given.
func (t *Topic) Check(c Checker) {
	if t.ExistingTopicARN != "" && (t.Name != "" || t.KMSKeyARN != "" || len(t.Emails)+len(t.Subscriptions) > 0) {
		c.Fail(&t.ExistingTopicARN, "got it with name, kmsKeyArn, emails or subscriptions, want it alone: an existing topic is its owner's")
	}
}

// Alarms are CloudWatch alarms; {} gives an alarm its defaults: metrics come
// every one or five minutes, and waiting for three values avoids alarms during
// a deployment or a burst. docs/monitoring.md says what each means and what to
// do.
type Alarms struct {
	_ struct{} `makes:"aws_cloudwatch_log_metric_filter.error_lines aws_cloudwatch_metric_alarm.dead_letters aws_cloudwatch_metric_alarm.error_lines aws_cloudwatch_metric_alarm.nat_port_errors aws_cloudwatch_metric_alarm.no_log_lines" perWorker:"aws_cloudwatch_metric_alarm.cpu aws_cloudwatch_metric_alarm.late_runs aws_cloudwatch_metric_alarm.memory aws_cloudwatch_metric_alarm.running_tasks"`

	RunningTasks  *Alarm `yaml:"runningTasks" default:"{threshold: 1, periodSeconds: 60, evaluationPeriods: 10}"`  // Desired minus running tasks of a service; needs cluster.containerInsights.
	CPU           *Alarm `yaml:"cpu" default:"{threshold: 85, periodSeconds: 300, evaluationPeriods: 3}"`          // Average percentage of what the service's tasks have.
	Memory        *Alarm `yaml:"memory" default:"{threshold: 85, periodSeconds: 300, evaluationPeriods: 3}"`       // The same of memory.
	LateRuns      *Alarm `yaml:"lateRuns" default:"{threshold: 1, periodSeconds: 60, evaluationPeriods: 15}"`      // Late flow runs of a work pool, or no data about them; needs lateRuns.
	ErrorLines    *Alarm `yaml:"errorLines" default:"{threshold: 1, periodSeconds: 300, evaluationPeriods: 1}"`    // Log lines that errorFilterPattern finds.
	NoLogLines    *Alarm `yaml:"noLogLines" default:"{threshold: 1, periodSeconds: 900, evaluationPeriods: 2}"`    // Fewer log lines than the threshold.
	DeadLetters   *Alarm `yaml:"deadLetters" default:"{threshold: 1, periodSeconds: 300, evaluationPeriods: 1}"`   // Crash events that no worker could read; needs crashEvents.
	NATPortErrors *Alarm `yaml:"natPortErrors" default:"{threshold: 1, periodSeconds: 300, evaluationPeriods: 1}"` // Connections for which a NAT gateway had no port; left out without a NAT gateway.

	// ErrorFilterPattern is CloudWatch Logs' syntax; the default finds lines of
	// level ERROR or CRITICAL by the loggers of Prefect's workers and by the
	// container that prepares work pools, not those of flows, tasks and libraries.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
	ErrorFilterPattern string `yaml:"errorFilterPattern" default:"%^\\S+\\s\\|\\s[EC]R[A-Z]+\\s+\\|\\sprefect\\.[a-eg-su-z_]|^\\S+\\s\\|\\s[EC]R[A-Z]+\\s+\\|\\sprefect\\.flow_runs\\.worker|^\\S+\\s\\|\\s[EC]R[A-Z]+\\s+\\|\\sprefect_aws\\.[ow]|^\\S+\\s\\|\\s[EC]R[A-Z]+\\s+\\|\\swork\\spool%" rule:"filterPattern"`
}

func (a *Alarms) any() bool {
	return a.RunningTasks != nil || a.CPU != nil || a.Memory != nil || a.ErrorLines != nil || a.NoLogLines != nil || a.DeadLetters != nil || a.NATPortErrors != nil || a.LateRuns != nil
}

// Check keeps percentages to percent.
func (a *Alarms) Check(c Checker) {
	for _, percent := range []*Alarm{a.CPU, a.Memory} {
		if percent != nil && !c.Wrong(&percent.Threshold) && percent.Threshold > 100 {
			c.Fail(&percent.Threshold, "got %d, want 1 to 100", percent.Threshold)
		}
	}
}

// Alarm is when an alarm goes off: when datapointsToAlarm of the last
// evaluationPeriods reach the threshold.
type Alarm struct {
	Threshold         int  `yaml:"threshold" rule:"range 1 1000000"` // The value from which it goes off.
	PeriodSeconds     int  `yaml:"periodSeconds"`                    // A multiple of 60.
	EvaluationPeriods int  `yaml:"evaluationPeriods"`                // The number of periods that count.
	DatapointsToAlarm *int `yaml:"datapointsToAlarm"`                // How many of them must reach the threshold; no value: all.
}

// Check keeps to what PutMetricAlarm takes. Periods below a minute are for
// metrics that are published that often, which none of these is.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func (a *Alarm) Check(c Checker) {
	if a.PeriodSeconds < 60 || a.PeriodSeconds%60 != 0 || a.PeriodSeconds > 86400 {
		c.Fail(&a.PeriodSeconds, "got %d, want a multiple of 60 up to 86400: the metric has one value a minute", a.PeriodSeconds)
		return
	}
	limit := 86400 // a day
	if a.PeriodSeconds >= 3600 {
		limit *= 7
	}
	if a.EvaluationPeriods < 1 || a.EvaluationPeriods > limit/a.PeriodSeconds {
		c.Fail(&a.EvaluationPeriods, "got %d, want 1 to %d for periodSeconds %d", a.EvaluationPeriods, limit/a.PeriodSeconds, a.PeriodSeconds)
		return
	}
	if n := a.DatapointsToAlarm; n != nil && (*n < 1 || *n > a.EvaluationPeriods) {
		c.Fail(&a.DatapointsToAlarm, "got %d, want 1 to %d", *n, a.EvaluationPeriods)
	}
}

// Datapoints are how many values must reach the threshold.
func (a *Alarm) Datapoints() int {
	if a.DatapointsToAlarm != nil {
		return *a.DatapointsToAlarm
	}
	return a.EvaluationPeriods
}
