package settings

// FlowRunLogGroup is a separate log group for flow runs. In the workers' group,
// monitoring.alarms would mistake a failing flow for a failing worker, and a
// running flow for a worker that is alive. Without it they share logGroup.
type FlowRunLogGroup struct {
	_ struct{} `makes:"aws_cloudwatch_log_group.flow_runs"`

	Name            string `yaml:"name" default:"/ecs/{cluster.name}/flow-runs" rule:"logGroupName" braces:"names"` // Name of the group.
	RetentionInDays int    `yaml:"retentionInDays" default:"30" rule:"retention"`                                   // How long logs are kept; 0 keeps them forever.
	KMSKeyARN       string `yaml:"kmsKeyArn" rule:"kmsKeyARN,optional,region"`                                      // Customer managed key; empty: CloudWatch's own.
	NameTag         string `yaml:"nameTag" rule:"tagValue,optional" braces:"names"`                                 // Name tag.
}
