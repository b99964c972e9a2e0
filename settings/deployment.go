package settings

// Deployment says how ECS replaces tasks. With it, the task definition's old
// revisions stay registered, for ECS goes back to none that is not; without, an
// apply deregisters the one that it replaces.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
type Deployment struct {
	MinimumHealthyPercent int             `yaml:"minimumHealthyPercent" default:"100" rule:"range 0 100"` // Of desiredCount, rounded up; 0: all tasks may stop at once. In Go, 0 beside another setting is 0, and &Deployment{} has the default.
	MaximumPercent        int             `yaml:"maximumPercent" default:"200" rule:"range 100 200"`      // Of desiredCount, rounded down.
	CircuitBreaker        *CircuitBreaker `yaml:"circuitBreaker"`                                         // Stops a deployment whose tasks do not start.

	// AlarmNames are CloudWatch alarms that must exist; one that fires during
	// a deployment stops it and rolls it back. An additional worker has its own.
	AlarmNames []string `yaml:"alarmNames" rule:"alarmName"`
}

// CircuitBreaker stops a deployment whose tasks do not start.
type CircuitBreaker struct {
	Enable   bool `yaml:"enable"`   // Stop it.
	Rollback bool `yaml:"rollback"` // To the last deployment that worked.
}

// Check finds a breaker that does nothing.
func (b *CircuitBreaker) Check(c Checker) {
	if b.Rollback && !b.Enable {
		c.Fail(&b.Rollback, "got true with enable false, want enable true: a breaker that is off rolls nothing back")
	}
}

// room checks that a deployment may stop or start at least one task; otherwise
// it would wait for ever. With no task there is nothing to replace.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
func (d *Deployment) room(c Checker, setting string, desired int) {
	least, most := (desired*d.MinimumHealthyPercent+99)/100, desired*d.MaximumPercent/100
	if desired != 0 && most <= least {
		c.Fail(d, "got minimumHealthyPercent %d and maximumPercent %d, which with %s %d keep at least %d and at most %d tasks and never let one be replaced; want maximumPercent 200, or minimumHealthyPercent 0",
			d.MinimumHealthyPercent, d.MaximumPercent, setting, desired, least, most)
	}
}
