package stacks

import (
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// newStateBackend creates the stack that holds other stacks' states. Its own
// state is local: a bucket cannot hold the state that creates it.
func newStateBackend(app cdktf.App, s *config.StateBackend) {
	stack := newStack(app, s.Stack, s.For.Region, s.Terraform, nil)
	localBackend(stack, s.StatePath())
	b := constructs.NewStateBackend(constructs.RenamedUnchecked(stack, nil), "", constructs.StateBackendProps{StateBackend: s.StateBackend, BucketName: s.For.Bucket, LockTableName: s.For.DynamoDBTable})
	outputs := map[string]output{"state_bucket_name": {"S3 bucket that holds the state", b.Bucket.Attr("bucket"), ""}}
	if b.LockTable != nil {
		outputs["state_lock_table_name"] = output{"DynamoDB table that locks the state", b.LockTable.Attr("name"), ""}
	}
	if b.KeyARN != "" {
		outputs["state_kms_key_arn"] = output{"KMS key of bucket and table: terraform.backend.s3.kmsKeyArn of the stacks", b.KeyARN, ""}
	}
	addOutputs(stack, s.Stack, outputs)
}
