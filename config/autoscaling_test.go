package config

import (
	"fmt"
	"strings"
	"testing"
)

// scaling is an environment whose worker scales; the YAML is added to its
// autoScaling.
func scaling(yaml string) string {
	return "preset: readme\nworker:\n  autoScaling:\n    minCapacity: 1\n    maxCapacity: 4\n" + yaml
}

func TestAutoScaling(t *testing.T) {
	const action = "    scheduledActions:\n      - {name: a, minCapacity: 2, schedule: %s}\n"
	wrong := func(schedule, want string) (string, string, string) {
		return "rejects " + schedule, scaling(fmt.Sprintf(action, `"`+schedule+`"`)), "dev.yaml:7: worker.autoScaling.scheduledActions[0].schedule: got \"" + schedule + `"` + want
	}
	right := func(schedule string) (string, string, string) {
		return "takes " + schedule, scaling(fmt.Sprintf(action, `"`+schedule+`"`)), ""
	}
	row := func(name, text, want string) struct{ name, text, want string } {
		return struct{ name, text, want string }{name, text, want}
	}
	const fields = " fields, want 6: minute hour day month weekday year, e.g. cron(0 7 ? * MON-FRI *)"
	for _, tt := range []struct{ name, text, want string }{
		{"takes a CPU target", scaling("    cpuTargetPercent: 60\n"), ""},
		{"rejects nothing to scale by", scaling(""), "dev.yaml:3: worker.autoScaling: got nothing to scale by, want cpuTargetPercent, memoryTargetPercent, queueDepth or scheduledActions"},
		{"rejects limits the wrong way round", "preset: readme\nworker:\n  autoScaling: {minCapacity: 5, maxCapacity: 4, cpuTargetPercent: 60}\n",
			"dev.yaml:3: worker.autoScaling.minCapacity: got 5, above maxCapacity 4"},
		{"rejects a desired count below the limits", "preset: readme\nworker:\n  autoScaling: {minCapacity: 2, maxCapacity: 4, cpuTargetPercent: 60}\n",
			"dev.yaml:3: worker.autoScaling: got desiredCount 1, want it between minCapacity 2 and maxCapacity 4: the service starts with it"},
		{"rejects a desired count above the limits", scaling("    cpuTargetPercent: 60\n  desiredCount: 5\n"),
			"dev.yaml:3: worker.autoScaling: got desiredCount 5, want it between minCapacity 1 and maxCapacity 4: the service starts with it"},
		{"rejects no capacity", "preset: readme\nworker:\n  desiredCount: 0\n  autoScaling: {cpuTargetPercent: 60}\n", "dev.yaml:4: worker.autoScaling.maxCapacity: missing, want 1 to 5000"},
		{"rejects more than all of the CPU", scaling("    cpuTargetPercent: 101\n"), "dev.yaml:6: worker.autoScaling.cpuTargetPercent: got 101, want 0 to 100"},
		{"rejects more than all of the memory", scaling("    memoryTargetPercent: -1\n    cpuTargetPercent: 50\n"), "dev.yaml:6: worker.autoScaling.memoryTargetPercent: got -1, want 0 to 100"},
		{"rejects a cooldown of days", scaling("    cpuTargetPercent: 60\n    scaleInCooldownSeconds: 90000\n"), "dev.yaml:7: worker.autoScaling.scaleInCooldownSeconds: got 90000, want 0 to 86400"},
		{"rejects a queue without a metric", scaling("    queueDepth:\n      targetValue: 5\n"),
			"dev.yaml:6: worker.autoScaling.queueDepth: got no metric, want lateRuns: {}, whose metric is then used, or namespace and metricName of one that you publish"},
		{"takes the metric of lateRuns", scaling("    queueDepth: {targetValue: 5}\nlateRuns: {}\n"), ""},
		{"rejects a metric without a namespace", scaling("    queueDepth: {metricName: LateRuns, targetValue: 5}\n"),
			"dev.yaml:6: worker.autoScaling.queueDepth.namespace: got metricName without namespace, want both, or neither to scale by lateRuns"},
		{"rejects a metric without a name", scaling("    queueDepth: {namespace: Prefect, targetValue: 5}\n"),
			"dev.yaml:6: worker.autoScaling.queueDepth.metricName: got namespace without metricName, want both, or neither to scale by lateRuns"},
		{"rejects dimensions of no metric", scaling("    queueDepth: {dimensions: {WorkPool: etl}, targetValue: 5}\nlateRuns: {}\n"),
			"dev.yaml:6: worker.autoScaling.queueDepth.dimensions: got dimensions without namespace and metricName, want all three, or none to scale by lateRuns"},
		{"rejects a queue without a target", scaling("    queueDepth: {namespace: Prefect, metricName: LateRuns}\n"), "dev.yaml:6: worker.autoScaling.queueDepth.targetValue: missing, want 1 to 1000000"},
		{"rejects a percentile", scaling("    queueDepth: {namespace: Prefect, metricName: LateRuns, statistic: p90, targetValue: 5}\n"),
			`dev.yaml:6: worker.autoScaling.queueDepth.statistic: got "p90", want one of: Average, Maximum, Minimum, Sum, SampleCount`},
		{"rejects braces around nothing known in a dimension", scaling("    queueDepth: {namespace: Prefect, metricName: LateRuns, targetValue: 5, dimensions: {WorkPool: \"{pool}\"}}\n"),
			`dev.yaml:6: worker.autoScaling.queueDepth.dimensions.WorkPool: braces in "{pool}": got "pool", want one of: cluster.name, nameTag, prefect.workPool, region, stack`},
		{"rejects an action that changes nothing", scaling("    scheduledActions:\n      - {name: a, schedule: rate(1 day)}\n"),
			"dev.yaml:7: worker.autoScaling.scheduledActions[0]: got neither minCapacity nor maxCapacity, want one or both"},
		{"rejects an action past the other limit", scaling("    scheduledActions:\n      - {name: a, schedule: rate(1 day), minCapacity: 5}\n"),
			"dev.yaml:7: worker.autoScaling.scheduledActions[0]: got minCapacity 5 above maxCapacity 4; give both where an action changes one past the other"},
		{"rejects one action's name twice", scaling("    scheduledActions:\n      - {name: a, schedule: rate(1 day), minCapacity: 2}\n      - {name: a, schedule: rate(2 days), minCapacity: 1}\n"),
			`dev.yaml:8: worker.autoScaling.scheduledActions[1].name: got "a" twice`},
		{"rejects an action's name with a colon", scaling("    scheduledActions:\n      - {name: \"a:b\", schedule: rate(1 day), minCapacity: 2}\n"),
			`dev.yaml:7: worker.autoScaling.scheduledActions[0].name: got "a:b", want 1 to 256 characters without : / |, and without spaces at the ends`},
		{"rejects an invalid zone", scaling("    scheduledActions:\n      - {name: a, schedule: \"at(2027-01-31T07:00:00)\", timezone: Berlin, minCapacity: 2}\n"),
			`dev.yaml:7: worker.autoScaling.scheduledActions[0].timezone: got "Berlin", want an IANA time zone such as Europe/Berlin`},
		{"rejects a zone for a rate", scaling("    scheduledActions:\n      - {name: a, schedule: rate(1 day), timezone: Europe/Berlin, minCapacity: 2}\n"),
			`dev.yaml:7: worker.autoScaling.scheduledActions[0].timezone: got "Europe/Berlin" for a rate, which has no time of day; remove it`},
		row(right("cron(0 7 ? * MON-FRI *)")), row(right("cron(*/15 8-18 1,15 * ? 2027-2030)")), row(right("cron(0 12 L * ? *)")),
		row(right("cron(0 12 ? JAN-MAR FRI#2 *)")), row(right("cron(0 12 15W * ? *)")), row(right("cron(0 22-2 ? * FRI-MON *)")),
		row(right("at(2027-01-31T07:00:00)")), row(right("rate(1 minute)")), row(right("rate(12 hours)")),
		row(wrong("0 7 * * *", ", want cron(minute hour day month weekday year), at(2027-01-31T07:00:00) or rate(12 hours)")),
		row(wrong("cron(0 7 * * 1-5)", " with 5"+fields)),
		row(wrong("cron(0 7 * * MON *)", ", want ? as the day of month or as the day of week, not in both or neither")),
		row(wrong("cron(0 7 ? * ? *)", ", want ? as the day of month or as the day of week, not in both or neither")),
		row(wrong("cron(60 7 ? * MON *)", `, whose minute is "60", want 0 to 59, *, or a list, range or step of these`)),
		row(wrong("cron(0 7 ? * 0 *)", `, whose day of week is "0", want 1 to 7, *, or a list, range or step of these`)),
		row(wrong("cron(0 7 32 * ? *)", `, whose day of month is "32", want 1 to 31, *, or a list, range or step of these`)),
		row(wrong("cron(0/0 7 1 * ? *)", `, whose minute is "0/0", want 0 to 59, *, or a list, range or step of these`)),
		row(wrong("at(2027-02-30T07:00:00)", ", want a time such as at(2027-01-31T07:00:00), without a zone")),
		row(wrong("at(2027-01-31T07:00:00Z)", ", want a time such as at(2027-01-31T07:00:00), without a zone")),
		row(wrong("rate(1 hours)", ", want a rate such as rate(1 hour) or rate(12 hours), in minutes, hours or days")),
		row(wrong("rate(0 days)", ", want a rate such as rate(1 hour) or rate(12 hours), in minutes, hours or days")),
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestAutoScalingDefaults(t *testing.T) {
	c, err := load(t, map[string]string{
		"a.yaml": scaling("    queueDepth: {namespace: Prefect, metricName: LateRuns, targetValue: 5}\n"),
		"b.yaml": scaling("    cpuTargetPercent: 60\n    scaleInCooldownSeconds: 0\n"),
	})
	if err != "" {
		t.Fatal(err)
	}
	a, b := c.Environments[0].Worker.AutoScaling, c.Environments[1].Worker.AutoScaling
	if a.ScaleInCooldownSeconds != 300 || a.ScaleOutCooldownSeconds != 60 || a.QueueDepth.Statistic != "Average" {
		t.Errorf("got %+v, want cooldowns of 300 and 60 seconds and Average", a)
	}
	if b.ScaleInCooldownSeconds != 0 || b.ScaleOutCooldownSeconds != 60 {
		t.Errorf("got %+v, want cooldowns of 0, as given, and 60 seconds", b)
	}
}

// warnings of one environment, without the presets' own.
func warnings(t *testing.T, yaml string) string {
	t.Helper()
	c, err := load(t, map[string]string{"dev.yaml": "preset: design\n" + yaml})
	if err != "" {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warningsOf(c) {
		if !strings.Contains(w, "worker.image") && !strings.Contains(w, "worker.permissions") {
			got = append(got, w)
		}
	}
	return strings.Join(got, "\n")
}

func TestAutoScalingWarnings(t *testing.T) {
	got := warnings(t, "worker:\n  type: process\n  autoScaling: {minCapacity: 0, maxCapacity: 4, cpuTargetPercent: 60}\n")
	want := `dev.yaml:4: worker.autoScaling: scaling in stops a task of type process together with the flow runs in it, 120 seconds after SIGTERM at the latest; use type ecs, whose flow runs are separate tasks, or runs that can be retried
dev.yaml:4: worker.autoScaling.minCapacity: got 0: a service without tasks has no CPU, memory or work per task, so target tracking never starts the first one; only a scheduled action does`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
