package cause_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/review/cause"
)

// twenty are changes of a production file, each of one setting.
const twenty = `preset: production
nameTag: other
tags: {Team: data}
network:
  natGateways: single
  flowLogs: null
logGroup: {retentionInDays: 30}
flowRunLogGroup: {retentionInDays: 60}
secret: {recoveryWindowInDays: 30}
cluster:
  containerInsights: enabled
lateRuns: {inVpc: true}
worker:
  cpu: 1024
  memoryMiB: 2048
  desiredCount: 3
  workQueues: [default]
  environment: {A: b}
  stopTimeoutSeconds: 60
  autoScaling: {maxCapacity: 8}
monitoring:
  savedQueries: false
  topic: {emails: [oncall@example.com]}
  alarms: {natPortErrors: null}
`

func BenchmarkCauses(b *testing.B) {
	for _, n := range []int{1, 5, 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			after := twenty
			switch n {
			case 1:
				after = strings.Join(strings.Split(twenty, "\n")[:2], "\n")
			case 5:
				after = strings.Join(strings.Split(twenty, "\n")[:7], "\n")
			}
			made, asked := 0, 0
			for b.Loop() {
				c, err := cause.Compare(cause.Version{Files: files(map[string]string{"e.yaml": prod})}, cause.Version{Files: files(map[string]string{"e.yaml": after})}, cause.Options{Stack: "e"})
				if err != nil {
					b.Fatal(err)
				}
				for address, paths := range c.Differences() {
					for _, path := range paths {
						c.Of(address, path)
						asked++
					}
				}
				made += c.Synthesized()
			}
			b.ReportMetric(float64(made)/float64(b.N), "syntheses/op")
			b.ReportMetric(float64(asked)/float64(b.N), "attributes/op")
		})
	}
}
