package stacks

import (
	"strings"

	awsconstructs "github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrrepository"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryservice"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// newWorkerStack creates the stack of an environment.
func newWorkerStack(app cdktf.App, e *config.Resolved) {
	stack := newStack(app, e.Stack, e.Region, e.Terraform.TerraformBlock, e.Tags)
	addBackend(stack, e.Terraform.Backend)
	addVariables(stack, e.Variables)
	addIdentity(stack, e.APIURLChecks)

	scope := constructs.RenamedUnchecked(stack, e.Terraform.ResourceNames)
	w := &wiring{Resolved: e, stack: stack, scope: scope, identities: newIdentities(e.Workers())}
	w.addNetwork()
	w.eachIdentity(w.addSecurityGroup)
	w.addLogGroups()
	w.addCluster()
	w.addRepository()
	w.eachIdentity(w.addSecret)
	w.eachIdentity(w.addTaskExecutionRole)
	w.addCrashEvents()
	w.eachIdentity(w.addTaskRoles)
	w.addServiceDiscovery()
	w.addWorkers()
	w.addLateRuns()
	w.addSecretChanges()
	w.addAutoScaling()
	w.addMonitoring()
	w.addOutputs()
}

// addIdentity reads the account, which comes first in each plan: rules on several
// variables, which a validation may not refer to before Terraform 1.9, are there.
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
	cluster         *constructs.Cluster
	logGroup        constructs.AnyResource
	flowRunLogGroup constructs.AnyResource                                                // logGroup unless flow runs have their own
	repository      *constructs.Resource[ecrrepository.EcrRepository]                     // nil without one
	discovery       *constructs.Resource[servicediscoveryservice.ServiceDiscoveryService] // nil without service discovery
	crashEvents     *constructs.CrashEvents                                               // nil without crashEvents
	lateRuns        *constructs.LateRuns                                                  // nil without lateRuns
	topicARN        string                                                                // "" without monitoring.topic
	identities      []*identity                                                           // of the workers, the first one first
	workers         []worker                                                              // the first is the documented one
}

// worker is a worker's settings and what was made of them.
type worker struct {
	*identity
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
