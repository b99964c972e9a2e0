package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventtarget"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// ServiceEventsProps are the events of services that are sent to a topic.
type ServiceEventsProps struct {
	settings.Events
	NamePrefix   string   // required: begins each rule's name
	TopicARN     string   // required: is told
	ClusterARN   string   // required: of the services' cluster
	ServiceARNs  []string // required: worker.Service.Attr("id") of each
	ServiceNames []string // required: worker.Service.Attr("name") of each
}

// NewServiceEvents creates the EventBridge rules of services in one cluster. A
// person reads what they send: one sentence instead of the event. It creates nothing
// where no event is set.
func NewServiceEvents(scope constructs.Construct, id string, p ServiceEventsProps) {
	g := newGroup(scope, "NewServiceEvents", id)
	if p.Any() {
		g.require(prop{"NamePrefix", p.NamePrefix, "what the rules' names begin with"},
			prop{"TopicARN", p.TopicARN, "the topic that is told"}, prop{"ClusterARN", p.ClusterARN, "the ARN of the cluster"},
			prop{"ServiceARNs", strings.Join(p.ServiceARNs, ""), `worker.Service.Attr("id") of each`},
			prop{"ServiceNames", strings.Join(p.ServiceNames, ""), `worker.Service.Attr("name") of each`})
	}
	fill(g, &p.Events)
	if p.StoppedTasks {
		g.eventRule(p, "stopped_tasks", "Tasks that stopped by themselves", stoppedTasks(p), map[string]string{
			"group": "$.detail.group", "task": "$.resources[0]", "code": "$.detail.stopCode", "reason": "$.detail.stoppedReason",
		}, "Task <task> of <group> stopped: <code>: <reason>")
	}
	if p.FailedDeployments {
		pattern := ecsEvents("ECS Deployment State Change", p.ServiceARNs, map[string]any{"eventName": []string{"SERVICE_DEPLOYMENT_FAILED"}})
		g.eventRule(p, "failed_deployments", "Deployments that failed", pattern, map[string]string{
			"service": "$.resources[0]", "deployment": "$.detail.deploymentId", "reason": "$.detail.reason",
		}, "Deployment <deployment> of <service> failed: <reason>")
	}
	if p.ServiceWarnings {
		pattern := ecsEvents("ECS Service Action", p.ServiceARNs, map[string]any{"eventType": []string{"WARN", "ERROR"}})
		g.eventRule(p, "service_warnings", "Services that ECS cannot run as desired", pattern, map[string]string{
			"service": "$.resources[0]", "event": "$.detail.eventName", "reason": "$.detail.reason",
		}, "Service <service>: <event> <reason>")
	}
}

// stoppedTasks leaves out what scaling, deployments and people stop: by its
// stop code, except for tasks that ECS stopped because their health check
// failed, which have the scheduler's code and a reason that says so.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
func stoppedTasks(p ServiceEventsProps) map[string]any {
	var groups []string
	for _, name := range p.ServiceNames {
		groups = append(groups, "service:"+name)
	}
	return ecsEvents("ECS Task State Change", nil, map[string]any{
		"clusterArn": []string{p.ClusterARN},
		"group":      groups,
		"lastStatus": []string{"STOPPED"},
		"$or": []any{
			map[string]any{"stopCode": p.StopCodes},
			map[string]any{"stoppedReason": []any{map[string]any{"prefix": "Task failed"}}},
		},
	})
}

// ecsEvents is the pattern of ECS's events of one type.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
func ecsEvents(detailType string, resources []string, detail map[string]any) map[string]any {
	pattern := map[string]any{"source": []string{"aws.ecs"}, "detail-type": []string{detailType}, "detail": detail}
	if resources != nil {
		pattern["resources"] = resources
	}
	return pattern
}

func (g group) eventRule(p ServiceEventsProps, name, description string, pattern map[string]any, paths map[string]string, sentence string) {
	rule := add(g, "aws_cloudwatch_event_rule."+name, cloudwatcheventrule.NewCloudwatchEventRule, &cloudwatcheventrule.CloudwatchEventRuleConfig{
		Name:         jsii.String(p.NamePrefix + "-" + strings.ReplaceAll(name, "_", "-")),
		Description:  &description,
		EventPattern: g.json(name+"_pattern", pattern),
	})
	// No role: with one EventBridge does not publish to encrypted topics.
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
	add(g, "aws_cloudwatch_event_target."+name, cloudwatcheventtarget.NewCloudwatchEventTarget, &cloudwatcheventtarget.CloudwatchEventTargetConfig{
		Rule:     jsii.String(rule.Attr("name")),
		TargetId: jsii.String("topic"),
		Arn:      &p.TopicARN,
		InputTransformer: &cloudwatcheventtarget.CloudwatchEventTargetInputTransformer{
			InputPaths: pointers(paths), InputTemplate: jsii.String(`"` + sentence + `"`),
		},
	})
}
