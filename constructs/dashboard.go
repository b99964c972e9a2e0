package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchdashboard"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchquerydefinition"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// DashboardProps are the settings of a CloudWatch dashboard.
type DashboardProps struct {
	Name              string   // required
	Region            string   // "": the provider's
	ClusterName       string   // required: cluster.Name
	ServiceNames      []string // required: worker.Service.Attr("name") of each
	ContainerInsights bool     // the cluster has it: running and desired tasks are shown
	LogGroup          string   // required: name
	NATGatewayIDs     []string // network.NATGatewayIDs; none: no graph of them
	QueueNames        []string // of crash events and dead letters; none: no graph of them

	LateRuns  *LateRuns // of NewLateRuns; nil: no graph of flow runs
	WorkPools []string  // with LateRuns: whose flow runs are shown
}

// NewDashboard creates a dashboard of the services of one cluster. CloudWatch
// places the widgets one after the other, two in a row.
func NewDashboard(scope constructs.Construct, id string, p DashboardProps) {
	g := newGroup(scope, "NewDashboard", id)
	g.require(prop{"Name", p.Name, "the name of the dashboard"}, prop{"ClusterName", p.ClusterName, "cluster.Name"},
		prop{"ServiceNames", strings.Join(p.ServiceNames, ""), `worker.Service.Attr("name") of each`}, prop{"LogGroup", p.LogGroup, "the name of the log group"})
	if p.Region == "" {
		p.Region = g.region()
	}
	add(g, "aws_cloudwatch_dashboard.prefect", cloudwatchdashboard.NewCloudwatchDashboard, &cloudwatchdashboard.CloudwatchDashboardConfig{
		DashboardName: &p.Name,
		DashboardBody: g.json("dashboard", map[string]any{"widgets": widgets(p)}),
	})
}

// widgets: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
func widgets(p DashboardProps) []any {
	var tasks, cpu, memory []any
	for _, name := range p.ServiceNames {
		of := []any{"ClusterName", p.ClusterName, "ServiceName", name}
		tasks = append(tasks, series("ECS/ContainerInsights", "DesiredTaskCount", of...), series("ECS/ContainerInsights", "RunningTaskCount", of...))
		cpu = append(cpu, series("AWS/ECS", "CPUUtilization", of...))
		memory = append(memory, series("AWS/ECS", "MemoryUtilization", of...))
	}
	var all []any
	if p.ContainerInsights {
		all = append(all, p.graph("Tasks, desired and running", "Average", tasks))
	}
	if l := p.LateRuns; l != nil {
		all = append(all, p.graph("Flow runs, late and running", "Maximum",
			seriesOf(l.Namespace, []string{settings.LateRunsMetric, settings.RunningRunsMetric}, settings.WorkPoolDimension, p.WorkPools)))
	}
	all = append(all, p.graph("CPU, percent", "Average", cpu), p.graph("Memory, percent", "Average", memory),
		p.graph("Log lines", "Sum", []any{series("AWS/Logs", "IncomingLogEvents", "LogGroupName", p.LogGroup)}))
	if nats := seriesOf("AWS/NATGateway", []string{"ErrorPortAllocation", "BytesOutToDestination"}, "NatGatewayId", p.NATGatewayIDs); nats != nil {
		all = append(all, p.graph("NAT gateways, connections without a port and bytes out", "Sum", nats))
	}
	if queues := seriesOf("AWS/SQS", []string{"ApproximateNumberOfMessagesVisible"}, "QueueName", p.QueueNames); queues != nil {
		all = append(all, p.graph("Messages waiting", "Maximum", queues))
	}
	return append(all, map[string]any{
		"type": "log", "width": 24, "height": 6,
		"properties": map[string]any{"title": "Errors", "region": p.Region, "view": "table", "query": "SOURCE '" + p.LogGroup + "' | " + errorsQuery},
	})
}

func (p DashboardProps) graph(title, statistic string, metrics []any) map[string]any {
	return map[string]any{
		"type": "metric", "width": 12, "height": 6,
		"properties": map[string]any{"title": title, "region": p.Region, "view": "timeSeries", "stat": statistic, "period": 60, "metrics": metrics},
	}
}

func series(namespace, metric string, dimensions ...any) []any {
	return append([]any{namespace, metric}, dimensions...)
}

func seriesOf(namespace string, metrics []string, dimension string, values []string) []any {
	var all []any
	for _, value := range values {
		for _, metric := range metrics {
			all = append(all, series(namespace, metric, dimension, value))
		}
	}
	return all
}

// SavedQueriesProps are the settings of saved queries.
type SavedQueriesProps struct {
	NamePrefix string // required: the folder in which the console shows them
	LogGroup   string // required: name
}

// What Prefect logs: time | level | logger - message.
const (
	errorsQuery   = `fields @timestamp, @message, @logStream | filter @message like /\| (ERROR|CRITICAL) +\|/ | sort @timestamp desc | limit 200`
	flowRunsQuery = `fields @timestamp, @message, @logStream | filter @message like /submitting flow run|submitted to infrastructure|Failed to submit|Aborted submission/ | sort @timestamp desc | limit 200`
	startsQuery   = `fields @timestamp, @message, @logStream | filter @message like /Worker .* started!/ | sort @timestamp desc | limit 200`
)

// NewSavedQueries saves queries of a worker's log group for Logs Insights.
func NewSavedQueries(scope constructs.Construct, id string, p SavedQueriesProps) {
	g := newGroup(scope, "NewSavedQueries", id)
	g.require(prop{"NamePrefix", p.NamePrefix, "the folder in which the console shows the queries"}, prop{"LogGroup", p.LogGroup, "the name of the log group"})
	for _, q := range []struct{ name, title, query string }{
		{"errors", "errors", errorsQuery},
		{"flow_runs", "flow runs submitted", flowRunsQuery},
		{"starts", "worker starts", startsQuery},
	} {
		title := p.NamePrefix + "/" + q.title
		add(g, "aws_cloudwatch_query_definition."+q.name, cloudwatchquerydefinition.NewCloudwatchQueryDefinition,
			&cloudwatchquerydefinition.CloudwatchQueryDefinitionConfig{
				Name:          &title,
				LogGroupNames: strs([]string{p.LogGroup}),
				QueryString:   &q.query,
			})
	}
}
