package config

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Monitoring is what tells people that a worker is in trouble, and where to
// look. Each alarm, event and the dashboard is off unless it is named.
type Monitoring struct {
	// NamePrefix begins the names of alarms, event rules, topic, key alias and
	// queries; braces allowed. Default {cluster.name}.
	NamePrefix string `yaml:"namePrefix"`

	Topic        *Topic `yaml:"topic"` // null: nobody is told, alarms only show in the console and in deployments
	Alarms       Alarms `yaml:"alarms"`
	Events       Events `yaml:"events"`
	Dashboard    string `yaml:"dashboard"`    // its name; braces allowed; empty: none
	SavedQueries bool   `yaml:"savedQueries"` // queries of the log group for Logs Insights
}

// Topic is the SNS topic that alarms and events are sent to: made with a name,
// or existing.
type Topic struct {
	Name          string   `yaml:"name"`          // braces allowed; default <namePrefix>-alerts
	KMSKeyARN     string   `yaml:"kmsKeyArn"`     // encrypts it; empty: a key of its own is made
	Emails        []string `yaml:"emails"`        // each receives a mail with a link to confirm
	Subscriptions []string `yaml:"subscriptions"` // ARNs of SQS queues and Lambda functions, or https:// addresses that confirm by themselves

	// ExistingTopicARN is used instead; its policy, key and subscribers are its
	// owner's.
	ExistingTopicARN string `yaml:"existingTopicArn"`
}

// Events are the events of ECS that are sent to the topic.
type Events struct {
	StoppedTasks      bool     `yaml:"stoppedTasks"`      // tasks of the services that stopped for one of stopCodes or failed health checks
	StopCodes         []string `yaml:"stopCodes"`         // default TaskFailedToStart and EssentialContainerExited: not what scaling and deployments stop
	FailedDeployments bool     `yaml:"failedDeployments"` // deployments that failed or were rolled back
	ServiceWarnings   bool     `yaml:"serviceWarnings"`   // service action events of type WARN and ERROR
}

func (v Events) any() bool { return v.StoppedTasks || v.FailedDeployments || v.ServiceWarnings }

// UnmarshalYAML fills in the defaults where neither the file nor its preset
// says anything.
func (m *Monitoring) UnmarshalYAML(node *yaml.Node) error {
	if reflect.ValueOf(*m).IsZero() {
		m.NamePrefix = "{cluster.name}"
		m.Alarms.ErrorFilterPattern = "?ERROR ?CRITICAL"
		m.Events.StopCodes = []string{"TaskFailedToStart", "EssentialContainerExited"}
	}
	type plain Monitoring
	if err := node.Decode((*plain)(m)); err != nil {
		return err
	}
	m.Alarms.fill()
	return nil
}

// TopicName is the name of the topic that is made; braces allowed.
func (m *Monitoring) TopicName() string { return cmp.Or(m.Topic.Name, m.NamePrefix+"-alerts") }

var monitoringAddresses = []string{
	"aws_cloudwatch_dashboard.prefect",
	"aws_cloudwatch_event_rule.failed_deployments",
	"aws_cloudwatch_event_rule.service_warnings",
	"aws_cloudwatch_event_rule.stopped_tasks",
	"aws_cloudwatch_event_target.failed_deployments",
	"aws_cloudwatch_event_target.service_warnings",
	"aws_cloudwatch_event_target.stopped_tasks",
	"aws_cloudwatch_log_metric_filter.error_lines",
	"aws_cloudwatch_metric_alarm.cpu",
	"aws_cloudwatch_metric_alarm.dead_letters",
	"aws_cloudwatch_metric_alarm.error_lines",
	"aws_cloudwatch_metric_alarm.memory",
	"aws_cloudwatch_metric_alarm.nat_port_errors",
	"aws_cloudwatch_metric_alarm.no_log_lines",
	"aws_cloudwatch_metric_alarm.running_tasks",
	"aws_cloudwatch_query_definition.errors",
	"aws_cloudwatch_query_definition.flow_runs",
	"aws_cloudwatch_query_definition.starts",
	"aws_kms_alias.alerts",
	"aws_kms_key.alerts",
	"aws_kms_key_policy.alerts",
	"aws_sns_topic.alerts",
	"aws_sns_topic_policy.alerts",
	"aws_sns_topic_subscription.alerts",
}

// What AWS takes as names.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
var (
	ruleName      = pattern(`[A-Za-z0-9._-]+`, 64, "1 to 64 letters, digits or ._-")
	alarmName     = pattern(`[\x20-\x7e]+`, 255, "1 to 255 ASCII characters")
	topicName     = pattern(`[A-Za-z0-9_-]+`, 256, "1 to 256 letters, digits, _ or -; a FIFO topic takes neither e-mail nor events")
	dashboardName = pattern(`[A-Za-z0-9_-]+`, 255, "1 to 255 letters, digits, _ or -")
	queryName     = pattern(`[^:*]+`, 240, "1 to 240 characters without : and *")
	filterPattern = pattern(`[\s\S]+`, 1024, "1 to 1024 characters")
	email         = pattern(`[^\s@:]+@[^\s@:]+\.[^\s@.:]+`, 320, "an e-mail address such as oncall@example.com")
	topicARN      = pattern(`arn:aws(-[a-z]+)*:sns:`+RegionExpression+`:[0-9]{12}:[A-Za-z0-9_-]+`, 2048, "a topic's ARN, arn:aws:sns:<region>:<12 digits>:<name>")
	subscription  = pattern(`arn:aws(-[a-z]+)*:(sqs|lambda):\S+|https://\S+`, 2048, "the ARN of an SQS queue or a Lambda function, or an https:// address")
)

func (e *Environment) checkMonitoring(c checker) {
	m := e.Monitoring
	if m == nil {
		return
	}
	if m.Events.any() {
		e.checkDerived(c, "monitoring.namePrefix", m.NamePrefix+"-failed-deployments", ruleName)
	}
	for _, v := range e.Views() {
		e.checkDerived(c, "monitoring.namePrefix", m.NamePrefix+"-"+v.Worker.ServiceName+"-running-tasks", alarmName)
	}
	e.checkDerived(c, "monitoring.namePrefix", m.NamePrefix, queryName)
	c.name(e, "monitoring.dashboard", m.Dashboard, orEmpty(dashboardName))
	m.Alarms.check(c, e)
	for i, code := range m.Events.StopCodes {
		c.choice(fmt.Sprintf("monitoring.events.stopCodes[%d]", i), code, stopCodes...)
	}
	if m.Topic != nil {
		e.checkTopic(c, m.Topic)
	} else if m.Events.any() {
		c.fail("monitoring.events", fmt.Errorf("got no monitoring.topic to send them to; add topic: {emails: […]}"))
	}
	if !m.Alarms.any() && !m.Events.any() && m.Dashboard == "" && !m.SavedQueries {
		c.fail("monitoring", fmt.Errorf("got nothing to watch, want alarms, events, a dashboard or savedQueries"))
	}
}

// stopCodes: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
var stopCodes = []string{"TaskFailedToStart", "EssentialContainerExited", "UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption", "TerminationNotice"}

// checkDerived checks a name that is made from a setting; a name that is wrong
// already is not reported again.
func (e *Environment) checkDerived(c checker, path, name string, r rule) {
	if !c.wrong[path] {
		c.name(e, path, name, r)
	}
}

func (e *Environment) checkTopic(c checker, t *Topic) {
	const path = "monitoring.topic"
	if t.ExistingTopicARN != "" {
		c.text(path+".existingTopicArn", t.ExistingTopicARN, topicARN)
		e.checkRegion(c, path+".existingTopicArn", t.ExistingTopicARN)
		if t.Name != "" || t.KMSKeyARN != "" || len(t.Emails)+len(t.Subscriptions) > 0 {
			c.fail(path+".existingTopicArn", fmt.Errorf("got it with name, kmsKeyArn, emails or subscriptions, want it alone: an existing topic is its owner's"))
		}
		return
	}
	e.checkDerived(c, path+".name", e.Monitoring.TopicName(), topicName)
	switch {
	case strings.Contains(t.KMSKeyARN, "alias/"):
		c.fail(path+".kmsKeyArn", fmt.Errorf("got %q, want a key's own ARN, or nothing for a new key; the AWS managed key alias/aws/sns lets neither CloudWatch nor EventBridge publish", t.KMSKeyARN))
	case t.KMSKeyARN != "":
		c.text(path+".kmsKeyArn", t.KMSKeyARN, kmsKeyARN)
		e.checkRegion(c, path+".kmsKeyArn", t.KMSKeyARN)
	}
	seen := map[string]bool{}
	for _, list := range []struct {
		key       string
		endpoints []string
		rule      rule
	}{{"emails", t.Emails, email}, {"subscriptions", t.Subscriptions, subscription}} {
		for i, endpoint := range list.endpoints {
			at := fmt.Sprintf("%s.%s[%d]", path, list.key, i)
			c.text(at, endpoint, list.rule)
			if seen[endpoint] {
				c.fail(at, fmt.Errorf("got %q twice", endpoint))
			}
			seen[endpoint] = true
		}
	}
}

// WorkerLogLevelVariable sets the level of the worker's own logger. Unlike
// PREFECT_LOGGING_LEVEL, which the worker hands on to every flow run that it
// starts, it is no Prefect setting and stays in the worker.
const WorkerLogLevelVariable = "PREFECT_LOGGING_LOGGERS_PREFECT_WORKERS_LEVEL"

// warnings says what AWS does as told although it may not be meant.
func (m *Monitoring) warnings(e *Environment, warn func(path, format string, args ...any)) {
	if m == nil {
		return
	}
	if t := m.Topic; t != nil && t.ExistingTopicARN == "" && len(t.Emails)+len(t.Subscriptions) == 0 {
		warn("monitoring.topic", "nobody subscribes to it; add emails or subscriptions")
	}
	if m.Alarms.NoLogLines != nil && e.Worker.Environment[WorkerLogLevelVariable] != "DEBUG" && e.Worker.Environment["PREFECT_LOGGING_LEVEL"] != "DEBUG" {
		warn("monitoring.alarms.noLogLines", "an idle worker logs nothing below DEBUG, so the alarm goes off when no flow runs; set worker.environment.%s: DEBUG, whose heartbeats are lines too", WorkerLogLevelVariable)
	}
}
