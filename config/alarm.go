package config

import "fmt"

// Alarms are CloudWatch alarms; an alarm that is named with {} has the
// defaults. docs/monitoring.md says what each means and what to do.
type Alarms struct {
	RunningTasks  *Alarm `yaml:"runningTasks"`  // desired minus running tasks of a service; needs cluster.containerInsights
	CPU           *Alarm `yaml:"cpu"`           // percent of what a service's tasks have, on average
	Memory        *Alarm `yaml:"memory"`        // the same of memory
	ErrorLines    *Alarm `yaml:"errorLines"`    // log lines that errorFilterPattern finds
	NoLogLines    *Alarm `yaml:"noLogLines"`    // fewer log lines than the threshold
	DeadLetters   *Alarm `yaml:"deadLetters"`   // crash events nobody could read; needs crashEvents
	NATPortErrors *Alarm `yaml:"natPortErrors"` // connections a NAT gateway had no port for; left out where there is none

	// ErrorFilterPattern is CloudWatch Logs' syntax. Default ?ERROR ?CRITICAL:
	// lines with either word, as Prefect writes its levels.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
	ErrorFilterPattern string `yaml:"errorFilterPattern"`
}

// makesAlarm says whether an alarm of this name is made by monitoring.
func (e *Environment) makesAlarm(name string) bool {
	if e.Monitoring == nil {
		return false
	}
	prefix, a := e.Expand(e.Monitoring.NamePrefix)+"-", e.Monitoring.Alarms
	made := map[string]*Alarm{
		prefix + "error-lines": a.ErrorLines, prefix + "no-log-lines": a.NoLogLines,
		prefix + "dead-letters": a.DeadLetters, prefix + "nat-port-errors": a.NATPortErrors,
	}
	for _, v := range e.Views() {
		service := prefix + v.Worker.ServiceName + "-"
		made[service+"running-tasks"], made[service+"cpu"], made[service+"memory"] = a.RunningTasks, a.CPU, a.Memory
	}
	return made[name] != nil
}

// Alarm is when an alarm goes off: when datapointsToAlarm of the last
// evaluationPeriods reach the threshold. A field that is 0 has its default.
type Alarm struct {
	Threshold         int `yaml:"threshold"`
	PeriodSeconds     int `yaml:"periodSeconds"`
	EvaluationPeriods int `yaml:"evaluationPeriods"`
	DatapointsToAlarm int `yaml:"datapointsToAlarm"` // 0: all evaluationPeriods
}

// defaultAlarms: the metrics are one or five minutes apart. Waiting for three
// values keeps a deployment or a burst from waking people.
var defaultAlarms = map[string]Alarm{
	"runningTasks":  {Threshold: 1, PeriodSeconds: 60, EvaluationPeriods: 10},
	"cpu":           {Threshold: 85, PeriodSeconds: 300, EvaluationPeriods: 3},
	"memory":        {Threshold: 85, PeriodSeconds: 300, EvaluationPeriods: 3},
	"errorLines":    {Threshold: 1, PeriodSeconds: 300, EvaluationPeriods: 1},
	"noLogLines":    {Threshold: 1, PeriodSeconds: 900, EvaluationPeriods: 2},
	"deadLetters":   {Threshold: 1, PeriodSeconds: 300, EvaluationPeriods: 1},
	"natPortErrors": {Threshold: 1, PeriodSeconds: 300, EvaluationPeriods: 1},
}

// byName lists the alarms by their keys.
func (a *Alarms) byName() map[string]*Alarm {
	return map[string]*Alarm{
		"runningTasks": a.RunningTasks, "cpu": a.CPU, "memory": a.Memory, "errorLines": a.ErrorLines,
		"noLogLines": a.NoLogLines, "deadLetters": a.DeadLetters, "natPortErrors": a.NATPortErrors,
	}
}

func (a *Alarms) any() bool {
	for _, alarm := range a.byName() {
		if alarm != nil {
			return true
		}
	}
	return false
}

// fill gives every alarm that is named its defaults.
func (a *Alarms) fill() {
	or := func(value *int, fallback int) {
		if *value == 0 {
			*value = fallback
		}
	}
	for name, alarm := range a.byName() {
		if alarm != nil {
			d := defaultAlarms[name]
			or(&alarm.Threshold, d.Threshold)
			or(&alarm.PeriodSeconds, d.PeriodSeconds)
			or(&alarm.EvaluationPeriods, d.EvaluationPeriods)
		}
	}
}

func (a *Alarms) check(c checker, e *Environment) {
	const path = "monitoring.alarms."
	all := a.byName()
	for _, name := range sortedKeys(all) {
		if alarm := all[name]; alarm != nil {
			most := 1000000
			if name == "cpu" || name == "memory" {
				most = 100 // percent
			}
			c.number(path+name+".threshold", alarm.Threshold, 1, most)
			alarm.check(c, path+name)
		}
	}
	if a.ErrorLines != nil {
		c.text(path+"errorFilterPattern", a.ErrorFilterPattern, filterPattern)
	}
	if a.RunningTasks != nil && !e.Cluster.HasInsights() {
		c.fail(path+"runningTasks", fmt.Errorf("got it without Container Insights, which has the metrics; set cluster.containerInsights: enhanced, or runningTasks: null"))
	}
	if a.DeadLetters != nil && e.CrashEvents == nil {
		c.fail(path+"deadLetters", fmt.Errorf("got it without crashEvents, whose queue it watches; set crashEvents: {queueName: \"{nameTag}-ecs-events\"}, or deadLetters: null"))
	}
}

// check keeps to what PutMetricAlarm takes. Periods below a minute are for
// metrics that are published that often, which none of these is.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
func (a *Alarm) check(c checker, path string) {
	if a.PeriodSeconds < 60 || a.PeriodSeconds%60 != 0 || a.PeriodSeconds > 86400 {
		c.fail(path+".periodSeconds", fmt.Errorf("got %d, want a multiple of 60 up to 86400: the metric has one value a minute", a.PeriodSeconds))
		return
	}
	limit := 86400 // a day
	if a.PeriodSeconds >= 3600 {
		limit *= 7
	}
	if a.EvaluationPeriods < 1 || a.EvaluationPeriods > limit/a.PeriodSeconds {
		c.fail(path+".evaluationPeriods", fmt.Errorf("got %d, want 1 to %d for periodSeconds %d", a.EvaluationPeriods, limit/a.PeriodSeconds, a.PeriodSeconds))
		return
	}
	c.number(path+".datapointsToAlarm", a.DatapointsToAlarm, 0, a.EvaluationPeriods)
}
