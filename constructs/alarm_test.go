package constructs_test

import (
	"os"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/filterpattern"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// TestErrorFilter: the alarm for error lines finds the worker's own, and none of
// the flows that it starts, runs and hears of.
func TestErrorFilter(t *testing.T) {
	stack := emptyStack(t)
	constructs.NewLogAlarms(stack, "", constructs.LogAlarmsProps{
		AlarmsProps: constructs.AlarmsProps{Alarms: settings.Alarms{ErrorLines: &settings.Alarm{}}, NamePrefix: "etl"}, LogGroup: "/ecs/etl",
	})
	resources, _ := synthesized(t, stack)
	pattern := resources["aws_cloudwatch_log_metric_filter"]["error_lines"]["pattern"].(string)
	lines, err := os.ReadFile("testdata/worker-lines.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		line = strings.TrimSuffix(line, "\n")
		got, err := filterpattern.Match(pattern, line[2:])
		if want := strings.HasPrefix(line, "! "); err != nil || got != want {
			t.Errorf("found: %t (%v), want %t: %s", got, err, want, line[2:])
		}
	}
}
