package cost

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// logs are paid as they come in, and as long as they are kept.
func (e *estimator) logs(all []synthesized.Instance) {
	flowLogs := map[string]bool{}
	for _, f := range e.of("aws_flow_log") {
		for _, at := range f.Refers("log_destination") {
			flowLogs[at] = true
		}
	}
	for _, group := range all {
		at := []string{group.Address()}
		assumption := "log-gb"
		switch {
		case flowLogs[group.Address()]:
			assumption = "flow-log-gb"
		case strings.HasPrefix(group.Text("name"), "/aws/lambda/"):
			assumption = "function-log-gb"
		}
		gb := e.assume(assumption)
		if assumption != "flow-log-gb" {
			e.add(Line{Key: "logs", Group: Monitoring, Name: "Log lines ingested", Addresses: at,
				Quantity: gb, Unit: "GB", Price: e.price("logs"), Usage: true, Assumption: "by log-gb and function-log-gb"})
		}
		e.add(Line{Key: "logs kept", Group: Monitoring, Name: "Logs kept, once the retention is reached", Addresses: at,
			Quantity: gb * retention(group) / 30, Unit: "GB-months", Price: e.price("log-storage"), Usage: true, Assumption: "by log-gb, function-log-gb and flow-log-gb"})
	}
}

// retention is in days; logs that are kept forever are estimated after a year.
func retention(group synthesized.Instance) float64 {
	days, err := strconv.ParseFloat(group.Text("retention_in_days"), 64)
	if err != nil || days == 0 || days > 365 {
		return 365
	}
	return days
}

// alarms are billed by the metrics that they read.
func (e *estimator) alarms(all []synthesized.Instance) {
	metrics := 0
	for _, alarm := range all {
		queried := 0
		for _, query := range alarm.List("metric_query") {
			if metric := synthesized.Get(query, "metric"); metric.IsKnown() && !metric.IsNull() {
				queried++
			}
		}
		metrics += max(1, queried)
	}
	e.add(Line{Key: "alarms", Group: Monitoring, Name: "Alarms: " + english.Plural(len(all), "alarm", ""), Addresses: addresses(all),
		Quantity: float64(metrics), Unit: "metrics", Price: e.price("alarm-metric")})
}

// scalingAlarms are the two that AWS makes for each policy that tracks a target.
func (e *estimator) scalingAlarms(policies []synthesized.Instance) {
	metrics := 0
	for _, p := range policies {
		read := 0
		for _, m := range p.List("target_tracking_scaling_policy_configuration", "customized_metric_specification", "metrics") {
			if stat := synthesized.Get(m, "metric_stat"); stat.IsKnown() && !stat.IsNull() {
				read++
			}
		}
		metrics += 2 * max(1, read)
	}
	e.add(Line{Key: "scaling alarms", Group: Monitoring, Name: "Alarms that autoscaling creates", Addresses: addresses(policies),
		Quantity: float64(metrics), Unit: "metrics", Price: e.price("alarm-metric")})
}

func (e *estimator) dashboards(all []synthesized.Instance) {
	e.add(Line{Key: "dashboards", Group: Monitoring, Name: "Dashboards", Addresses: addresses(all), Quantity: float64(len(all)), Unit: "dashboards", Price: e.price("dashboard")})
}

// metricFilters make a custom metric each.
func (e *estimator) metricFilters(all []synthesized.Instance) {
	e.add(Line{Key: "filter metrics", Group: Monitoring, Name: "Metrics from logs", Addresses: addresses(all), Quantity: float64(len(all)), Unit: "metrics", Price: e.price("metric")})
}

// How many metrics Container Insights has of each thing, for tasks on Fargate
// without EBS volumes and restart policies. The enhanced ones were counted in AWS's list
// of 2026-11. That of the standard ones gives no counts: they are derived from its metrics
// and dimensions.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-enhanced-observability-metrics-ECS.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
const (
	enhancedCluster   = 25     // by ClusterName
	enhancedService   = 21     // by ServiceName
	enhancedFamily    = 16     // by TaskDefinitionFamily
	enhancedTask      = 2 * 16 // by TaskId, with the service and with the family
	enhancedContainer = 2 * 7  // by ContainerName, with the service and with the family, and as many in each task
	standardCluster   = 12
	standardService   = 15
	standardFamily    = 10
)

// clusterInsights are billed by the metrics, of the cluster and all that runs in it.
func (e *estimator) clusterInsights(clusters []synthesized.Instance) {
	for _, cluster := range clusters {
		level := ""
		for _, setting := range cluster.List("setting") {
			if synthesized.Text(synthesized.Get(setting, "name")) == "containerInsights" {
				level = synthesized.Text(synthesized.Get(setting, "value"))
			}
		}
		l := Line{Key: "insights", Group: Monitoring, Name: "Container Insights, " + level, Addresses: []string{cluster.Address()}, Unit: "metrics"}
		switch level {
		case "enhanced":
			l.Price, l.Quantity, l.Most = e.price("insights-metric"), enhancedCluster, enhancedCluster
		case "enabled":
			l.Price, l.Quantity, l.Most = e.price("metric"), standardCluster, standardCluster
		default:
			continue
		}
		for _, s := range e.tasks() {
			fixed := float64(standardService + standardFamily)
			each := 0.0
			if level == "enhanced" {
				running := float64(len(s.running))
				fixed, each = enhancedService+enhancedFamily+running*enhancedContainer, enhancedTask+running*enhancedContainer
			}
			l.Quantity += fixed + each*s.least.average()
			l.Most += fixed + each*s.most.average()
		}
		e.add(l)
		if level == "enhanced" {
			hours := e.assume("flow-run-hours")
			e.add(Line{Key: "insights of flow runs", Group: Monitoring, Name: "Container Insights of flow runs", Addresses: []string{cluster.Address()},
				Quantity: hours / Hours * (enhancedTask/2 + enhancedContainer/2), Unit: "metrics", Price: e.price("insights-metric"), Usage: true, Assumption: stated("flow-run-hours")})
		}
	}
}

// lambdaFunctions are billed by their calls and how long these take. Those that a
// schedule calls are estimated; what an event calls is called rarely.
func (e *estimator) lambdaFunctions(functions []synthesized.Instance) {
	for _, f := range functions {
		calls := e.scheduledCalls(f)
		if calls == 0 {
			e.note("a function that an event calls costs next to nothing", f.Address())
			continue
		}
		at := []string{f.Address()}
		if on := f.List("architectures"); len(on) == 0 || synthesized.Text(on[0]) != "arm64" {
			e.note("functions on x86_64 have no committed price", at...)
			continue
		}
		memory, _ := strconv.ParseFloat(f.Text("memory_size"), 64)
		if memory == 0 {
			memory = 128
		}
		e.add(Line{Key: "function calls", Group: Monitoring, Name: "Lambda requests of scheduled functions", Addresses: at,
			Quantity: calls / 1e6, Unit: "million", Price: e.price("function-requests")})
		e.add(Line{Key: "function time", Group: Monitoring, Name: "Lambda duration of scheduled functions", Addresses: at,
			Quantity: calls * e.assume("function-seconds") * memory / 1024 / 1000, Unit: "1,000 GB-seconds", Price: e.price("function-time"), Usage: true, Assumption: stated("function-seconds")})
		if f.Text("environment", "variables", "SECRET_ARN") != "" {
			e.add(Line{Key: "secret requests", Group: Secrets, Name: "Reading the secret, at most", Addresses: at,
				Quantity: calls / 10000, Unit: "10,000", Price: e.price("secret-requests"), Usage: true, Assumption: "once in each call"})
		}
		// What counts late runs publishes two metrics of each pool and of each of its
		// queues, of which there is one at least.
		var pools []string
		if json.Unmarshal([]byte(f.Text("environment", "variables", "WORK_POOLS")), &pools) == nil && len(pools) > 0 {
			e.add(Line{Key: "function metrics", Group: Monitoring, Name: "Metrics of late runs, for pools with one queue each", Addresses: at, Quantity: 4 * float64(len(pools)), Unit: "metrics", Price: e.price("metric")})
		}
	}
}

// scheduledCalls are how often schedules call a function in a month.
func (e *estimator) scheduledCalls(f synthesized.Instance) float64 {
	calls := 0.0
	for _, target := range e.of("aws_cloudwatch_event_target") {
		function, ok := e.refersTo(target.Resource, "aws_lambda_function", "arn")
		if !ok || function.Address() != f.Address() {
			continue
		}
		if rule, ok := e.refersTo(target.Resource, "aws_cloudwatch_event_rule", "rule"); ok {
			if s, err := parseSchedule(rule.Text("schedule_expression"), ""); err == nil {
				calls += s.perMonth()
			}
		}
	}
	return calls
}
