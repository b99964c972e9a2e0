package config

import (
	"errors"
	"fmt"
	"slices"
)

// LogGroup is the workers' CloudWatch log group.
type LogGroup struct {
	Name            string `yaml:"name"` // braces allowed
	RetentionInDays int    `yaml:"retentionInDays"`
	NameTag         string `yaml:"nameTag"`   // braces allowed
	Existing        bool   `yaml:"existing"`  // use the group of this name, and leave its retention and tags alone
	KMSKeyARN       string `yaml:"kmsKeyArn"` // customer managed key; empty: CloudWatch's own
}

func (e *Environment) checkLogGroup(c checker) {
	l := e.LogGroup
	c.name(e, "logGroup.name", l.Name, logGroupName)
	c.name(e, "logGroup.nameTag", l.NameTag, orEmpty(tagValue))
	checkRetention(c, "logGroup.retentionInDays", l.RetentionInDays)
	c.text("logGroup.kmsKeyArn", l.KMSKeyARN, orEmpty(kmsKeyARN))
	e.checkRegion(c, "logGroup.kmsKeyArn", l.KMSKeyARN)
	if l.Existing && l.KMSKeyARN != "" {
		c.fail("logGroup.kmsKeyArn", errors.New("set with existing true, want it where the group is made"))
	}
}

func checkRetention(c checker, path string, days int) {
	if !slices.Contains(LogRetentionInDays, days) {
		c.fail(path, fmt.Errorf("got %d, want one of %v (0 keeps logs for ever)", days, LogRetentionInDays))
	}
}

// LogRetentionInDays are the values CloudWatch Logs takes; 0 keeps for ever.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var LogRetentionInDays = []int{0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
