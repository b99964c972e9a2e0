package config

import (
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// watching is an environment with Container Insights; the YAML is added to its
// monitoring.
func watching(yaml string) string {
	return "preset: readme\ncluster:\n  containerInsights: enhanced\nmonitoring:\n" + yaml
}

func TestMonitoring(t *testing.T) {
	const topic = "arn:aws:sns:us-east-1:123456789012:alerts"
	long := strings.Repeat("p", 46)
	for _, tt := range []struct{ name, text, want string }{
		{"takes an alarm with its defaults", watching("  alarms: {cpu: {}}\n"), ""},
		{"takes an existing topic", watching("  alarms: {cpu: {}}\n  topic: {existingTopicArn: " + topic + "}\n"), ""},
		{"rejects nothing to watch", watching("  topic: {emails: [a@example.com]}\n"), "dev.yaml:4: monitoring: got nothing to watch, want alarms, events, a dashboard or savedQueries"},
		{"rejects events for nobody", watching("  events: {stoppedTasks: true}\n"), "dev.yaml:5: monitoring.events: got no monitoring.topic to send them to; add topic: {emails: […]}, or set each of them to false"},
		{"rejects a task that stops for no known reason", watching("  topic: {emails: [a@example.com]}\n  events: {stoppedTasks: true, stopCodes: [OutOfMemory]}\n"),
			`dev.yaml:6: monitoring.events.stopCodes[0]: got "OutOfMemory", want one of: TaskFailedToStart, EssentialContainerExited, UserInitiated, ServiceSchedulerInitiated, SpotInterruption, TerminationNotice`},
		{"rejects running tasks without Container Insights", "preset: readme\nmonitoring:\n  alarms: {runningTasks: {}}\n",
			"dev.yaml:3: monitoring.alarms.runningTasks: needs Container Insights, which has the metrics; set cluster.containerInsights: enhanced, or runningTasks: null"},
		{"rejects a setting Container Insights does not have", "preset: readme\ncluster:\n  containerInsights: full\n", `dev.yaml:3: cluster.containerInsights: got "full", want one of: disabled, enabled, enhanced`},
		{"takes late runs that are counted", watching("  alarms: {lateRuns: {}}\nlateRuns: {}\n"), ""},
		{"rejects late runs that nobody counts", watching("  alarms: {lateRuns: {}}\n"),
			"dev.yaml:5: monitoring.alarms.lateRuns: needs the section lateRuns, whose function counts them; set lateRuns: {}, or monitoring.alarms.lateRuns: null"},
		{"rejects dead letters of no queue", watching("  alarms: {deadLetters: {}}\n"),
			"dev.yaml:5: monitoring.alarms.deadLetters: needs crashEvents, whose queue it watches; set crashEvents: {queueName: \"{nameTag}-ecs-events\"}, or deadLetters: null"},
		{"rejects more than all of the CPU", watching("  alarms: {cpu: {threshold: 120}}\n"), "dev.yaml:5: monitoring.alarms.cpu.threshold: got 120, want 1 to 100"},
		{"rejects a period CloudWatch does not take", watching("  alarms: {cpu: {periodSeconds: 90}}\n"),
			"dev.yaml:5: monitoring.alarms.cpu.periodSeconds: got 90, want a multiple of 60 up to 86400: the metric has one value a minute"},
		{"rejects a period shorter than the metric's", watching("  alarms: {cpu: {periodSeconds: 10}}\n"),
			"dev.yaml:5: monitoring.alarms.cpu.periodSeconds: got 10, want a multiple of 60 up to 86400: the metric has one value a minute"},
		{"rejects more than a day of minutes", watching("  alarms: {cpu: {periodSeconds: 60, evaluationPeriods: 1441}}\n"),
			"dev.yaml:5: monitoring.alarms.cpu.evaluationPeriods: got 1441, want 1 to 1440 for periodSeconds 60"},
		{"rejects more than a week of hours", watching("  alarms: {cpu: {periodSeconds: 3600, evaluationPeriods: 169}}\n"),
			"dev.yaml:5: monitoring.alarms.cpu.evaluationPeriods: got 169, want 1 to 168 for periodSeconds 3600"},
		{"rejects more points than periods", watching("  alarms: {cpu: {evaluationPeriods: 3, datapointsToAlarm: 4}}\n"), "dev.yaml:5: monitoring.alarms.cpu.datapointsToAlarm: got 4, want 1 to 3"},
		{"rejects the key that lets nobody publish", watching("  alarms: {cpu: {}}\n  topic: {emails: [a@example.com], kmsKeyArn: alias/aws/sns}\n"),
			`dev.yaml:6: monitoring.topic.kmsKeyArn: got "alias/aws/sns", want a key's own ARN, or nothing for a new key; the AWS managed key alias/aws/sns lets neither CloudWatch nor EventBridge publish`},
		{"rejects a key of another region", "preset: design\nregion: eu-west-1\nterraform: {variables: {aws_region: \"\"}}\nmonitoring:\n  alarms: {cpu: {}}\n  topic: {emails: [a@example.com], kmsKeyArn: \"arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"}\n",
			`dev.yaml:6: monitoring.topic.kmsKeyArn: got "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab" of region us-east-1, want one of eu-west-1, where the stack is`},
		{"rejects a FIFO topic", watching("  alarms: {cpu: {}}\n  topic: {name: alerts.fifo, emails: [a@example.com]}\n"),
			`dev.yaml:6: monitoring.topic.name: got "alerts.fifo", want 1 to 256 letters, digits, _ or -; a FIFO topic supports neither e-mail nor events`},
		{"rejects an invalid address", watching("  alarms: {cpu: {}}\n  topic: {emails: [oncall]}\n"), `dev.yaml:6: monitoring.topic.emails[0]: got "oncall", want an e-mail address such as oncall@example.com`},
		{"rejects an address twice", watching("  alarms: {cpu: {}}\n  topic: {emails: [a@example.com, a@example.com]}\n"), `dev.yaml:6: monitoring.topic.emails[1]: got "a@example.com" twice`},
		{"rejects alarms in clear text", watching("  alarms: {cpu: {}}\n  topic: {subscriptions: [\"http://example.com\"]}\n"),
			`dev.yaml:6: monitoring.topic.subscriptions[0]: got "http://example.com", want the ARN of an SQS queue or a Lambda function, or an https:// address`},
		{"rejects a stream that needs a role", watching("  alarms: {cpu: {}}\n  topic: {subscriptions: [\"arn:aws:firehose:us-east-1:123456789012:deliverystream/a\"]}\n"),
			`dev.yaml:6: monitoring.topic.subscriptions[0]: got "arn:aws:firehose:us-east-1:123456789012:deliverystream/a", want the ARN of an SQS queue or a Lambda function, or an https:// address`},
		{"rejects subscribers of a topic that is another's", watching("  alarms: {cpu: {}}\n  topic: {existingTopicArn: " + topic + ", emails: [a@example.com]}\n"),
			"dev.yaml:6: monitoring.topic.existingTopicArn: got it with name, kmsKeyArn, emails or subscriptions, want it alone: an existing topic is its owner's"},
		{"rejects a topic's name for its ARN", watching("  alarms: {cpu: {}}\n  topic: {existingTopicArn: alerts}\n"),
			`dev.yaml:6: monitoring.topic.existingTopicArn: got "alerts", want a topic's ARN, arn:aws:sns:<region>:<12 digits>:<name>`},
		{"checks what a rule's name becomes", watching("  namePrefix: " + long + "\n  topic: {emails: [a@example.com]}\n  events: {stoppedTasks: true}\n"),
			`dev.yaml:5: monitoring.namePrefix: got 65 characters ("` + long[:40] + `"…), want at most 64`},
		{"checks what an alarm's name becomes", watching("  namePrefix: " + strings.Repeat(long, 5) + "p\n  alarms: {cpu: {}}\n"),
			`dev.yaml:5: monitoring.namePrefix: got 256 characters ("` + long[:40] + `"…), want at most 255`},
		{"rejects a dashboard's name with a space", watching("  dashboard: my workers\n"), `dev.yaml:5: monitoring.dashboard: got "my workers", want 1 to 255 letters, digits, _ or -`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestMonitoringDefaults(t *testing.T) {
	c, err := load(t, map[string]string{"dev.yaml": watching("  topic: {emails: [a@example.com]}\n  alarms:\n    cpu: {threshold: 95}\n    runningTasks: {evaluationPeriods: 3}\n")})
	if err != "" {
		t.Fatal(err)
	}
	m := c.Environments[0].Monitoring
	if got, want := *m.Alarms.CPU, (settings.Alarm{Threshold: 95, PeriodSeconds: 300, EvaluationPeriods: 3}); got != want {
		t.Errorf("cpu: got %+v, want %+v", got, want)
	}
	if got, want := *m.Alarms.RunningTasks, (settings.Alarm{Threshold: 1, PeriodSeconds: 60, EvaluationPeriods: 3}); got != want {
		t.Errorf("runningTasks: got %+v, want %+v", got, want)
	}
	if m.Alarms.Memory != nil {
		t.Error("memory: an alarm that is not named is made")
	}
	if m.NamePrefix != "{cluster.name}" || m.TopicName() != "{cluster.name}-alerts" {
		t.Errorf("got prefix %q and topic %q", m.NamePrefix, m.TopicName())
	}
}

func TestMonitoringWarnings(t *testing.T) {
	got := warnings(t, "monitoring:\n  topic: {}\n  alarms: {noLogLines: {}}\n")
	want := `dev.yaml:3: monitoring.topic: the alarm topic has no subscribers; add emails or subscriptions
dev.yaml:4: monitoring.alarms.noLogLines: an idle worker logs nothing below DEBUG, so the alarm goes off when no flow runs; set worker.environment.PREFECT_LOGGING_LOGGERS_PREFECT_WORKERS_LEVEL: DEBUG, whose heartbeats are lines too`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := warnings(t, "worker:\n  environment: {PREFECT_LOGGING_LOGGERS_PREFECT_WORKERS_LEVEL: DEBUG}\nmonitoring:\n  topic: {emails: [a@example.com]}\n  alarms: {noLogLines: {}}\n"); got != "" {
		t.Errorf("got:\n%s\nwant no warning", got)
	}
}

// TestMonitoringOverPreset: what a file leaves out is the preset's, and what is
// derived follows the file.
func TestMonitoringOverPreset(t *testing.T) {
	const mine = "preset: production\nprefect: {apiUrl: \"http://prefect.internal:4200/api\"}\n"
	c, err := load(t, map[string]string{
		"a.yaml": mine + "monitoring:\n  namePrefix: etl\n  alarms: {cpu: {evaluationPeriods: 2}, noLogLines: null}\n",
		"b.yaml": mine + "monitoring:\n  topic: {existingTopicArn: \"arn:aws:sns:us-east-1:123456789012:alerts\"}\n",
	})
	if err != "" {
		t.Fatal(err)
	}
	a := c.Environments[0].Monitoring
	if a.TopicName() != "etl-alerts" || *a.Alarms.CPU != (settings.Alarm{Threshold: 85, PeriodSeconds: 300, EvaluationPeriods: 2}) || a.Alarms.NoLogLines != nil || a.Alarms.Memory == nil {
		t.Errorf("got topic %s, cpu %+v, noLogLines %v, memory %v", a.TopicName(), a.Alarms.CPU, a.Alarms.NoLogLines, a.Alarms.Memory)
	}
}
