package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingscheduledaction"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/appautoscalingtarget"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// AutoScalingProps are the settings by which AWS changes the number of a
// service's tasks.
type AutoScalingProps struct {
	settings.AutoScaling         // required: MaxCapacity. A cooldown of 0 is none, not the default
	ClusterName          string  // required: cluster.Name
	ServiceName          string  // required: worker.Service.Attr("name")
	Checks               []Check // of the limits, while Terraform plans

	// What QueueDepth tracks where it names no metric: the late flow runs of the
	// worker's queues, or of its whole pool.
	LateRuns   *LateRuns // of NewLateRuns, which counts them
	WorkPool   string    // required with LateRuns: the worker's
	WorkQueues []string  // that the worker polls; none, or more than eight: the whole pool
}

// NewAutoScaling creates the scalable target of a service and what changes it.
// The service must ignore changes of its desired count: give the worker the
// same settings in its section's AutoScaling.
func NewAutoScaling(scope constructs.Construct, id string, p AutoScalingProps) Resource[appautoscalingtarget.AppautoscalingTarget] {
	g := newGroup(scope, "NewAutoScaling", id)
	g.require(prop{"ClusterName", p.ClusterName, "cluster.Name"}, prop{"ServiceName", p.ServiceName, `worker.Service.Attr("name")`},
		prop{"MaxCapacity", given(p.MaxCapacity > 0), "the most tasks"})
	fill(g, &p.AutoScaling)
	depth := p.depthMetrics(g)
	target := g.scalableTarget(p)
	if p.CPUTargetPercent > 0 {
		g.targetTracking("cpu", p, target, utilization("ECSServiceAverageCPUUtilization", p.CPUTargetPercent))
	}
	if p.MemoryTargetPercent > 0 {
		g.targetTracking("memory", p, target, utilization("ECSServiceAverageMemoryUtilization", p.MemoryTargetPercent))
	}
	if p.QueueDepth != nil {
		g.targetTracking("queue_depth", p, target, workPerTask(p, depth))
	}
	if len(p.ScheduledActions) > 0 {
		g.scheduledActions(p.ScheduledActions, target)
	}
	return target
}

func (g group) scalableTarget(p AutoScalingProps) scalableTarget {
	config := &appautoscalingtarget.AppautoscalingTargetConfig{
		ServiceNamespace:  jsii.String("ecs"),
		ScalableDimension: jsii.String("ecs:service:DesiredCount"),
		ResourceId:        jsii.String("service/" + p.ClusterName + "/" + p.ServiceName),
		MinCapacity:       jsii.Number(p.MinCapacity),
		MaxCapacity:       jsii.Number(p.MaxCapacity),
	}
	if len(p.Checks)+len(p.ScheduledActions) > 0 {
		config.Lifecycle = &cdktf.TerraformResourceLifecycle{Precondition: preconditions(p.Checks)}
	}
	if len(p.ScheduledActions) > 0 {
		// A scheduled action changes the limits of the target itself; an apply
		// would set them back until the next one.
		config.Lifecycle.IgnoreChanges = jsii.Strings("min_capacity", "max_capacity")
	}
	return add(g, "aws_appautoscaling_target.worker", appautoscalingtarget.NewAppautoscalingTarget, config)
}

// Long names of the bindings.
type (
	scalableTarget = Resource[appautoscalingtarget.AppautoscalingTarget]
	trackingConfig = appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration
	trackingMetric = appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics
	trackingStat   = appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStat
	trackedMetric  = appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetric
	dimension      = appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetricDimensions
)

func (g group) targetTracking(name string, p AutoScalingProps, target scalableTarget, config *trackingConfig) {
	config.ScaleInCooldown = jsii.Number(p.ScaleInCooldownSeconds)
	config.ScaleOutCooldown = jsii.Number(p.ScaleOutCooldownSeconds)
	add(g, "aws_appautoscaling_policy."+name, appautoscalingpolicy.NewAppautoscalingPolicy, &appautoscalingpolicy.AppautoscalingPolicyConfig{
		Name:                                     &name,
		PolicyType:                               jsii.String("TargetTrackingScaling"),
		ServiceNamespace:                         jsii.String(target.Attr("service_namespace")),
		ScalableDimension:                        jsii.String(target.Attr("scalable_dimension")),
		ResourceId:                               jsii.String(target.Attr("resource_id")),
		TargetTrackingScalingPolicyConfiguration: config,
		Lifecycle:                                madeAnewWith(target),
	})
}

// madeAnewWith replaces what hangs on a scalable target together with it: AWS
// deletes policies and scheduled actions with their target. The id, for the
// resource itself would fire on a change in place, too. Terraform 1.2 or newer.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
// https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#replace_triggered_by
func madeAnewWith(target scalableTarget) *cdktf.TerraformResourceLifecycle {
	return &cdktf.TerraformResourceLifecycle{ReplaceTriggeredBy: &[]any{target.Address + ".id"}}
}

func utilization(metric string, percent int) *trackingConfig {
	return &trackingConfig{
		TargetValue: jsii.Number(percent),
		PredefinedMetricSpecification: &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification{
			PredefinedMetricType: &metric,
		},
	}
}

// maxDepthMetrics: a policy takes ten metrics, of which two are others.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_CustomizedMetricSpecification.html
const maxDepthMetrics = 8

// depthMetrics are what the waiting work is the sum of.
func (p AutoScalingProps) depthMetrics(g group) []metric {
	q := p.QueueDepth
	switch {
	case q == nil:
		return nil
	case q.Given() && (q.Namespace == "" || q.MetricName == ""):
		g.refuse("QueueDepth: got Namespace %q and MetricName %q; pass both, or neither and LateRuns", q.Namespace, q.MetricName)
	case q.Given():
		return []metric{{"depth", q.Namespace, q.MetricName, q.Statistic, q.Dimensions}}
	case p.LateRuns == nil:
		g.refuse("QueueDepth: got no metric; pass LateRuns, or Namespace and MetricName of one that you publish")
	}
	g.require(prop{"WorkPool", p.WorkPool, "the worker's work pool, which LateRuns counts"})
	late := metric{"depth", p.LateRuns.Namespace, settings.LateRunsMetric, q.Statistic, map[string]string{settings.WorkPoolDimension: p.WorkPool}}
	if n := len(p.WorkQueues); n == 0 || n > maxDepthMetrics {
		return []metric{late}
	}
	var all []metric
	for i, queue := range p.WorkQueues {
		of := late
		of.id, of.dimensions = fmt.Sprintf("depth%d", i+1), map[string]string{settings.WorkPoolDimension: p.WorkPool, settings.WorkQueueDimension: queue}
		all = append(all, of)
	}
	return all
}

// workPerTask divides the waiting work by the running tasks: target tracking
// wants a metric that falls when tasks are added. Where a metric has a gap there is
// no result, and AWS neither scales out nor in.
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html
func workPerTask(p AutoScalingProps, depth []metric) *trackingConfig {
	// Each task sends one sample a minute, so their number is that of the running
	// tasks, without Container Insights.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
	tasks := metric{"tasks", "AWS/ECS", "CPUUtilization", "SampleCount", map[string]string{"ClusterName": p.ClusterName, "ServiceName": p.ServiceName}}
	var ids []string
	var metrics []*trackingMetric
	for _, m := range append(depth, tasks) {
		ids = append(ids, m.id)
		of := &trackedMetric{Namespace: &m.namespace, MetricName: &m.name, Dimensions: dimensionBlocks(m.dimensions)}
		metrics = append(metrics, &trackingMetric{Id: &m.id, ReturnData: false, MetricStat: &trackingStat{Stat: &m.statistic, Metric: of}})
	}
	waiting := strings.Join(ids[:len(depth)], " + ")
	if len(depth) > 1 {
		waiting = "(" + waiting + ")"
	}
	return &trackingConfig{
		TargetValue: jsii.Number(p.QueueDepth.TargetValue),
		CustomizedMetricSpecification: &appautoscalingpolicy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification{
			Metrics: append(metrics, &trackingMetric{
				Id: jsii.String("per_task"), Expression: jsii.String(waiting + " / tasks"), Label: jsii.String("Waiting work per running task"), ReturnData: true,
			}),
		},
	}
}

func dimensionBlocks(dimensions map[string]string) []*dimension {
	var blocks []*dimension
	for _, name := range slices.Sorted(maps.Keys(dimensions)) {
		blocks = append(blocks, &dimension{Name: &name, Value: jsii.String(dimensions[name])})
	}
	return blocks
}

// scheduledActions creates one action for each entry of a local, by its name, so
// that the order in which they are written does not matter.
func (g group) scheduledActions(actions []settings.ScheduledAction, target scalableTarget) {
	byName := map[string]any{}
	for _, a := range actions {
		action := map[string]any{"schedule": a.Schedule, "timezone": a.Timezone}
		if a.Timezone == "" {
			action["timezone"] = "UTC"
		}
		if a.MinCapacity != nil {
			action["min_capacity"] = *a.MinCapacity
		}
		if a.MaxCapacity != nil {
			action["max_capacity"] = *a.MaxCapacity
		}
		byName[a.Name] = action
	}
	add(g, "aws_appautoscaling_scheduled_action.worker", appautoscalingscheduledaction.NewAppautoscalingScheduledAction,
		&appautoscalingscheduledaction.AppautoscalingScheduledActionConfig{
			ForEach:           cdktf.TerraformIterator_FromMap(cdktf.Token_AsAnyMap("${"+g.local("scheduled_actions", byName)+"}", nil)),
			Name:              jsii.String("${each.key}"),
			ServiceNamespace:  jsii.String(target.Attr("service_namespace")),
			ScalableDimension: jsii.String(target.Attr("scalable_dimension")),
			ResourceId:        jsii.String(target.Attr("resource_id")),
			Schedule:          jsii.String("${each.value.schedule}"),
			Timezone:          jsii.String("${each.value.timezone}"),
			ScalableTargetAction: &appautoscalingscheduledaction.AppautoscalingScheduledActionScalableTargetAction{
				MinCapacity: jsii.String("${try(each.value.min_capacity, null)}"),
				MaxCapacity: jsii.String("${try(each.value.max_capacity, null)}"),
			},
			Lifecycle: madeAnewWith(target),
		})
}
