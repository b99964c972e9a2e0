//go:build e2e

package e2e

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

// operations scales and watches a worker in every way that the emulator knows.
const operations = localState + `cluster:
  containerInsights: enhanced
worker:
  type: ecs
  desiredCount: 2
  environment:
    PREFECT_LOGGING_LOGGERS_PREFECT_WORKERS_LEVEL: DEBUG
  autoScaling:
    minCapacity: 1
    maxCapacity: 10
    cpuTargetPercent: 60
    memoryTargetPercent: 70
    queueDepth:
      targetValue: 5
    scheduledActions:
      - {name: morning, schedule: "cron(0 7 ? * MON-FRI *)", timezone: Europe/Berlin, minCapacity: 2}
      - {name: year-end, schedule: "at(2099-12-31T12:00:00)", minCapacity: 5, maxCapacity: 20}
lateRuns:
  inVpc: true
crashEvents:
  queueName: prefect-ecs-events
monitoring:
  topic:
    emails: [oncall@example.com]
    subscriptions: ["arn:aws:sqs:us-east-1:123456789012:alerts"]
  alarms:
    runningTasks: {}
    cpu: {}
    memory: {}
    errorLines: {}
    noLogLines: {}
    lateRuns: {}
    natPortErrors: {}
    deadLetters: {}
  events:
    stoppedTasks: true
    failedDeployments: true
    serviceWarnings: true
  dashboard: "{stack}"
  savedQueries: true
`

func TestOperations(t *testing.T) {
	p := newProject(t, map[string]string{"local.yaml": operations})
	s := p.stack("local", withSecret)
	s.apply()
	s.unchanged()

	t.Log("what auto scaling decides, Terraform leaves alone")
	s.must(s.exec(s.dir, nil, tools.Python, "-c",
		`import boto3; boto3.client("ecs").update_service(cluster="prefect-cluster", service="dev-worker", desiredCount=7)`))
	s.unchanged()

	t.Log("a target that is created again, as docs/autoscaling.md says, has its policies and scheduled actions again")
	s.must(s.terraform("apply", "-input=false", "-auto-approve", "-replace=aws_appautoscaling_target.worker"))
	s.unchanged()

	t.Log("a variable's desired count is held against the limits")
	over := *s
	over.vars = maps.Clone(s.vars)
	over.vars["desired_count"] = "11"
	out, err := over.terraform("plan", "-input=false")
	want := "desired_count: got 11, want 1 to 10, between minCapacity and maxCapacity of worker.autoScaling"
	if text := unwrapped(out); err == nil || !strings.Contains(text, want) {
		t.Errorf("got %v, want %q in:\n%s", err, want, out)
	}

	t.Log("people hear of what went wrong, and of nothing else")
	const cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/prefect-cluster"
	const service = "arn:aws:ecs:us-east-1:123456789012:service/prefect-cluster/dev-worker"
	got := s.must(s.exec(s.dir, nil, tools.Python, filepath.Join(root, "e2e", "testdata", "events.py"), "prefect-cluster-", cluster, service))
	sentences := `"Task task-1 of service:dev-worker stopped: EssentialContainerExited: Essential container in task exited"
"Task task-1 of service:dev-worker stopped: TaskFailedToStart: CannotPullContainerError: not found"
"Task task-1 of service:dev-worker stopped: ServiceSchedulerInitiated: Task failed container health checks"
"Deployment ecs-svc/1 of ` + service + ` failed: tasks failed to start."
"Service ` + service + `: SERVICE_TASK_START_IMPAIRED RESOURCE:FARGATE"
"Service ` + service + `: SERVICE_TASK_PLACEMENT_FAILURE RESOURCE:FARGATE"
`
	if got != sentences {
		t.Errorf("got:\n%s\nwant:\n%s", got, sentences)
	}
	s.destroyAfterQueues()
}
