package config

import "github.com/prefect-ecs/prefect-ecs-worker/settings"

func (e *Environment) checkMonitoring() {
	m := e.Monitoring
	if m == nil || e.Wrong(&m.NamePrefix) {
		return
	}
	derived := func(field any, name, rule string) {
		if err := settings.Rules[rule].Text(e.Expand(name)); err != nil && !e.Wrong(field) {
			e.Fail(field, "%s", err)
		}
	}
	if m.Events.Any() {
		derived(&m.NamePrefix, m.NamePrefix+"-failed-deployments", "ruleName")
	}
	for _, w := range e.Workers() {
		derived(&m.NamePrefix, m.NamePrefix+"-"+w.ServiceName+"-running-tasks", "alarmName")
	}
	if t := m.Topic; t != nil && t.ExistingTopicARN == "" && t.Name == "" {
		derived(&m.NamePrefix, m.TopicName(), "topicName")
	}
	if m.Alarms.RunningTasks != nil && !e.Cluster.HasInsights() && !e.Wrong(&e.Cluster.ContainerInsights) {
		e.Fail(&m.Alarms.RunningTasks, "needs Container Insights, which has the metrics; set cluster.containerInsights: enhanced, or runningTasks: null")
	}
	if m.Alarms.LateRuns != nil && e.LateRuns == nil {
		e.Fail(&m.Alarms.LateRuns, "needs the section lateRuns, whose function counts them; set lateRuns: {}, or monitoring.alarms.lateRuns: null")
	}
	if m.Alarms.DeadLetters != nil && e.CrashEvents == nil {
		e.Fail(&m.Alarms.DeadLetters, "needs crashEvents, whose queue it watches; set crashEvents: {queueName: \"{nameTag}-ecs-events\"}, or deadLetters: null")
	}
}

func (e *Environment) warnOfMonitoring(warn doubt) {
	m := e.Monitoring
	if m == nil {
		return
	}
	if t := m.Topic; t != nil && t.ExistingTopicARN == "" && len(t.Emails)+len(t.Subscriptions) == 0 {
		warn(&m.Topic, "the alarm topic has no subscribers; add emails or subscriptions")
	}
	if m.Alarms.NoLogLines != nil && e.Worker.Environment[settings.WorkerLogLevelVariable] != "DEBUG" && e.Worker.Environment["PREFECT_LOGGING_LEVEL"] != "DEBUG" {
		warn(&m.Alarms.NoLogLines, "an idle worker logs nothing below DEBUG, so the alarm goes off when no flow runs; set worker.environment.%s: DEBUG, whose heartbeats are lines too", settings.WorkerLogLevelVariable)
	}
}

// makesAlarm says whether an alarm of this name is made by monitoring.
func (e *Environment) makesAlarm(name string) bool {
	if e.Monitoring == nil {
		return false
	}
	prefix, a := e.Expand(e.Monitoring.NamePrefix)+"-", e.Monitoring.Alarms
	made := map[string]*settings.Alarm{
		prefix + "error-lines": a.ErrorLines, prefix + "no-log-lines": a.NoLogLines,
		prefix + "dead-letters": a.DeadLetters, prefix + "nat-port-errors": a.NATPortErrors,
	}
	pools := map[string]bool{}
	for _, w := range e.Workers() {
		service := prefix + w.ServiceName + "-"
		made[service+"running-tasks"], made[service+"cpu"], made[service+"memory"] = a.RunningTasks, a.CPU, a.Memory
		if !pools[w.WorkPool] && e.counts(w.WorkPool) { // the alarm of a pool is named after its first worker
			made[service+"late-runs"] = a.LateRuns
		}
		pools[w.WorkPool] = true
	}
	return made[name] != nil
}
