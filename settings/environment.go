// Package settings declares every setting once: its key in the environment
// file, type, meaning, default, limits, and what exposes it. It is plain Go
// without CDKTF and YAML. Package config reads files into it, package
// constructs takes its sections whole.
//
// A section is a struct. The rules of one field are in its tags (see [Field]);
// rules that span fields are in the section's Check method. In a section that
// config has resolved every text is a Terraform template: what was text is
// escaped, and what a variable exposes is "${var.x}".
package settings

import "slices"

// Kinds of stack.
const (
	KindWorker        = "worker"         // a Prefect worker on ECS Fargate
	KindStateBackend  = "state-backend"  // the bucket and lock table that hold other stacks' states
	KindGitHubActions = "github-actions" // the roles with which GitHub Actions plans and applies
	KindCrashEvents   = "crash-events"   // the queue of a cluster's task events, for workers that are deployed in other ways
)

// Kinds lists them.
var Kinds = []string{KindWorker, KindStateBackend, KindGitHubActions, KindCrashEvents}

// Environment is one worker stack: network, cluster, secret, roles, task
// definition and service.
type Environment struct {
	// Kind of stack.
	Kind string `yaml:"kind" default:"worker" rule:"oneof worker state-backend github-actions crash-events"`

	// Preset is the base of this file, whose settings it overrides.
	Preset string `yaml:"preset"`

	// Stack is the stack's name. Default: the file's name without .yaml.
	Stack string `yaml:"stack" rule:"stackName"`

	// Region of every resource.
	Region string `yaml:"region" rule:"region" variable:"Region in which all AWS resources are deployed."`

	// NameTag is a common name, used in tags and names.
	NameTag string `yaml:"nameTag" rule:"nameTag" variable:"Common name tag used for all AWS resources."`

	// Partition of the ARNs of AWS's managed policies. Empty: read from the
	// account (data.aws_partition), which also works in China and GovCloud.
	Partition string `yaml:"partition" rule:"oneof aws aws-cn aws-us-gov aws-iso aws-iso-b aws-iso-e aws-iso-f aws-eusc,optional"`

	// Tags are the provider's default_tags: on every resource that accepts
	// tags, in addition to its Name.
	Tags map[string]string `yaml:"tags" keys:"tagKey" rule:"tagValue,optional,max 45" braces:"names"`

	Terraform         Terraform         `yaml:"terraform"`         // Terraform block, state, variables, outputs and addresses.
	Network           Network           `yaml:"network"`           // VPC, subnets and ways out.
	SecurityGroup     SecurityGroup     `yaml:"securityGroup"`     // The workers' security group.
	LogGroup          LogGroup          `yaml:"logGroup"`          // The workers' log group.
	FlowRunLogGroup   *FlowRunLogGroup  `yaml:"flowRunLogGroup"`   // A log group for flow runs only.
	TaskExecutionRole TaskExecutionRole `yaml:"taskExecutionRole"` // The role with which ECS starts tasks.
	Secret            Secret            `yaml:"secret" hide:"yes"` // What the workers authenticate with.
	Repository        *Repository       `yaml:"repository"`        // An ECR repository for flow images.
	Cluster           Cluster           `yaml:"cluster"`           // The ECS cluster.
	ServiceDiscovery  *ServiceDiscovery `yaml:"serviceDiscovery"`  // The worker's name in a private DNS namespace.
	Prefect           Prefect           `yaml:"prefect"`           // Prefect's API and work pool.
	Worker            Worker            `yaml:"worker"`            // Task definition and service.

	// AdditionalWorkers run beside worker in the same cluster, each with its
	// own task definition and service.
	AdditionalWorkers []AdditionalWorker `yaml:"additionalWorkers"`

	IAM         IAM          `yaml:"iam"`         // What all roles have in common.
	TaskRole    *TaskRole    `yaml:"taskRole"`    // The role of workers that start flow runs.
	FlowRunRole *FlowRunRole `yaml:"flowRunRole"` // The role of flow runs.

	// FlowRunCapacityProviderStrategy is where flow runs of workers of type ecs run,
	// including Fargate Spot; the work pools get it with the other values that flow runs
	// need. Empty: what the work pool says, which is on-demand Fargate unless somebody
	// changed it.
	FlowRunCapacityProviderStrategy []CapacityProvider `yaml:"flowRunCapacityProviderStrategy"`

	CrashEvents   *CrashEvents   `yaml:"crashEvents"`   // A queue that tells workers about crashed tasks.
	LateRuns      *LateRuns      `yaml:"lateRuns"`      // Counts flow runs that are late, and those that run.
	SecretChanges *SecretChanges `yaml:"secretChanges"` // Restarts the workers when the secret has a new value.
	Monitoring    *Monitoring    `yaml:"monitoring"`    // Alarms, events, dashboard and saved queries.
}

// NamedWorker is a worker with what it has besides its own settings.
type NamedWorker struct {
	ID       string // "" for the first; prefixes the names of what is made for it
	WorkPool string
	Own      Identity // what it has of its own; the first worker has all
	*Worker
}

// OwnsSecret says whether an additional worker has a secret besides the stack's.
func (w *NamedWorker) OwnsSecret() bool { return w.ID != "" && w.Own.Secret != nil }

// Workers lists the environment's workers, the first one first.
func (e *Environment) Workers() []NamedWorker {
	all := []NamedWorker{{"", e.Prefect.WorkPool, e.Identity(), &e.Worker}}
	for i := range e.AdditionalWorkers {
		a := &e.AdditionalWorkers[i]
		pool := e.Prefect.WorkPool
		if a.WorkPool != "" {
			pool = a.WorkPool
		}
		all = append(all, NamedWorker{a.Name, pool, a.Identity, &a.Worker})
	}
	return all
}

// CountedWorkPools are the pools whose flow runs lateRuns counts: those of workers
// that have the stack's secret, which is what the function reads.
func (e *Environment) CountedWorkPools() []string {
	var all []string
	for _, w := range e.Workers() {
		if !w.OwnsSecret() && !slices.Contains(all, w.WorkPool) {
			all = append(all, w.WorkPool)
		}
	}
	return all
}

// AnyWorker says whether something is so of any worker.
func (e *Environment) AnyWorker(is func(*Worker) bool) bool {
	for _, w := range e.Workers() {
		if is(w.Worker) {
			return true
		}
	}
	return false
}
