package stacks

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// addCrashEvents creates the queue that tells workers of crashed tasks.
func (w *wiring) addCrashEvents() {
	if c := w.CrashEvents; c != nil {
		props := constructs.CrashEventsProps{CrashEvents: *c, ClusterARN: w.cluster.Attr("arn")}
		if c.KMSKeyARN != "" {
			props.Account = w.account()
		}
		w.crashEvents = constructs.NewCrashEvents(w.scope, "", props)
	}
}

// newCrashEvents creates the stack of crash events alone.
func newCrashEvents(app cdktf.App, s settings.CrashEventsStack) {
	stack := newStack(app, s.Stack, s.Region(), s.Terraform.TerraformBlock, s.Tags)
	addBackend(stack, s.Terraform.Backend)
	const account = "${data.aws_caller_identity.current.account_id}"
	// A rule in another account would never match, and nobody would notice.
	dataawscalleridentity.NewDataAwsCallerIdentity(stack, jsii.String("current"), &dataawscalleridentity.DataAwsCallerIdentityConfig{
		Lifecycle: &cdktf.TerraformResourceLifecycle{Postcondition: &[]*cdktf.Postcondition{{
			Condition:    `${self.account_id == "` + s.Account() + `"}`,
			ErrorMessage: jsii.String("Terraform works in account ${self.account_id}, and the events of the cluster of clusterArn arrive in " + s.Account() + " alone. Use that account's credentials."),
		}}},
	})
	scope := constructs.RenamedUnchecked(stack, nil)
	props := constructs.CrashEventsProps{CrashEvents: s.CrashEvents, ClusterARN: s.ClusterARN}
	if s.KMSKeyARN != "" {
		partition, suffix := constructs.NewPartition(stack)
		props.Account = constructs.Account{Partition: partition, DNSSuffix: suffix, Region: s.Region(), ID: account}
	}
	c := constructs.NewCrashEvents(scope, "", props)
	name := c.Queue.Attr("name")
	addOutputs(stack, s.Stack, map[string]output{
		"queue_name":            {"Name of the queue of task events", name, ""},
		"queue_url":             {"URL of the queue", c.Queue.Attr("url"), ""},
		"queue_arn":             {"ARN of the queue", c.Queue.Attr("arn"), ""},
		"dead_letter_queue_arn": {"ARN of the queue of events that nobody could handle", c.DeadLetterQueue.Attr("arn"), ""},
		"worker_environment":    {"Environment variables that the worker needs, as JSON", *constructs.NewJSON(scope, "worker_environment", map[string]any{settings.QueueNameVariable: name}), ""},
		"worker_policy":         {"IAM policy that the worker's task role needs, as JSON", *constructs.NewJSON(scope, "worker_policy", constructs.PolicyDocument(c.Receive)), ""},
	})
}
