package config

import (
	"errors"
	"fmt"
)

// Cluster is the ECS cluster.
type Cluster struct {
	Name     string `yaml:"name"`
	NameTag  string `yaml:"nameTag"`  // braces allowed
	Existing bool   `yaml:"existing"` // use the cluster of this name, and leave its settings and tags alone

	ContainerInsights string   `yaml:"containerInsights"` // disabled, enabled or enhanced; empty: the account's default
	CapacityProviders []string `yaml:"capacityProviders"` // besides those of the workers' strategies, for flow runs: FARGATE, FARGATE_SPOT

	ExecuteCommand *ExecuteCommand `yaml:"executeCommand"` // what ECS Exec encrypts and logs

	// FargateEphemeralStorageKMSKeyARN is the customer managed key of the
	// tasks' disks; empty: AWS's own.
	FargateEphemeralStorageKMSKeyARN string `yaml:"fargateEphemeralStorageKmsKeyArn"`
}

// ExecuteCommand is the cluster's execute command configuration.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
type ExecuteCommand struct {
	Logging   string `yaml:"logging"`   // NONE, DEFAULT (each container's own log), or OVERRIDE (the log group, stream by stream)
	KMSKeyARN string `yaml:"kmsKeyArn"` // encrypts the session; the task role needs kms:Decrypt on it
}

func (e *Environment) checkCluster(c checker) {
	k := e.Cluster
	c.name(e, "cluster.nameTag", k.NameTag, orEmpty(tagValue))
	if k.ContainerInsights != "" {
		c.choice("cluster.containerInsights", k.ContainerInsights, "disabled", "enabled", "enhanced")
	}
	for i, p := range k.CapacityProviders {
		c.choice(fmt.Sprintf("cluster.capacityProviders[%d]", i), p, Fargate, FargateSpot)
	}
	if k.ExecuteCommand != nil {
		c.choice("cluster.executeCommand.logging", k.ExecuteCommand.Logging, "NONE", "DEFAULT", "OVERRIDE")
		c.text("cluster.executeCommand.kmsKeyArn", k.ExecuteCommand.KMSKeyARN, orEmpty(kmsKeyARN))
		e.checkRegion(c, "cluster.executeCommand.kmsKeyArn", k.ExecuteCommand.KMSKeyARN)
	}
	c.text("cluster.fargateEphemeralStorageKmsKeyArn", k.FargateEphemeralStorageKMSKeyARN, orEmpty(kmsKeyARN))
	e.checkRegion(c, "cluster.fargateEphemeralStorageKmsKeyArn", k.FargateEphemeralStorageKMSKeyARN)
	if !k.Existing {
		return
	}
	for _, setting := range []struct {
		path string
		set  bool
	}{
		{"cluster.containerInsights", k.ContainerInsights != ""},
		{"cluster.capacityProviders", len(k.CapacityProviders) > 0},
		{"cluster.executeCommand", k.ExecuteCommand != nil},
		{"cluster.fargateEphemeralStorageKmsKeyArn", k.FargateEphemeralStorageKMSKeyARN != ""},
	} {
		if setting.set {
			c.fail(setting.path, errors.New("set with cluster.existing true, want it where the cluster is made"))
		}
	}
}

// HasInsights says whether the cluster has the metrics of Container Insights.
// Of one that exists only its owner knows.
func (k Cluster) HasInsights() bool {
	return k.Existing || k.ContainerInsights == "enhanced" || k.ContainerInsights == "enabled"
}

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

var clusterAddresses = []string{"aws_ecs_cluster_capacity_providers.prefect"}
