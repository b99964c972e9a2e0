// Package config reads environments: one YAML file is one stack. It is plain
// Go without CDKTF, so that every rule is checked before a construct exists.
//
// An environment names a preset as its base and overrides what differs. The
// schema is strict: unknown keys, wrong types and values that AWS or Prefect
// would refuse are reported together, each with file, line and setting.
package config

// Kinds of stack.
const (
	KindWorker        = "worker"         // a Prefect worker on ECS Fargate
	KindStateBackend  = "state-backend"  // the bucket and lock table that hold other stacks' states
	KindGitHubActions = "github-actions" // the roles with which GitHub Actions plans and applies
)

// Environment is one worker stack: network, cluster, secret, roles, task
// definition and service.
//
// Settings of type string in which braces are said to be allowed may refer to
// other settings: "{nameTag}-sg". See [Expand].
type Environment struct {
	Kind    string `yaml:"kind"`    // worker (default), state-backend or github-actions
	Preset  string `yaml:"preset"`  // base of this file: readme, design or production
	Stack   string `yaml:"stack"`   // stack name; default: the file's name without .yaml
	Region  string `yaml:"region"`  // AWS region of every resource
	NameTag string `yaml:"nameTag"` // common name, used in tags and names

	// Partition is the ARN partition in managed policy ARNs. Empty: read from
	// the account (data.aws_partition), which also works in China and GovCloud.
	Partition string `yaml:"partition"`

	// Tags are the provider's default_tags: on every resource that takes tags,
	// besides its Name; braces allowed.
	Tags map[string]string `yaml:"tags"`

	Terraform         Terraform         `yaml:"terraform"`
	Network           Network           `yaml:"network"`
	SecurityGroup     SecurityGroup     `yaml:"securityGroup"`
	LogGroup          LogGroup          `yaml:"logGroup"`
	FlowRunLogGroup   *FlowRunLogGroup  `yaml:"flowRunLogGroup"`
	TaskExecutionRole TaskExecutionRole `yaml:"taskExecutionRole"`
	Secret            Secret            `yaml:"secret"`
	Repository        *Repository       `yaml:"repository"`
	Cluster           Cluster           `yaml:"cluster"`
	ServiceDiscovery  *ServiceDiscovery `yaml:"serviceDiscovery"`
	Prefect           Prefect           `yaml:"prefect"`
	Worker            Worker            `yaml:"worker"`

	// AdditionalWorkers run beside Worker in the same cluster, each with a task
	// definition and a service of its own.
	AdditionalWorkers []AdditionalWorker `yaml:"additionalWorkers"`

	IAM         IAM          `yaml:"iam"`
	TaskRole    *TaskRole    `yaml:"taskRole"`
	FlowRunRole *FlowRunRole `yaml:"flowRunRole"`
	CrashEvents *CrashEvents `yaml:"crashEvents"`
	Monitoring  *Monitoring  `yaml:"monitoring"`

	file *file // where the settings stand, for errors
}
