package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dynamodbtable"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketlifecycleconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketlogging"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketownershipcontrols"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketpublicaccessblock"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketserversideencryptionconfiguration"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucketversioning"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// StateBackendProps are the settings of a place for Terraform states.
type StateBackendProps struct {
	settings.StateBackend        // Bucket.PreventDestroy and LockTable.DeletionProtection are off unless they are set
	BucketName            string // required: S3 has each name once in the world
	LockTableName         string // "": no table
}

// StateBackend is an S3 bucket and a DynamoDB table.
type StateBackend struct {
	Bucket    Resource[s3bucket.S3Bucket]            // keeps the states
	LockTable *Resource[dynamodbtable.DynamodbTable] // nil: none
	KeyARN    string                                 // "": AWS's own keys
}

// NewStateBackend creates a bucket that keeps old versions of a state, encrypted
// and reachable over TLS only, and the table that locks it.
// https://developer.hashicorp.com/terraform/language/backend/s3
func NewStateBackend(scope constructs.Construct, id string, p StateBackendProps) *StateBackend {
	g := newGroup(scope, "NewStateBackend", id)
	g.require(prop{"BucketName", p.BucketName, "the name of the bucket"})
	fill(g, &p.StateBackend)
	var keep *cdktf.TerraformResourceLifecycle
	if p.Bucket.PreventDestroy {
		keep = &cdktf.TerraformResourceLifecycle{PreventDestroy: jsii.Bool(true)}
	}
	key := g.stateKey(p.KMSKey, keep)
	b := &StateBackend{Bucket: g.stateBucket(p, keep, key), KeyARN: key}
	if p.LockTableName != "" {
		table := add(g, "aws_dynamodb_table.lock", dynamodbtable.NewDynamodbTable, &dynamodbtable.DynamodbTableConfig{
			Name:                      &p.LockTableName,
			BillingMode:               jsii.String("PAY_PER_REQUEST"),
			HashKey:                   jsii.String("LockID"),
			Attribute:                 []*dynamodbtable.DynamodbTableAttribute{{Name: jsii.String("LockID"), Type: jsii.String("S")}},
			PointInTimeRecovery:       &dynamodbtable.DynamodbTablePointInTimeRecovery{Enabled: true},
			ServerSideEncryption:      &dynamodbtable.DynamodbTableServerSideEncryption{Enabled: true, KmsKeyArn: optional(key)},
			DeletionProtectionEnabled: p.LockTable.DeletionProtection,
			Lifecycle:                 keep,
		})
		b.LockTable = &table
	}
	if p.Backup != nil {
		g.stateBackup(*p.Backup, b)
	}
	return b
}

func (g group) stateBucket(p StateBackendProps, keep *cdktf.TerraformResourceLifecycle, key string) Resource[s3bucket.S3Bucket] {
	bucket := add(g, "aws_s3_bucket.state", s3bucket.NewS3Bucket, &s3bucket.S3BucketConfig{
		Bucket: &p.BucketName, ForceDestroy: p.Bucket.ForceDestroy, Lifecycle: keep,
	})
	id := jsii.String(bucket.Attr("id"))
	versioning := add(g, "aws_s3_bucket_versioning.state", s3bucketversioning.NewS3BucketVersioningA, &s3bucketversioning.S3BucketVersioningAConfig{
		Bucket:                  id,
		VersioningConfiguration: &s3bucketversioning.S3BucketVersioningVersioningConfiguration{Status: jsii.String("Enabled")},
	})
	encryption := &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleA{
		ApplyServerSideEncryptionByDefault: &s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA{
			SseAlgorithm: jsii.String("AES256"),
		},
	}
	if key != "" {
		encryption.ApplyServerSideEncryptionByDefault.SseAlgorithm = jsii.String("aws:kms")
		encryption.ApplyServerSideEncryptionByDefault.KmsMasterKeyId = &key
		encryption.BucketKeyEnabled = true // one request to KMS for many to the bucket
	}
	add(g, "aws_s3_bucket_server_side_encryption_configuration.state", s3bucketserversideencryptionconfiguration.NewS3BucketServerSideEncryptionConfigurationA,
		&s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationAConfig{
			Bucket: id,
			Rule:   []*s3bucketserversideencryptionconfiguration.S3BucketServerSideEncryptionConfigurationRuleA{encryption},
		})
	block := add(g, "aws_s3_bucket_public_access_block.state", s3bucketpublicaccessblock.NewS3BucketPublicAccessBlock,
		&s3bucketpublicaccessblock.S3BucketPublicAccessBlockConfig{
			Bucket: id, BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
		})
	add(g, "aws_s3_bucket_ownership_controls.state", s3bucketownershipcontrols.NewS3BucketOwnershipControls,
		&s3bucketownershipcontrols.S3BucketOwnershipControlsConfig{
			Bucket: id, Rule: &s3bucketownershipcontrols.S3BucketOwnershipControlsRule{ObjectOwnership: jsii.String("BucketOwnerEnforced")},
		})
	add(g, "aws_s3_bucket_policy.state", s3bucketpolicy.NewS3BucketPolicy, &s3bucketpolicy.S3BucketPolicyConfig{
		Bucket: id,
		Policy: g.json("state_bucket_policy", policy(denyInsecureTransport("s3", []string{bucket.Attr("arn"), bucket.Attr("arn") + "/*"}))),
		// Both change the bucket's policy status; S3 refuses the one while the
		// other is under way.
		DependsOn: DependsOn(block.Any()),
	})
	add(g, "aws_s3_bucket_lifecycle_configuration.state", s3bucketlifecycleconfiguration.NewS3BucketLifecycleConfiguration,
		&s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationConfig{
			Bucket: id,
			Rule: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRule{{
				Id:     jsii.String("old-state-versions"),
				Status: jsii.String("Enabled"),
				Filter: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleFilter{{Prefix: jsii.String("")}},
				NoncurrentVersionExpiration: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration{{
					NoncurrentDays:          jsii.Number(p.Bucket.NoncurrentVersionExpirationDays),
					NewerNoncurrentVersions: jsii.Number(p.Bucket.NewerNoncurrentVersions),
				}},
				AbortIncompleteMultipartUpload: []*s3bucketlifecycleconfiguration.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload{{
					DaysAfterInitiation: jsii.Number(p.Bucket.AbortIncompleteMultipartUploadDays),
				}},
			}},
			// Rules on old versions want versioning to be on.
			DependsOn: DependsOn(versioning.Any()),
		})
	if l := p.Bucket.AccessLogs; l != nil {
		add(g, "aws_s3_bucket_logging.state", s3bucketlogging.NewS3BucketLoggingA, &s3bucketlogging.S3BucketLoggingAConfig{
			Bucket: id, TargetBucket: &l.TargetBucket, TargetPrefix: &l.TargetPrefix,
		})
	}
	return bucket
}
