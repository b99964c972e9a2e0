package stacks

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// newWorker makes the stack of a Prefect worker.
func newWorker(app cdktf.App, e *config.Environment) {
	s := newSettings(e)
	stack := newStack(app, e.Stack, s.text("region", e.Region), e.Terraform.RequiredVersion, e.Terraform.AWSProviderVersion, s.tags())
	addBackend(stack, e)
	addVariables(stack, s)
	dataawscalleridentity.NewDataAwsCallerIdentity(stack, jsii.String("current"), &dataawscalleridentity.DataAwsCallerIdentityConfig{})

	w := &wiring{stack: stack, settings: s, names: constructs.Names(e.Terraform.ResourceNames), workerEnvironment: map[string]string{}, permissions: map[string][]constructs.Resource{}}
	w.addNetwork()
	w.addSecurityGroup()
	w.addLogGroup()
	w.addFlowRunLogGroup()
	w.addCluster()
	w.addRepository()
	w.addSecret()
	w.addTaskExecutionRole()
	w.addCrashEvents()
	w.addTaskRoles()
	w.addServiceDiscovery()
	w.addWorkers()
	w.addAutoScaling()
	w.addMonitoring()
	w.addOutputs()
}

// wiring turns an environment's settings into the constructs' props, one step
// for each section of the file, and keeps what the next steps refer to.
type wiring struct {
	stack cdktf.TerraformStack
	settings
	names constructs.Names

	network         *constructs.Network
	securityGroup   constructs.Resource
	cluster         *constructs.Cluster
	logGroup        constructs.Resource
	secret          *constructs.Secret
	flowRunLogGroup constructs.Resource // logGroup unless flow runs have their own
	executionRole   constructs.Role
	repository      *constructs.Resource // nil without one
	discovery       *constructs.Resource // nil without service discovery

	workers []worker // the first is the documented one

	crashQueue           *constructs.Resource // nil without crashEvents
	crashDeadLetterQueue *constructs.Resource

	receiveCrashEvents []constructs.Statement

	taskRole    *constructs.Role // of workers of type ecs with taskRole least-privilege; else nil
	flowRunRole string           // ARN; "": flow runs have no role

	// permissions are what the workers' tasks do their work by, by their role.
	permissions map[string][]constructs.Resource

	// workerEnvironment is what sections other than worker add to the
	// environment of every worker's container.
	workerEnvironment map[string]string
}

// worker is a worker that was made, with its settings.
type worker struct {
	id       string // prefixes the names of what is made for it; "" for the first
	settings config.Worker
	made     *constructs.Worker
}
