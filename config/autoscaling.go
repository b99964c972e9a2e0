package config

import (
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// AutoScaling lets AWS Application Auto Scaling change the number of a
// worker's tasks. Terraform then sets desiredCount once, when it makes the
// service.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
type AutoScaling struct {
	MinCapacity int `yaml:"minCapacity"`
	MaxCapacity int `yaml:"maxCapacity"`

	CPUTargetPercent    int         `yaml:"cpuTargetPercent"`    // average of the service's tasks, 1 to 100; 0: not tracked
	MemoryTargetPercent int         `yaml:"memoryTargetPercent"` // the same of memory
	QueueDepth          *QueueDepth `yaml:"queueDepth"`

	ScaleInCooldownSeconds  int `yaml:"scaleInCooldownSeconds"`  // default 300
	ScaleOutCooldownSeconds int `yaml:"scaleOutCooldownSeconds"` // default 60

	ScheduledActions []ScheduledAction `yaml:"scheduledActions"`
}

// QueueDepth is a metric of waiting work that you publish, tracked per running
// task. docs/autoscaling.md has a publisher for a work pool's late runs.
type QueueDepth struct {
	Namespace   string            `yaml:"namespace"`
	MetricName  string            `yaml:"metricName"`
	Dimensions  map[string]string `yaml:"dimensions"`  // braces allowed in the values
	Statistic   string            `yaml:"statistic"`   // Average (default), Maximum, Minimum, Sum or SampleCount
	TargetValue int               `yaml:"targetValue"` // waiting work for each running task
}

// ScheduledAction changes the limits at a time. A limit without a value stays
// as it is.
type ScheduledAction struct {
	Name        string `yaml:"name"`
	Schedule    string `yaml:"schedule"` // cron(0 7 ? * MON-FRI *), at(2027-01-31T07:00:00) or rate(12 hours)
	Timezone    string `yaml:"timezone"` // of cron and at, such as Europe/Berlin; empty: UTC
	MinCapacity *int   `yaml:"minCapacity"`
	MaxCapacity *int   `yaml:"maxCapacity"`
}

// UnmarshalYAML fills in the defaults where neither the file nor its preset
// says anything.
func (a *AutoScaling) UnmarshalYAML(node *yaml.Node) error {
	if reflect.ValueOf(*a).IsZero() {
		a.ScaleInCooldownSeconds, a.ScaleOutCooldownSeconds = 300, 60
	}
	type plain AutoScaling
	if err := node.Decode((*plain)(a)); err != nil {
		return err
	}
	if a.QueueDepth != nil && a.QueueDepth.Statistic == "" {
		a.QueueDepth.Statistic = "Average"
	}
	return nil
}

var autoScalingAddresses = []string{
	"aws_appautoscaling_policy.cpu",
	"aws_appautoscaling_policy.memory",
	"aws_appautoscaling_policy.queue_depth",
	"aws_appautoscaling_scheduled_action.worker",
	"aws_appautoscaling_target.worker",
}

func (a *AutoScaling) check(c checker, path string, w *Worker) {
	c.number(path+".minCapacity", a.MinCapacity, 0, DesiredCountMax)
	c.number(path+".maxCapacity", a.MaxCapacity, 1, DesiredCountMax)
	switch {
	case a.MinCapacity > a.MaxCapacity:
		c.fail(path+".minCapacity", fmt.Errorf("got %d, above maxCapacity %d", a.MinCapacity, a.MaxCapacity))
	case w.DesiredCount < a.MinCapacity || w.DesiredCount > a.MaxCapacity:
		c.fail(path, fmt.Errorf("got desiredCount %d, want it between minCapacity %d and maxCapacity %d: the service starts with it", w.DesiredCount, a.MinCapacity, a.MaxCapacity))
	}
	c.number(path+".cpuTargetPercent", a.CPUTargetPercent, 0, 100)
	c.number(path+".memoryTargetPercent", a.MemoryTargetPercent, 0, 100)
	c.number(path+".scaleInCooldownSeconds", a.ScaleInCooldownSeconds, 0, cooldownMax)
	c.number(path+".scaleOutCooldownSeconds", a.ScaleOutCooldownSeconds, 0, cooldownMax)
	if a.QueueDepth != nil {
		a.QueueDepth.check(c, path+".queueDepth")
	}
	if !a.tracks() && len(a.ScheduledActions) == 0 {
		c.fail(path, fmt.Errorf("got nothing to scale by, want cpuTargetPercent, memoryTargetPercent, queueDepth or scheduledActions"))
	}
	for i, s := range a.ScheduledActions {
		at := fmt.Sprintf("%s.scheduledActions[%d]", path, i)
		s.check(c, at, a)
		if slices.ContainsFunc(a.ScheduledActions[:i], func(other ScheduledAction) bool { return other.Name == s.Name }) {
			c.fail(at+".name", fmt.Errorf("got %q twice", s.Name))
		}
	}
}

// cooldownMax: AWS has no limit; a worker that waits longer than a day does
// not scale.
const cooldownMax = 86400

// tracks says whether a metric changes the number of tasks.
func (a *AutoScaling) tracks() bool {
	return a.CPUTargetPercent > 0 || a.MemoryTargetPercent > 0 || a.QueueDepth != nil
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
var (
	metricNamespace = pattern(`[0-9A-Za-z._/#-][0-9A-Za-z._/#:-]*`, 255, "1 to 255 letters, digits or ._/#:-, not beginning with :")
	metricName      = pattern(`[\x20-\x7e]+`, 255, "1 to 255 ASCII characters")
	dimensionName   = pattern(`[\x21-\x39\x3b-\x7e][\x21-\x7e]*`, 255, "1 to 255 ASCII characters without spaces, not beginning with :")
	dimensionValue  = pattern(`[\x20-\x7e]+`, 1024, "1 to 1024 ASCII characters")
)

func (q *QueueDepth) check(c checker, path string) {
	c.text(path+".namespace", q.Namespace, metricNamespace)
	c.text(path+".metricName", q.MetricName, metricName)
	c.choice(path+".statistic", q.Statistic, "Average", "Maximum", "Minimum", "Sum", "SampleCount")
	c.number(path+".targetValue", q.TargetValue, 1, 1000000)
	if len(q.Dimensions) > 30 {
		c.fail(path+".dimensions", fmt.Errorf("got %d, want at most 30", len(q.Dimensions)))
	}
	for _, name := range sortedKeys(q.Dimensions) {
		at := path + ".dimensions." + name
		c.text(at, name, dimensionName)
		c.fail(at, checkBraces(q.Dimensions[name]))
		c.text(at, q.Dimensions[name], dimensionValue)
	}
}

func (s ScheduledAction) check(c checker, path string, a *AutoScaling) {
	c.text(path+".name", s.Name, actionName)
	c.text(path+".schedule", s.Schedule, schedule)
	c.fail(path+".timezone", checkTimezone(s.Schedule, s.Timezone))
	low, high := a.MinCapacity, a.MaxCapacity
	switch {
	case s.MinCapacity == nil && s.MaxCapacity == nil:
		c.fail(path, fmt.Errorf("got neither minCapacity nor maxCapacity, want one or both"))
		return
	case s.MinCapacity != nil && s.MaxCapacity != nil:
		low, high = *s.MinCapacity, *s.MaxCapacity
	case s.MinCapacity != nil:
		low = *s.MinCapacity
	default:
		high = *s.MaxCapacity
	}
	c.number(path+".minCapacity", low, 0, DesiredCountMax)
	c.number(path+".maxCapacity", high, 0, DesiredCountMax)
	if low > high {
		c.fail(path, fmt.Errorf("got minCapacity %d above maxCapacity %d; give both where an action changes one past the other", low, high))
	}
}

// warnings says what AWS does as told although it may not be meant.
func (a *AutoScaling) warnings(path string, w *Worker, warn func(path, format string, args ...any)) {
	if a == nil {
		return
	}
	if w.Type == TypeProcess {
		warn(path, "scaling in stops a task of type process together with the flow runs in it, 120 seconds after SIGTERM at the latest; use type ecs, whose flow runs are tasks of their own, or runs that can be retried")
	}
	if a.MinCapacity == 0 && a.tracks() {
		warn(path+".minCapacity", "got 0: a service without tasks has no CPU, memory or work per task, so target tracking never starts the first one; only a scheduled action does")
	}
}
