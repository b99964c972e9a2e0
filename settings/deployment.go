package settings

// Deployment says how ECS replaces tasks. With it, old revisions of the task definition stay
// registered, because ECS can roll back only to those; without it, an apply deregisters the
// one that it replaces.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
type Deployment struct {
	MinimumHealthyPercent int             `yaml:"minimumHealthyPercent" default:"100" rule:"range 0 100"` // Of desiredCount, rounded up; 0: all tasks may stop at once. In Go, 0 beside another setting is 0, and &Deployment{} has the default.
	MaximumPercent        int             `yaml:"maximumPercent" default:"200" rule:"range 100 200"`      // Of desiredCount, rounded down.
	CircuitBreaker        *CircuitBreaker `yaml:"circuitBreaker"`                                         // Stops a deployment whose tasks do not start.

	// Strategy is ROLLING, or BLUE_GREEN, which starts as many new tasks as there are
	// old ones, keeps both for bakeTimeMinutes, and then ends the old ones. Both poll
	// meanwhile. Empty: AWS's default, ROLLING; a service that has been BLUE_GREEN stays
	// so until ROLLING is written. Either needs AWS provider 6.5.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html
	Strategy string `yaml:"strategy" rule:"oneof ROLLING BLUE_GREEN,optional"`

	BakeTimeMinutes *int `yaml:"bakeTimeMinutes" rule:"range 0 1440"` // Of BLUE_GREEN, in which an alarm still rolls back; null: AWS's default.

	// AlarmNames are CloudWatch alarms that must exist; one that fires during
	// a deployment stops it and rolls it back. An additional worker has its own.
	AlarmNames []string `yaml:"alarmNames" rule:"alarmName"`
}

// CircuitBreaker stops a deployment whose tasks do not start.
type CircuitBreaker struct {
	Enable   bool `yaml:"enable"`   // Stop such a deployment.
	Rollback bool `yaml:"rollback"` // Roll back to the last deployment that worked.
}

// Check finds a breaker that does nothing.
func (b *CircuitBreaker) Check(c Checker) {
	if b.Rollback && !b.Enable {
		c.Fail(&b.Rollback, "got true with enable false: a breaker that is off rolls nothing back; set rollback: false, or enable: true")
	}
}

// room checks that a deployment may stop or start at least one task; otherwise it
// would wait forever. With no task there is nothing to replace.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
func (d *Deployment) room(c Checker, setting string, desired int) {
	least, most := (desired*d.MinimumHealthyPercent+99)/100, desired*d.MaximumPercent/100
	if desired != 0 && most <= least {
		c.Fail(d, "got minimumHealthyPercent %d and maximumPercent %d, which with %s %d keep at least %d and at most %d tasks and never let one be replaced; want maximumPercent 200, or minimumHealthyPercent 0",
			d.MinimumHealthyPercent, d.MaximumPercent, setting, desired, least, most)
	}
}

// BlueGreen is the strategy that keeps the old tasks beside the new ones for a while.
const BlueGreen = "BLUE_GREEN"

// The first providers that know a strategy and a rollback; 6.4.0 has the former and
// waits for what never comes.
const (
	StrategyProvider       = "6.5.0"
	SigintRollbackProvider = "6.11.0"
)

// Timeouts are how long an apply waits.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecs_service#timeouts
type Timeouts struct {
	CreateMinutes int `yaml:"createMinutes" rule:"range 1 1440,optional"` // When the service is created; 0: 20.
	UpdateMinutes int `yaml:"updateMinutes" rule:"range 1 1440,optional"` // When the service is changed; with waitForSteadyState, until its tasks run. 0: 20.
	DeleteMinutes int `yaml:"deleteMinutes" rule:"range 1 1440,optional"` // When the service is deleted, until its tasks have stopped; 0: 20.
}

// waitMinutes is how long an apply waits for a deployment.
func (w *Worker) waitMinutes() int {
	if t := w.Timeouts; t != nil && t.UpdateMinutes > 0 {
		return t.UpdateMinutes
	}
	return 20
}

func (w *Worker) checkDeployment(c Checker) {
	if w.SigintRollback && !w.WaitForSteadyState {
		c.Fail(&w.SigintRollback, "got true with waitForSteadyState false, want both: an apply that waits for no deployment rolls none back")
	}
	d := w.Deployment
	if d == nil || d.BakeTimeMinutes == nil || c.Wrong(&d.Strategy) || c.Wrong(&d.BakeTimeMinutes) {
		return
	}
	if d.Strategy != BlueGreen {
		c.Fail(&d.BakeTimeMinutes, "set with strategy %q, want BLUE_GREEN: only that keeps the old tasks for a while", d.Strategy)
	} else if w.WaitForSteadyState && *d.BakeTimeMinutes >= w.waitMinutes() {
		c.Fail(&d.BakeTimeMinutes, "got %d with waitForSteadyState true, want less than the %d minutes that an apply waits for the end of the deployment; raise timeouts.updateMinutes", *d.BakeTimeMinutes, w.waitMinutes())
	}
}
