package config

import (
	"fmt"
	"slices"
)

// Cluster is the ECS cluster.
type Cluster struct {
	Name    string `yaml:"name"`
	NameTag string `yaml:"nameTag"` // braces allowed

	// ContainerInsights is enhanced, enabled or disabled; empty: the account's
	// default.
	ContainerInsights string `yaml:"containerInsights"`
}

func (e *Environment) checkCluster(c checker) {
	c.name(e, "cluster.nameTag", e.Cluster.NameTag, orEmpty(tagValue))
	if e.Cluster.ContainerInsights != "" {
		c.choice("cluster.containerInsights", e.Cluster.ContainerInsights, "enhanced", "enabled", "disabled")
	}
}

// HasInsights says whether the cluster has the metrics of Container Insights.
func (k Cluster) HasInsights() bool {
	return k.ContainerInsights == "enhanced" || k.ContainerInsights == "enabled"
}

// LogGroup is the worker's CloudWatch log group.
type LogGroup struct {
	Name            string `yaml:"name"` // braces allowed
	RetentionInDays int    `yaml:"retentionInDays"`
	NameTag         string `yaml:"nameTag"` // braces allowed
}

func (e *Environment) checkLogGroup(c checker) {
	c.name(e, "logGroup.name", e.LogGroup.Name, logGroupName)
	c.name(e, "logGroup.nameTag", e.LogGroup.NameTag, orEmpty(tagValue))
	if !slices.Contains(LogRetentionInDays, e.LogGroup.RetentionInDays) {
		c.fail("logGroup.retentionInDays", fmt.Errorf("got %d, want one of %v (0 keeps logs for ever)", e.LogGroup.RetentionInDays, LogRetentionInDays))
	}
}

// LogRetentionInDays are the values CloudWatch Logs takes; 0 keeps for ever.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var LogRetentionInDays = []int{0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// ServiceDiscovery is the worker's name in a private DNS namespace.
type ServiceDiscovery struct {
	Namespace   string `yaml:"namespace"`
	Description string `yaml:"description"`
	Service     string `yaml:"service"`
	TTLSeconds  int    `yaml:"ttlSeconds"` // of the A records

	// HealthCheckFailureThreshold of the custom health check; 0: none.
	HealthCheckFailureThreshold int `yaml:"healthCheckFailureThreshold"`
}

func (e *Environment) checkServiceDiscovery(c checker) {
	if d := e.ServiceDiscovery; d != nil {
		c.text("serviceDiscovery.namespace", d.Namespace, dnsName)
		c.text("serviceDiscovery.service", d.Service, dnsName)
		c.number("serviceDiscovery.ttlSeconds", d.TTLSeconds, 0, 2147483647)
		c.number("serviceDiscovery.healthCheckFailureThreshold", d.HealthCheckFailureThreshold, 0, 10)
	}
}

var clusterAddresses []string
