package settings

// AutoScaling lets AWS Application Auto Scaling change the number of a worker's tasks.
// Terraform then sets desiredCount once, when it creates the service.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
type AutoScaling struct {
	_ struct{} `perWorker:"aws_appautoscaling_policy.cpu aws_appautoscaling_policy.memory aws_appautoscaling_target.worker"`

	MinCapacity int `yaml:"minCapacity" rule:"range 0 5000"` // The fewest tasks.
	MaxCapacity int `yaml:"maxCapacity" rule:"range 1 5000"` // The most tasks.

	CPUTargetPercent    int         `yaml:"cpuTargetPercent" rule:"range 0 100"`    // Average of the service's tasks; 0: not tracked.
	MemoryTargetPercent int         `yaml:"memoryTargetPercent" rule:"range 0 100"` // The same of memory.
	QueueDepth          *QueueDepth `yaml:"queueDepth"`                             // A metric of waiting work.

	ScaleInCooldownSeconds  int `yaml:"scaleInCooldownSeconds" default:"300" rule:"range 0 86400"` // Between two steps down; 0: none. AWS has no limit; a worker that waits longer than a day does not scale.
	ScaleOutCooldownSeconds int `yaml:"scaleOutCooldownSeconds" default:"60" rule:"range 0 86400"` // Between two steps up; 0: none.

	ScheduledActions []ScheduledAction `yaml:"scheduledActions"` // Change the limits at a time.
}

// QueueDepth is a metric of waiting work, tracked per running task: lateRuns'
// metric of the worker's pool (or of its workQueues, if it has any), or one that
// you publish.
type QueueDepth struct {
	_ struct{} `perWorker:"aws_appautoscaling_policy.queue_depth"`

	Namespace   string            `yaml:"namespace" rule:"metricNamespace,optional"`                                        // Of the metric in CloudWatch; empty, with metricName: lateRuns' own.
	MetricName  string            `yaml:"metricName" rule:"metricName,optional"`                                            // Name of the metric.
	Dimensions  map[string]string `yaml:"dimensions" keys:"dimensionName" rule:"dimensionValue,max 30" braces:"names"`      // The metric's dimensions, all of them.
	Statistic   string            `yaml:"statistic" default:"Average" rule:"oneof Average Maximum Minimum Sum SampleCount"` // How the metric's values of a minute become one.
	TargetValue int               `yaml:"targetValue" rule:"range 1 1000000"`                                               // Waiting work for each running task.
}

// Given says whether the metric is one that you publish.
func (q *QueueDepth) Given() bool { return q.Namespace != "" || q.MetricName != "" }

// Check wants a whole metric, or none.
func (q *QueueDepth) Check(c Checker) {
	switch {
	case q.Given() && q.Namespace == "":
		c.Fail(&q.Namespace, "got metricName without namespace, want both, or neither to scale by lateRuns")
	case q.Given() && q.MetricName == "":
		c.Fail(&q.MetricName, "got namespace without metricName, want both, or neither to scale by lateRuns")
	case !q.Given() && len(q.Dimensions) > 0:
		c.Fail(&q.Dimensions, "got dimensions without namespace and metricName, want all three, or none to scale by lateRuns")
	}
}

// ScheduledAction changes the limits at a given time. A limit without a value
// does not change.
type ScheduledAction struct {
	_ struct{} `perWorker:"aws_appautoscaling_scheduled_action.worker"`

	Name        string `yaml:"name" rule:"actionName"`          // Name of the action.
	Schedule    string `yaml:"schedule" rule:"schedule"`        // cron(0 7 ? * MON-FRI *), at(2027-01-31T07:00:00) or rate(12 hours).
	Timezone    string `yaml:"timezone"`                        // Of cron and at, such as Europe/Berlin; empty: UTC.
	MinCapacity *int   `yaml:"minCapacity" rule:"range 0 5000"` // The fewest tasks from then on.
	MaxCapacity *int   `yaml:"maxCapacity" rule:"range 0 5000"` // The most tasks from then on.
}

// Tracks says whether a metric changes the number of tasks.
func (a *AutoScaling) Tracks() bool {
	return a.CPUTargetPercent > 0 || a.MemoryTargetPercent > 0 || a.QueueDepth != nil
}

// Check wants limits the right way round, and something to scale by.
func (a *AutoScaling) Check(c Checker) {
	if a.MinCapacity > a.MaxCapacity && !c.Wrong(&a.MaxCapacity) {
		c.Fail(&a.MinCapacity, "got %d, above maxCapacity %d", a.MinCapacity, a.MaxCapacity)
	}
	if !a.Tracks() && len(a.ScheduledActions) == 0 && !c.Wrong(&a.CPUTargetPercent) && !c.Wrong(&a.MemoryTargetPercent) {
		c.Fail(a, "got nothing to scale by, want cpuTargetPercent, memoryTargetPercent, queueDepth or scheduledActions")
	}
	seen := map[string]bool{}
	for i := range a.ScheduledActions {
		s := &a.ScheduledActions[i]
		if seen[s.Name] {
			c.Fail(&s.Name, "got %q twice", s.Name)
		}
		seen[s.Name] = true
		s.check(c, a)
	}
}

func (s *ScheduledAction) check(c Checker, a *AutoScaling) {
	if err := checkTimezone(s.Schedule, s.Timezone); err != nil {
		c.Fail(&s.Timezone, "%s", err)
	}
	low, high := a.MinCapacity, a.MaxCapacity
	if s.MinCapacity != nil {
		low = *s.MinCapacity
	}
	if s.MaxCapacity != nil {
		high = *s.MaxCapacity
	}
	switch {
	case s.MinCapacity == nil && s.MaxCapacity == nil:
		c.Fail(s, "got neither minCapacity nor maxCapacity, want one or both")
	case low > high && !c.Wrong(&a.MinCapacity) && !c.Wrong(&s.MinCapacity) && !c.Wrong(&s.MaxCapacity):
		c.Fail(s, "got minCapacity %d above maxCapacity %d; give both where an action changes one past the other", low, high)
	}
}
