package settings

// Cluster is the ECS cluster.
type Cluster struct {
	_ struct{} `makes:"aws_ecs_cluster.prefect aws_ecs_cluster_capacity_providers.prefect"`

	// Name of the cluster.
	Name string `yaml:"name" rule:"clusterName" variable:"Name of the ECS cluster where the Prefect worker is deployed."`

	NameTag  string `yaml:"nameTag" rule:"tagValue,optional" braces:"names"` // Name tag.
	Existing bool   `yaml:"existing"`                                        // Use the existing cluster of this name, without changing its settings and tags.

	ARN string `yaml:"arn" rule:"clusterARN,optional,region"` // The ARN of an existing cluster, instead of existing and name: the plan fails where it is another account's.

	ContainerInsights string   `yaml:"containerInsights" rule:"oneof disabled enabled enhanced,optional"` // Empty: the account's default.
	CapacityProviders []string `yaml:"capacityProviders" rule:"oneof FARGATE FARGATE_SPOT"`               // In addition to those of the workers' strategies, for flow runs.

	ExecuteCommand *ExecuteCommand `yaml:"executeCommand"` // What ECS Exec encrypts and logs.

	// FargateEphemeralStorageKMSKeyARN is the customer managed key of the
	// tasks' disks; empty: AWS's own.
	FargateEphemeralStorageKMSKeyARN string `yaml:"fargateEphemeralStorageKmsKeyArn" rule:"kmsKeyARN,optional,region"`
}

// ExecuteCommand is the cluster's execute command configuration.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
type ExecuteCommand struct {
	Logging   string `yaml:"logging" rule:"oneof NONE DEFAULT OVERRIDE"` // DEFAULT: each container's own log; OVERRIDE: the log group, stream by stream.
	KMSKeyARN string `yaml:"kmsKeyArn" rule:"kmsKeyARN,optional,region"` // Encrypts the session; the task role needs kms:Decrypt on it.
}

// Makes says whether the stack creates the cluster.
func (k *Cluster) Makes() bool { return !k.Existing && k.ARN == "" }

// Check refuses settings of a cluster that exists.
func (k *Cluster) Check(c Checker) {
	for _, setting := range []struct {
		field any
		set   bool
	}{
		{&k.ContainerInsights, k.ContainerInsights != ""},
		{&k.CapacityProviders, len(k.CapacityProviders) > 0},
		{&k.ExecuteCommand, k.ExecuteCommand != nil},
		{&k.FargateEphemeralStorageKMSKeyARN, k.FargateEphemeralStorageKMSKeyARN != ""},
	} {
		if !k.Makes() && setting.set && c.Own(setting.field) && !c.Wrong(setting.field) {
			c.Fail(setting.field, "set with an existing cluster, want it where the cluster is created")
		}
	}
}

// HasInsights says whether the cluster has the metrics of Container Insights.
// Of one that exists only its owner knows.
func (k *Cluster) HasInsights() bool {
	return !k.Makes() || k.ContainerInsights == "enhanced" || k.ContainerInsights == "enabled"
}
