// Package config reads environments: one YAML file is one stack. It is plain
// Go without CDKTF, so that every rule is checked before a construct exists.
//
// An environment names a preset as its base and overrides what differs. The
// schema is strict: unknown keys, wrong types and values that AWS or Prefect
// would refuse are reported together, each with file, line and setting.
package config

// Kinds of stack.
const (
	KindWorker       = "worker"        // a Prefect worker on ECS Fargate
	KindStateBackend = "state-backend" // the bucket and lock table that hold another stack's state
)

// Environment is one worker stack: network, cluster, secret, roles, task
// definition and service.
//
// Settings of type string in which braces are said to be allowed may refer to
// other settings: "{nameTag}-sg". See [Expand].
type Environment struct {
	Kind    string `yaml:"kind"`    // worker (default) or state-backend
	Preset  string `yaml:"preset"`  // base of this file: readme or design
	Stack   string `yaml:"stack"`   // stack name; default: the file's name without .yaml
	Region  string `yaml:"region"`  // AWS region of every resource
	NameTag string `yaml:"nameTag"` // common name, used in tags and names

	// Partition is the ARN partition in managed policy ARNs. Empty: read from
	// the account (data.aws_partition), which also works in China and GovCloud.
	Partition string `yaml:"partition"`

	Terraform         Terraform         `yaml:"terraform"`
	Network           Network           `yaml:"network"`
	SecurityGroup     SecurityGroup     `yaml:"securityGroup"`
	LogGroup          LogGroup          `yaml:"logGroup"`
	TaskExecutionRole TaskExecutionRole `yaml:"taskExecutionRole"`
	Secret            Secret            `yaml:"secret"`
	Repository        *Repository       `yaml:"repository"`
	Cluster           Cluster           `yaml:"cluster"`
	ServiceDiscovery  *ServiceDiscovery `yaml:"serviceDiscovery"`
	Prefect           Prefect           `yaml:"prefect"`
	Worker            Worker            `yaml:"worker"`

	file *file // where the settings stand, for errors
}

// Terraform holds what goes into the terraform block and the contract around
// it: state, variables, outputs and addresses.
type Terraform struct {
	RequiredVersion    string  `yaml:"requiredVersion"`    // version constraint on Terraform
	AWSProviderVersion string  `yaml:"awsProviderVersion"` // version constraint on hashicorp/aws
	Backend            Backend `yaml:"backend"`

	// Variables maps a Terraform variable to the setting it exposes. The
	// setting's value is the variable's default; a setting without a value
	// makes a variable that must be given. An empty string removes a
	// variable of the preset.
	Variables map[string]string `yaml:"variables"`

	// Outputs are the outputs of the stack, of [OutputNames].
	Outputs []string `yaml:"outputs"`

	// ResourceNames renames resources: from the address this app gives
	// (aws_vpc.prefect) to the Terraform name a state already has (main).
	ResourceNames map[string]string `yaml:"resourceNames"`
}

// Backend says where Terraform keeps the state: exactly one of its fields.
type Backend struct {
	S3    *S3Backend    `yaml:"s3"`
	Local *LocalBackend `yaml:"local"`
}

// S3Backend is Terraform's s3 backend.
// https://developer.hashicorp.com/terraform/language/backend/s3
type S3Backend struct {
	Bucket        string `yaml:"bucket"`
	Key           string `yaml:"key"` // braces allowed
	Region        string `yaml:"region"`
	DynamoDBTable string `yaml:"dynamodbTable"` // lock table with the hash key LockID
	Encrypt       bool   `yaml:"encrypt"`
}

// LocalBackend keeps the state in a file.
type LocalBackend struct {
	Path string `yaml:"path"` // relative to the project's folder; braces allowed
}

// Network is the VPC: one public and one private subnet in each availability
// zone, an internet gateway and one NAT gateway.
type Network struct {
	CIDRBlock             string          `yaml:"cidrBlock"`             // of the VPC, /16 to /28
	AvailabilityZoneCount int             `yaml:"availabilityZoneCount"` // 2 to 6
	SubnetNewBits         int             `yaml:"subnetNewBits"`         // bits added to the VPC's prefix, as in cidrsubnet
	PublicSubnetOffset    int             `yaml:"publicSubnetOffset"`    // netnum of the first public subnet, as in cidrsubnet
	PrivateSubnetOffset   int             `yaml:"privateSubnetOffset"`   // netnum of the first private subnet
	EIPDomain             string          `yaml:"eipDomain"`             // domain of the NAT gateway's address: vpc, or empty for the account's default
	NameTags              NetworkNameTags `yaml:"nameTags"`
}

// NetworkNameTags are the Name tags of the network's resources; braces
// allowed, {number} in a subnet's counts from 1.
type NetworkNameTags struct {
	VPC               string `yaml:"vpc"`
	PublicSubnet      string `yaml:"publicSubnet"`
	PrivateSubnet     string `yaml:"privateSubnet"`
	InternetGateway   string `yaml:"internetGateway"`
	PublicRouteTable  string `yaml:"publicRouteTable"`
	PrivateRouteTable string `yaml:"privateRouteTable"`
	EIP               string `yaml:"eip"`
	NATGateway        string `yaml:"natGateway"`
}

// SecurityGroup is the worker's. A worker only polls outbound: it needs no
// ingress.
type SecurityGroup struct {
	Name        string `yaml:"name"`        // braces allowed; empty: Terraform makes one up
	Description string `yaml:"description"` // empty: Terraform's default
	NameTag     string `yaml:"nameTag"`     // braces allowed
	Ingress     []Rule `yaml:"ingress"`
	Egress      []Rule `yaml:"egress"`
}

// Rule is one security group rule.
type Rule struct {
	Protocol   string   `yaml:"protocol"` // tcp, udp, icmp, icmpv6 or -1 for all
	FromPort   int      `yaml:"fromPort"`
	ToPort     int      `yaml:"toPort"`
	CIDRBlocks []string `yaml:"cidrBlocks"`
}

// LogGroup is the worker's CloudWatch log group.
type LogGroup struct {
	Name            string `yaml:"name"` // braces allowed
	RetentionInDays int    `yaml:"retentionInDays"`
	NameTag         string `yaml:"nameTag"` // braces allowed
}

// TaskExecutionRole is the role with which ECS pulls the image, writes logs
// and reads the secret.
type TaskExecutionRole struct {
	Name                    string        `yaml:"name"`                    // braces allowed
	NameTag                 string        `yaml:"nameTag"`                 // braces allowed
	AttachECRReadOnlyPolicy bool          `yaml:"attachEcrReadOnlyPolicy"` // also attach AmazonEC2ContainerRegistryReadOnly
	SecretsPolicy           SecretsPolicy `yaml:"secretsPolicy"`
}

// SecretsPolicy is the inline policy that lets a role use the secret.
type SecretsPolicy struct {
	Name    string   `yaml:"name"`
	Actions []string `yaml:"actions"` // actions of Secrets Manager
}

// Secret is the Prefect API key in Secrets Manager. Its value is never a
// setting: it is a Terraform variable, exposed as secret.value.
type Secret struct {
	Create  bool   `yaml:"create"`  // make the secret; false: use arn
	Name    string `yaml:"name"`    // braces allowed
	NameTag string `yaml:"nameTag"` // braces allowed; empty: no Name tag
	Value   string `yaml:"value"`   // must stay empty; exists to be exposed as a variable
	ARN     string `yaml:"arn"`     // existing secret, arn:…:secret:<name>-<6>, optionally with :json-key:stage:version
}

// Repository is an ECR repository for flow images.
type Repository struct {
	Name        string `yaml:"name"`
	ForceDelete bool   `yaml:"forceDelete"` // delete it with images in it
}

// Cluster is the ECS cluster.
type Cluster struct {
	Name    string `yaml:"name"`
	NameTag string `yaml:"nameTag"` // braces allowed
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

// Prefect says which API the worker polls.
type Prefect struct {
	WorkPool string `yaml:"workPool"`

	// APIURL is the API of a self-hosted server, http(s)://host:4200/api.
	// Empty: Prefect Cloud, by account and workspace. Without a value and
	// exposed as a variable: must be given.
	APIURL      *string `yaml:"apiUrl"`
	AccountID   string  `yaml:"accountId"`   // UUID
	WorkspaceID string  `yaml:"workspaceId"` // UUID
}

// Worker is the task definition and the service.
type Worker struct {
	ServiceName           string            `yaml:"serviceName"`
	Family                string            `yaml:"family"`
	ContainerName         string            `yaml:"containerName"`
	Image                 string            `yaml:"image"`
	Type                  string            `yaml:"type"` // prefect worker start --type; empty: the work pool's own
	CPU                   int               `yaml:"cpu"`  // CPU units, 1024 = 1 vCPU
	MemoryMiB             int               `yaml:"memoryMiB"`
	DesiredCount          int               `yaml:"desiredCount"`
	TaskRole              string            `yaml:"taskRole"`    // task-execution-role, or none
	Environment           map[string]string `yaml:"environment"` // besides PREFECT_API_URL; braces allowed
	LogStreamPrefix       string            `yaml:"logStreamPrefix"`
	TaskDefinitionNameTag string            `yaml:"taskDefinitionNameTag"` // braces allowed
	ServiceNameTag        string            `yaml:"serviceNameTag"`        // braces allowed
}

// StateBackend is the stack that holds another stack's state: an S3 bucket and
// a DynamoDB lock table. Both are named by that stack's backend, so that the
// two cannot differ. Its own state is a local file.
type StateBackend struct {
	Kind  string `yaml:"kind"`  // state-backend
	Stack string `yaml:"stack"` // stack name; default: the file's name without .yaml
	Of    string `yaml:"of"`    // the stack whose state is held here

	LocalStatePath string        `yaml:"localStatePath"` // relative to the project's folder; {stack} allowed
	Bucket         StateBucket   `yaml:"bucket"`
	LockTable      LockTable     `yaml:"lockTable"`
	Terraform      TerraformBase `yaml:"terraform"`

	For  S3Backend `yaml:"-"` // the backend of the stack Of; filled when loading
	file *file
}

// TerraformBase holds the version constraints of a stack.
type TerraformBase struct {
	RequiredVersion    string `yaml:"requiredVersion"`
	AWSProviderVersion string `yaml:"awsProviderVersion"`
}

// StateBucket is how the state bucket guards what it holds.
type StateBucket struct {
	PreventDestroy bool `yaml:"preventDestroy"` // terraform refuses to destroy bucket and table
	ForceDestroy   bool `yaml:"forceDestroy"`   // destroy the bucket with states in it

	NoncurrentVersionExpirationDays    int `yaml:"noncurrentVersionExpirationDays"`    // days until an old version may be deleted
	NewerNoncurrentVersions            int `yaml:"newerNoncurrentVersions"`            // old versions kept however old they are, 1 to 100
	AbortIncompleteMultipartUploadDays int `yaml:"abortIncompleteMultipartUploadDays"` // days until a broken upload is removed
}

// LockTable is how the lock table guards itself.
type LockTable struct {
	DeletionProtection bool `yaml:"deletionProtection"`
}
