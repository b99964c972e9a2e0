package constructs

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchlogmetricfilter"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchmetricalarm"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// AlarmsProps are what alarms have in common. An alarm is made where its
// setting is not nil; &settings.Alarm{} has the defaults. Several constructs may
// get the same props, of which each makes its own alarms: synthesis fails where
// none creates one.
type AlarmsProps struct {
	settings.Alarms
	Runbook    string // ends each description: where to read what to do; "": nothing
	NamePrefix string // required: begins each alarm's name, to which NewServiceAlarms adds the service's; CloudWatch has a name once in a region: of two the later replaces the other
	TopicARN   string // is notified when an alarm goes off and when it is over; "": no notifications
}

func (p AlarmsProps) namePrefix() prop {
	return prop{"NamePrefix", p.NamePrefix, "what the alarms' names begin with; an account has each name once"}
}

// ServiceAlarmsProps are the alarms of one service; RunningTasks, CPU and
// Memory are used. RunningTasks needs Container Insights of the cluster, and goes
// off without.
type ServiceAlarmsProps struct {
	AlarmsProps
	ClusterName string // required: cluster.Name
	ServiceName string // required: worker.Service.Attr("name")
}

// NewServiceAlarms creates the alarms of one service, or none where the settings
// of all three are nil.
func NewServiceAlarms(scope constructs.Construct, id string, p ServiceAlarmsProps) {
	g := newGroup(scope, "NewServiceAlarms", id)
	g.require(p.namePrefix(), prop{"ClusterName", p.ClusterName, "cluster.Name"}, prop{"ServiceName", p.ServiceName, `worker.Service.Attr("name")`})
	g.prepare(&p.AlarmsProps)
	p.NamePrefix += "-" + p.ServiceName
	dimensions := map[string]string{"ClusterName": p.ClusterName, "ServiceName": p.ServiceName}
	if p.RunningTasks != nil {
		count := func(id, name string) metric {
			return metric{id: id, namespace: "ECS/ContainerInsights", name: name, statistic: "Average", dimensions: dimensions}
		}
		g.alarm(p.AlarmsProps, "running_tasks", p.RunningTasks, alarm{
			description: "Fewer tasks of " + p.ServiceName + " run than desired.",
			metrics:     []metric{count("desired", "DesiredTaskCount"), count("running", "RunningTaskCount")},
			expression:  "desired - running",
			label:       "Missing tasks",
			// Container Insights says how many run as long as the service is
			// exists: missing data means that monitoring itself is broken.
			missing: "breaching",
		})
	}
	usage := func(name, metricName, what string, threshold *settings.Alarm) {
		if threshold != nil {
			g.alarm(p.AlarmsProps, name, threshold, alarm{
				description: "The tasks of " + p.ServiceName + " use much of their " + what + ".",
				metrics:     []metric{{namespace: "AWS/ECS", name: metricName, statistic: "Average", dimensions: dimensions}},
				missing:     "notBreaching", // no tasks: running_tasks says so
			})
		}
	}
	usage("cpu", "CPUUtilization", "CPU", p.CPU)
	usage("memory", "MemoryUtilization", "memory", p.Memory)
}

// LogAlarmsProps are the alarms of one log group; ErrorLines and NoLogLines
// are used.
type LogAlarmsProps struct {
	AlarmsProps
	LogGroup string // required: its name; two log groups need a NamePrefix each
}

// NewLogAlarms creates the alarms of one log group, or none where both settings are
// nil.
func NewLogAlarms(scope constructs.Construct, id string, p LogAlarmsProps) {
	g := newGroup(scope, "NewLogAlarms", id)
	g.require(p.namePrefix(), prop{"LogGroup", p.LogGroup, "the name of the log group"})
	g.prepare(&p.AlarmsProps)
	if p.ErrorLines != nil {
		errors := metric{namespace: "PrefectWorker", name: p.NamePrefix + "-error-lines", statistic: "Sum"}
		add(g, "aws_cloudwatch_log_metric_filter.error_lines", cloudwatchlogmetricfilter.NewCloudwatchLogMetricFilter,
			&cloudwatchlogmetricfilter.CloudwatchLogMetricFilterConfig{
				Name:         &errors.name,
				LogGroupName: &p.LogGroup,
				Pattern:      &p.ErrorFilterPattern,
				MetricTransformation: &cloudwatchlogmetricfilter.CloudwatchLogMetricFilterMetricTransformation{
					Namespace: &errors.namespace, Name: &errors.name, Value: jsii.String("1"),
				},
			})
		g.alarm(p.AlarmsProps, "error_lines", p.ErrorLines, alarm{
			description: "There are errors in the log group " + p.LogGroup + ".",
			metrics:     []metric{errors},
			missing:     "notBreaching", // no line matched
		})
	}
	if p.NoLogLines != nil {
		g.alarm(p.AlarmsProps, "no_log_lines", p.NoLogLines, alarm{
			description: "The log group " + p.LogGroup + " receives no lines.",
			metrics: []metric{{namespace: "AWS/Logs", name: "IncomingLogEvents", statistic: "Sum",
				dimensions: map[string]string{"LogGroupName": p.LogGroup}}},
			fewer:   true,
			missing: "breaching", // CloudWatch has no value where there was no line
		})
	}
}

// LateRunsAlarmProps are the settings of the alarm of one work pool; the setting
// LateRuns is used.
type LateRunsAlarmProps struct {
	AlarmsProps
	Counted     *LateRuns // required: of NewLateRuns
	WorkPool    string    // required: one of those that it counts
	ServiceName string    // required: of a worker that polls the pool, after which the alarm is named
}

// NewLateRunsAlarm creates the alarm of a work pool's late flow runs, or none where
// LateRuns is nil.
func NewLateRunsAlarm(scope constructs.Construct, id string, p LateRunsAlarmProps) {
	g := newGroup(scope, "NewLateRunsAlarm", id)
	g.require(p.namePrefix(), prop{"Counted", given(p.Counted != nil), "what NewLateRuns returned"}, prop{"WorkPool", p.WorkPool, "a work pool that it counts"},
		prop{"ServiceName", p.ServiceName, `worker.Service.Attr("name")`})
	g.prepare(&p.AlarmsProps)
	if p.LateRuns == nil {
		return
	}
	p.NamePrefix += "-" + p.ServiceName
	g.alarm(p.AlarmsProps, "late_runs", p.LateRuns, alarm{
		description: "Flow runs of the work pool " + p.WorkPool + " are late, or are not counted.",
		metrics: []metric{{namespace: p.Counted.Namespace, name: settings.LateRunsMetric, statistic: "Minimum",
			dimensions: map[string]string{settings.WorkPoolDimension: p.WorkPool}}},
		// There is a number each minute, 0 too: without one the function fails, or
		// the API does not answer it.
		missing: "breaching",
	})
}

// DeadLetterAlarmProps are the settings of a dead-letter queue's alarm;
// DeadLetters is used.
type DeadLetterAlarmProps struct {
	AlarmsProps
	QueueName string // required: crashEvents.DeadLetterQueue.Attr("name")
}

// NewDeadLetterAlarm creates the alarm of a dead-letter queue, or none where
// DeadLetters is nil.
func NewDeadLetterAlarm(scope constructs.Construct, id string, p DeadLetterAlarmProps) {
	g := newGroup(scope, "NewDeadLetterAlarm", id)
	g.require(p.namePrefix(), prop{"QueueName", p.QueueName, `crashEvents.DeadLetterQueue.Attr("name")`})
	g.prepare(&p.AlarmsProps)
	if p.DeadLetters == nil {
		return
	}
	g.alarm(p.AlarmsProps, "dead_letters", p.DeadLetters, alarm{
		description: "Messages nobody could read lie in " + p.QueueName + ".",
		metrics: []metric{{namespace: "AWS/SQS", name: "ApproximateNumberOfMessagesVisible", statistic: "Maximum",
			dimensions: map[string]string{"QueueName": p.QueueName}}},
		missing: "notBreaching", // SQS says nothing of a queue that is not used
	})
}

// NATAlarmProps are the settings of the NAT gateways' alarm; NATPortErrors is
// used.
type NATAlarmProps struct {
	AlarmsProps
	NATGatewayIDs []string // network.NATGatewayIDs
}

// NewNATAlarm creates one alarm for all NAT gateways, or none where
// NATPortErrors is nil or there is no gateway.
func NewNATAlarm(scope constructs.Construct, id string, p NATAlarmProps) {
	g := newGroup(scope, "NewNATAlarm", id)
	g.require(p.namePrefix())
	g.prepare(&p.AlarmsProps)
	if p.NATPortErrors == nil || len(p.NATGatewayIDs) == 0 {
		return
	}
	a := alarm{
		description: "A NAT gateway has no port left for new connections to one destination.",
		missing:     "notBreaching",
		expression:  "SUM(METRICS())",
		label:       "Connections without a port",
	}
	for i, nat := range p.NATGatewayIDs {
		a.metrics = append(a.metrics, metric{id: fmt.Sprintf("nat%d", i+1), namespace: "AWS/NATGateway", name: "ErrorPortAllocation",
			statistic: "Sum", dimensions: map[string]string{"NatGatewayId": nat}})
	}
	g.alarm(p.AlarmsProps, "nat_port_errors", p.NATPortErrors, a)
}

// alarm is what one alarm watches: one metric, or an expression of several.
type alarm struct {
	description string
	metrics     []metric
	expression  string // "": the one metric itself
	label       string // of the expression
	fewer       bool   // goes off below the threshold, not from it on
	missing     string // treat_missing_data
}

type metric struct {
	id, namespace, name, statistic string
	dimensions                     map[string]string
}

func (g group) alarm(p AlarmsProps, name string, t *settings.Alarm, a alarm) {
	config := &cloudwatchmetricalarm.CloudwatchMetricAlarmConfig{
		AlarmName:          jsii.String(p.NamePrefix + "-" + strings.ReplaceAll(name, "_", "-")),
		AlarmDescription:   jsii.String(strings.TrimSpace(a.description + " " + p.Runbook)),
		ComparisonOperator: jsii.String("GreaterThanOrEqualToThreshold"),
		Threshold:          jsii.Number(t.Threshold),
		EvaluationPeriods:  jsii.Number(t.EvaluationPeriods),
		DatapointsToAlarm:  jsii.Number(t.Datapoints()),
		TreatMissingData:   &a.missing,
	}
	if a.fewer {
		config.ComparisonOperator = jsii.String("LessThanThreshold")
	}
	if p.TopicARN != "" {
		config.AlarmActions, config.OkActions = jsii.Strings(p.TopicARN), jsii.Strings(p.TopicARN)
	}
	if a.expression == "" {
		m := a.metrics[0]
		config.Namespace, config.MetricName, config.Statistic = &m.namespace, &m.name, &m.statistic
		config.Dimensions, config.Period = pointers(m.dimensions), jsii.Number(t.PeriodSeconds)
	} else {
		config.MetricQuery = a.queries(t.PeriodSeconds)
	}
	add(g, "aws_cloudwatch_metric_alarm."+name, cloudwatchmetricalarm.NewCloudwatchMetricAlarm, config)
}

func (a alarm) queries(periodSeconds int) []*cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery {
	queries := []*cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery{
		{Id: jsii.String("result"), Expression: &a.expression, Label: &a.label, ReturnData: true},
	}
	for _, m := range a.metrics {
		queries = append(queries, &cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQuery{Id: &m.id, Metric: &cloudwatchmetricalarm.CloudwatchMetricAlarmMetricQueryMetric{
			Namespace: &m.namespace, MetricName: &m.name, Stat: &m.statistic, Period: jsii.Number(periodSeconds), Dimensions: pointers(m.dimensions),
		}})
	}
	return queries
}

func pointers(values map[string]string) *map[string]*string {
	if len(values) == 0 {
		return nil
	}
	all := map[string]*string{}
	for name, value := range values {
		all[name] = &value
	}
	return &all
}
