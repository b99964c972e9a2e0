package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// FlowRunLogGroup is a log group of the flow runs' own: in the workers' group a
// flow that fails looks like a worker in trouble to monitoring.alarms, and a
// flow that runs like a worker that is alive. Without it they share logGroup.
type FlowRunLogGroup struct {
	Name            string `yaml:"name"`            // braces allowed, default /ecs/{cluster.name}/flow-runs
	RetentionInDays int    `yaml:"retentionInDays"` // default 30
	KMSKeyARN       string `yaml:"kmsKeyArn"`       // customer managed key; empty: CloudWatch's own
	NameTag         string `yaml:"nameTag"`         // braces allowed
}

// UnmarshalYAML fills the defaults in where no preset has any.
func (l *FlowRunLogGroup) UnmarshalYAML(node *yaml.Node) error {
	type plain FlowRunLogGroup
	return decodeOver(node, l, FlowRunLogGroup{Name: "/ecs/{cluster.name}/flow-runs", RetentionInDays: 30},
		func(l *FlowRunLogGroup) *plain { return (*plain)(l) })
}

func (e *Environment) checkFlowRunLogGroup(c checker) {
	const path = "flowRunLogGroup."
	l := e.FlowRunLogGroup
	if l == nil {
		return
	}
	c.name(e, path+"name", l.Name, logGroupName)
	if e.Expand(l.Name) == e.Expand(e.LogGroup.Name) {
		c.fail(path+"name", fmt.Errorf("got %q, the name of logGroup; want another, or flowRunLogGroup: null to share it", l.Name))
	}
	checkRetention(c, path+"retentionInDays", l.RetentionInDays)
	c.text(path+"kmsKeyArn", l.KMSKeyARN, orEmpty(kmsKeyARN))
	e.checkRegion(c, path+"kmsKeyArn", l.KMSKeyARN)
	c.name(e, path+"nameTag", l.NameTag, orEmpty(tagValue))
}

// warnOfFlowRunLogGroup: a worker of type process runs flows in its own task.
func (e *Environment) warnOfFlowRunLogGroup(warn func(path, format string, args ...any)) {
	if e.FlowRunLogGroup != nil && !e.anyWorker(func(w *Worker) bool { return w.Type != TypeProcess }) {
		warn("flowRunLogGroup", "nothing writes to it: workers of type process run flows in their own tasks, which log to logGroup; set flowRunLogGroup: null")
	}
}

var logGroupAddresses = []string{"aws_cloudwatch_log_group.flow_runs"}
