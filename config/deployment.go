package config

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Deployment says how ECS replaces tasks. A setting left out has the value
// given here.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
type Deployment struct {
	MinimumHealthyPercent int             `yaml:"minimumHealthyPercent"` // 100; of desiredCount, rounded up
	MaximumPercent        int             `yaml:"maximumPercent"`        // 200; of desiredCount, rounded down
	CircuitBreaker        *CircuitBreaker `yaml:"circuitBreaker"`

	// AlarmNames are CloudWatch alarms that must exist; one that fires during
	// a deployment stops it and rolls it back. An additional worker has its own.
	AlarmNames []string `yaml:"alarmNames"`
}

// CircuitBreaker stops a deployment whose tasks do not start.
type CircuitBreaker struct {
	Enable   bool `yaml:"enable"`
	Rollback bool `yaml:"rollback"` // to the last deployment that worked
}

// UnmarshalYAML fills in what is left out.
func (d *Deployment) UnmarshalYAML(node *yaml.Node) error {
	type plain Deployment
	return decodeOver(node, d, Deployment{MinimumHealthyPercent: 100, MaximumPercent: 200}, func(d *Deployment) *plain { return (*plain)(d) })
}

func (d *Deployment) check(c checker, path string, w *Worker) {
	c.number(path+".minimumHealthyPercent", d.MinimumHealthyPercent, 0, 100)
	c.number(path+".maximumPercent", d.MaximumPercent, 100, 200)
	if !c.wrong[path+".minimumHealthyPercent"] && !c.wrong[path+".maximumPercent"] {
		c.fail(path, d.room("desiredCount", w.DesiredCount))
		if a := w.AutoScaling; a != nil {
			c.fail(path, d.room("autoScaling.minCapacity", max(1, a.MinCapacity)))
		}
	}
	if b := d.CircuitBreaker; b != nil && b.Rollback && !b.Enable {
		c.fail(path+".circuitBreaker.rollback", errors.New("got true with enable false, want enable true: a breaker that is off rolls nothing back"))
	}
	for i, name := range d.AlarmNames {
		c.text(fmt.Sprintf("%s.alarmNames[%d]", path, i), name, alarmName)
	}
}

// room checks that a deployment may stop or start at least one task; otherwise
// it would wait for ever. With no task there is nothing to replace.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
func (d *Deployment) room(setting string, desired int) error {
	least, most := (desired*d.MinimumHealthyPercent+99)/100, desired*d.MaximumPercent/100
	if desired == 0 || most > least {
		return nil
	}
	return fmt.Errorf("got minimumHealthyPercent %d and maximumPercent %d, which with %s %d keep at least %d and at most %d tasks and never let one be replaced; want maximumPercent 200, or minimumHealthyPercent 0",
		d.MinimumHealthyPercent, d.MaximumPercent, setting, desired, least, most)
}
