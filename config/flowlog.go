package config

import "go.yaml.in/yaml/v3"

// FlowLogs records who talked to whom in the VPC, in a log group of its own.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
type FlowLogs struct {
	TrafficType     string `yaml:"trafficType"`     // ALL (default), ACCEPT or REJECT
	RetentionInDays int    `yaml:"retentionInDays"` // default 30
	KMSKeyARN       string `yaml:"kmsKeyArn"`       // empty: CloudWatch's own encryption; the key must let logs.<region> use it
	LogGroupName    string `yaml:"logGroupName"`    // braces allowed, default /vpc/{nameTag}/flow-logs
	RoleName        string `yaml:"roleName"`        // braces allowed, default {nameTag}-flow-logs
	NameTag         string `yaml:"nameTag"`         // braces allowed, default {nameTag}-flow-logs
}

// UnmarshalYAML fills the defaults in where no preset has any.
func (f *FlowLogs) UnmarshalYAML(node *yaml.Node) error {
	type plain FlowLogs
	return decodeOver(node, f, FlowLogs{
		TrafficType: "ALL", RetentionInDays: 30,
		LogGroupName: "/vpc/{nameTag}/flow-logs", RoleName: "{nameTag}-flow-logs", NameTag: "{nameTag}-flow-logs",
	}, func(f *FlowLogs) *plain { return (*plain)(f) })
}

func (f *FlowLogs) check(c checker, e *Environment) {
	const path = "network.flowLogs."
	c.choice(path+"trafficType", f.TrafficType, "ALL", "ACCEPT", "REJECT")
	checkRetention(c, path+"retentionInDays", f.RetentionInDays)
	c.text(path+"kmsKeyArn", f.KMSKeyARN, orEmpty(kmsKeyARN))
	e.checkRegion(c, path+"kmsKeyArn", f.KMSKeyARN)
	c.name(e, path+"logGroupName", f.LogGroupName, logGroupName)
	c.name(e, path+"roleName", f.RoleName, roleName)
	c.name(e, path+"nameTag", f.NameTag, orEmpty(tagValue))
}
