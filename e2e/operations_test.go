//go:build e2e

package e2e

import "testing"

// operations scales and watches a worker in every way that the emulator knows.
//
// moto 5.2.5 has no API for saved queries (logs:PutQueryDefinition): they are
// only planned, by TestOperationsPlan.
const operations = localState + `cluster:
  containerInsights: enhanced
worker:
  type: ecs
  desiredCount: 2
  environment:
    PREFECT_LOGGING_LEVEL: DEBUG
  autoScaling:
    minCapacity: 1
    maxCapacity: 10
    cpuTargetPercent: 60
    memoryTargetPercent: 70
    queueDepth:
      namespace: Prefect
      metricName: LateRuns
      dimensions:
        WorkPool: "{prefect.workPool}"
      targetValue: 5
    scheduledActions:
      - {name: morning, schedule: "cron(0 7 ? * MON-FRI *)", timezone: Europe/Berlin, minCapacity: 2}
      - {name: year-end, schedule: "at(2099-12-31T12:00:00)", minCapacity: 5, maxCapacity: 20}
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
    natPortErrors: {}
  events:
    stoppedTasks: true
    failedDeployments: true
    serviceWarnings: true
  dashboard: "{stack}"
`

func TestOperations(t *testing.T) {
	p := newProject(t, map[string]string{"local.yaml": operations})
	s := p.stack("local", withSecret)
	s.apply()
	s.unchanged()
	s.destroy()
}
