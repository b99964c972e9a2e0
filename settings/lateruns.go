package settings

// LateRuns is a function that counts, once a minute, the flow runs that should
// have started and have not, and those that run, of each of the stack's work
// pools and of each of their work queues. The metrics LateRuns and RunningRuns
// have the dimensions WorkPool, and WorkPool with WorkQueue. monitoring.alarms.lateRuns
// watches them, and worker.autoScaling.queueDepth scales by them.
type LateRuns struct {
	_ struct{} `makes:"aws_cloudwatch_event_rule.late_runs aws_cloudwatch_event_target.late_runs aws_cloudwatch_log_group.late_runs aws_iam_role.late_runs aws_iam_role_policy.late_runs_policy aws_lambda_function.late_runs aws_lambda_function_event_invoke_config.late_runs aws_lambda_permission.late_runs"`

	// FunctionName is the name of the Lambda function, and of the rule that
	// invokes it; its log group is /aws/lambda/<functionName>, with logGroup's
	// retention and key.
	FunctionName string `yaml:"functionName" default:"{nameTag}-late-runs" rule:"functionName" braces:"names"`

	RoleName string `yaml:"roleName" default:"{nameTag}-late-runs" rule:"roleName" braces:"names"` // Of the role with which it runs.
	NameTag  string `yaml:"nameTag" rule:"tagValue,optional" braces:"names"`                       // Name tag.

	// Namespace of the metrics. The default separates stacks whose work pools
	// have the same name.
	Namespace string `yaml:"namespace" default:"Prefect/{stack}" rule:"metricNamespace" braces:"names"`

	// InVPC runs the function in the private subnets, with the workers'
	// security group: for a Prefect server inside the network.
	InVPC bool `yaml:"inVpc"`
}

// The metrics of LateRuns, and their dimensions.
const (
	LateRunsMetric     = "LateRuns"
	RunningRunsMetric  = "RunningRuns"
	WorkPoolDimension  = "WorkPool"
	WorkQueueDimension = "WorkQueue"
)
