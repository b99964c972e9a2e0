package stacks

import (
	"strings"

	awsconstructs "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrrepository"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryservice"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// newWorkerStack makes the stack of an environment.
func newWorkerStack(app cdktf.App, e *config.Resolved) {
	stack := newStack(app, e.Stack, e.Region, e.Terraform.TerraformBlock, e.Tags)
	addBackend(stack, e.Terraform.Backend)
	addVariables(stack, e.Variables)
	addIdentity(stack, e.APIURLChecks)

	scope := constructs.RenamedUnchecked(stack, e.Terraform.ResourceNames)
	w := &wiring{Resolved: e, stack: stack, scope: scope, permissions: map[string][]constructs.AnyResource{}}
	w.addNetwork()
	w.addSecurityGroup()
	w.addLogGroups()
	w.addCluster()
	w.addRepository()
	w.addSecret()
	w.addTaskExecutionRole()
	w.addCrashEvents()
	w.addTaskRoles()
	w.addServiceDiscovery()
	w.addWorkers()
	w.addLateRuns()
	w.addSecretChanges()
	w.addAutoScaling()
	w.addMonitoring()
	w.addOutputs()
}

// addIdentity reads the account, which comes first in each plan: rules on several
// variables, which a validation may not refer to before Terraform 1.9, stand there.
func addIdentity(stack cdktf.TerraformStack, checks []config.Validation) {
	identity := &dataawscalleridentity.DataAwsCallerIdentityConfig{}
	var all []*cdktf.Precondition
	for _, c := range checks {
		all = append(all, &cdktf.Precondition{Condition: c.Condition, ErrorMessage: &c.ErrorMessage})
	}
	if all != nil {
		identity.Lifecycle = &cdktf.TerraformResourceLifecycle{Precondition: &all}
	}
	dataawscalleridentity.NewDataAwsCallerIdentity(stack, jsii.String("current"), identity)
}

// wiring turns an environment into constructs, one step for each section of the
// file, and keeps what the next steps refer to.
type wiring struct {
	*config.Resolved
	stack cdktf.TerraformStack
	scope awsconstructs.Construct // the stack, with the names that its state has

	network         *constructs.Network
	securityGroup   constructs.Resource[securitygroup.SecurityGroup]
	cluster         *constructs.Cluster
	logGroup        constructs.AnyResource
	secret          *constructs.Secret
	flowRunLogGroup constructs.AnyResource // logGroup unless flow runs have their own
	executionRole   constructs.Role
	repository      *constructs.Resource[ecrrepository.EcrRepository]                     // nil without one
	discovery       *constructs.Resource[servicediscoveryservice.ServiceDiscoveryService] // nil without service discovery
	crashEvents     *constructs.CrashEvents                                               // nil without crashEvents
	lateRuns        *constructs.LateRuns                                                  // nil without lateRuns
	workers         []worker                                                              // the first is the documented one

	taskRole    *constructs.Role // of workers of type ecs with permissions least-privilege; else nil
	flowRunRole string           // ARN; "": flow runs have no role

	workPoolJSON string // of workPoolVariables; "": nothing has asked for it yet

	// permissions are what the workers' tasks do their work by, by their role.
	permissions map[string][]constructs.AnyResource
}

// worker is a worker's settings and what was made of them.
type worker struct {
	settings.NamedWorker
	made *constructs.Worker
}

// account is the account as Terraform finds it.
func (w *wiring) account() constructs.Account {
	partition, suffix := constructs.NewPartition(w.stack)
	return constructs.Account{Partition: partition, DNSSuffix: suffix, Region: w.Region, ID: "${data.aws_caller_identity.current.account_id}"}
}

// variableName is the variable that a template refers to, or "".
func variableName(template string) string {
	name, ok := strings.CutPrefix(template, "${var.")
	if !ok {
		return ""
	}
	return strings.TrimSuffix(name, "}")
}
