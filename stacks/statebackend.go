package stacks

import (
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// newStateBackend makes the stack that holds other stacks' states. Its own
// state is local: a bucket cannot hold the state that creates it.
func newStateBackend(app cdktf.App, s *config.StateBackend) {
	stack := newStack(app, s.Stack, s.For.Region, s.Terraform.RequiredVersion, s.Terraform.AWSProviderVersion, nil)
	localBackend(stack, s.StatePath())
	props := constructs.StateBackendProps{
		BucketName:                         s.For.Bucket,
		LockTableName:                      s.For.DynamoDBTable,
		PreventDestroy:                     s.Bucket.PreventDestroy,
		ForceDestroy:                       s.Bucket.ForceDestroy,
		NoncurrentVersionExpirationDays:    s.Bucket.NoncurrentVersionExpirationDays,
		NewerNoncurrentVersions:            s.Bucket.NewerNoncurrentVersions,
		AbortIncompleteMultipartUploadDays: s.Bucket.AbortIncompleteMultipartUploadDays,
		DeletionProtection:                 s.LockTable.DeletionProtection,
	}
	if l := s.Bucket.AccessLogs; l != nil {
		props.AccessLogs = &constructs.AccessLogs{TargetBucket: l.TargetBucket, TargetPrefix: l.TargetPrefix}
	}
	if k := s.KMSKey; k != nil {
		props.Key = &constructs.StateKeyProps{ARN: k.ARN, Alias: k.Alias, DeletionWindowInDays: k.DeletionWindowInDays}
	}
	if b := s.Backup; b != nil {
		props.Backup = &constructs.StateBackupProps{VaultName: b.VaultName, RoleName: b.RoleName, Schedule: b.Schedule, DeleteAfterDays: b.DeleteAfterDays}
	}
	b := constructs.NewStateBackend(stack, "", props)
	outputs := map[string]output{"state_bucket_name": {"S3 bucket that holds the state", b.Bucket.Attr("bucket"), ""}}
	if b.LockTable != nil {
		outputs["state_lock_table_name"] = output{"DynamoDB table that locks the state", b.LockTable.Attr("name"), ""}
	}
	if b.KeyARN != "" {
		outputs["state_kms_key_arn"] = output{"KMS key of bucket and table: terraform.backend.s3.kmsKeyId of the stacks", b.KeyARN, ""}
	}
	addOutputs(stack, s.Stack, outputs)
}
