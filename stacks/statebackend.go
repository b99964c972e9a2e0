package stacks

import (
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// newStateBackend makes the stack that holds another stack's state. Its own
// state is local: a bucket cannot hold the state that creates it.
func newStateBackend(app cdktf.App, s *config.StateBackend) {
	stack := newStack(app, s.Stack, s.For.Region, s.Terraform.RequiredVersion, s.Terraform.AWSProviderVersion)
	localBackend(stack, s.StatePath())
	b := constructs.NewStateBackend(stack, "", constructs.StateBackendProps{
		BucketName:                         s.For.Bucket,
		LockTableName:                      s.For.DynamoDBTable,
		PreventDestroy:                     s.Bucket.PreventDestroy,
		ForceDestroy:                       s.Bucket.ForceDestroy,
		NoncurrentVersionExpirationDays:    s.Bucket.NoncurrentVersionExpirationDays,
		NewerNoncurrentVersions:            s.Bucket.NewerNoncurrentVersions,
		AbortIncompleteMultipartUploadDays: s.Bucket.AbortIncompleteMultipartUploadDays,
		DeletionProtection:                 s.LockTable.DeletionProtection,
	})
	outputs := map[string]output{"state_bucket_name": {"S3 bucket that holds the state", b.Bucket.Attr("bucket"), ""}}
	if b.LockTable != nil {
		outputs["state_lock_table_name"] = output{"DynamoDB table that locks the state", b.LockTable.Attr("name"), ""}
	}
	addOutputs(stack, s.Stack, outputs)
}
