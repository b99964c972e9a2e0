package settings

import "strings"

// StateBackend is the stack that holds other stacks' states: an S3 bucket and a
// DynamoDB lock table, unless every stack locks in S3. The stacks' backends
// name both, so the two sides cannot differ. Its own state is a local file.
type StateBackend struct {
	Kind   string    `yaml:"kind" rule:"oneof worker state-backend github-actions crash-events"` // state-backend.
	Stack  string    `yaml:"stack" rule:"stackName"`                                             // Default: the file's name without .yaml.
	Stacks OneOrMore `yaml:"stacks" alias:"of" rule:"unique"`                                    // The stack, or the list of stacks, whose states are held here.

	LocalStatePath string         `yaml:"localStatePath" default:"terraform.{stack}.tfstate" rule:"statePath" braces:"names"` // The file of its own state, relative to the project's folder; only {stack} is replaced.
	Bucket         StateBucket    `yaml:"bucket"`                                                                             // How the bucket protects its contents.
	LockTable      LockTable      `yaml:"lockTable"`                                                                          // How the table is protected.
	KMSKey         *StateKey      `yaml:"kmsKey"`                                                                             // Null: AWS's own keys encrypt bucket and table.
	Backup         *StateBackup   `yaml:"backup"`                                                                             // Null: only object versions and point-in-time recovery.
	Terraform      TerraformBlock `yaml:"terraform"`                                                                          // Version constraints and the AWS provider.
}

// StateBucket is how the state bucket protects its contents.
type StateBucket struct {
	_ struct{} `makes:"aws_s3_bucket.state aws_s3_bucket_lifecycle_configuration.state aws_s3_bucket_ownership_controls.state aws_s3_bucket_policy.state aws_s3_bucket_public_access_block.state aws_s3_bucket_server_side_encryption_configuration.state aws_s3_bucket_versioning.state"`

	PreventDestroy bool `yaml:"preventDestroy" default:"true"` // Terraform refuses to destroy bucket and table.
	ForceDestroy   bool `yaml:"forceDestroy"`                  // Destroy the bucket with states in it.

	NoncurrentVersionExpirationDays    int `yaml:"noncurrentVersionExpirationDays" default:"90" rule:"range 1 36500"` // Days until an old version may be deleted.
	NewerNoncurrentVersions            int `yaml:"newerNoncurrentVersions" default:"10" rule:"range 1 100"`           // Old versions kept however old they are.
	AbortIncompleteMultipartUploadDays int `yaml:"abortIncompleteMultipartUploadDays" default:"7" rule:"range 1 365"` // Days until an incomplete upload is removed.

	AccessLogs *AccessLogs `yaml:"accessLogs"` // Null: none.
}

// AccessLogs are S3's server access logs: who read or wrote a state.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
type AccessLogs struct {
	_ struct{} `makes:"aws_s3_bucket_logging.state"`

	TargetBucket string `yaml:"targetBucket" rule:"bucket"`             // Existing, in the same region and account, with a policy that admits logging.s3.amazonaws.com.
	TargetPrefix string `yaml:"targetPrefix" rule:"keyPrefix,optional"` // Such as terraform-state/; empty: none.
}

// LockTable is how the lock table is protected.
type LockTable struct {
	_ struct{} `makes:"aws_dynamodb_table.lock"`

	DeletionProtection bool `yaml:"deletionProtection" default:"true"` // DynamoDB refuses to delete it.
}

// StateKey is the customer managed KMS key of bucket, lock table and backup
// vault. Stacks reach it through terraform.backend.s3: kmsKeyArn, or encrypt:
// false, which leaves the choice to the bucket.
type StateKey struct {
	_ struct{} `makes:"aws_kms_alias.state aws_kms_key.state"`

	ARN                  string `yaml:"arn" rule:"kmsKeyARN,optional"`                       // Existing key; empty: one is created.
	Alias                string `yaml:"alias" rule:"kmsAlias,optional"`                      // Of the key that is created, without alias/; empty: none.
	DeletionWindowInDays int    `yaml:"deletionWindowInDays" default:"30" rule:"range 7 30"` // Of the key that is created.
}

// StateBackup keeps copies of bucket and table in an AWS Backup vault, out of
// reach of people who may delete the bucket's versions.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/s3-backups.html
type StateBackup struct {
	_ struct{} `makes:"aws_backup_plan.state aws_backup_selection.state aws_backup_vault.state aws_iam_role.backup aws_iam_role_policy_attachment.backup aws_iam_role_policy_attachment.backup_s3"`

	VaultName       string `yaml:"vaultName" default:"terraform-state" rule:"vaultName"`       // Plan and selection have the same name.
	RoleName        string `yaml:"roleName" default:"terraform-state-backup" rule:"roleName"`  // Role of AWS Backup.
	Schedule        string `yaml:"schedule" default:"cron(0 3 * * ? *)" rule:"backupSchedule"` // Cron in UTC, hourly at most.
	DeleteAfterDays int    `yaml:"deleteAfterDays" default:"35" rule:"range 1 36500"`          // Days until a copy is deleted.
}

// StatePath is the file of the stack's own state, relative to the project's
// folder.
func (s *StateBackend) StatePath() string {
	return strings.ReplaceAll(s.LocalStatePath, "{stack}", s.Stack)
}

// Check wants stacks.
func (s *StateBackend) Check(c Checker) {
	checkStacks(c, &s.Stacks, "the stack whose state this one holds")
}

func checkStacks(c Checker, stacks *OneOrMore, what string) {
	if len(*stacks) == 0 || (*stacks)[0] == "" {
		c.Fail(stacks, "missing, want %s, e.g. stacks: dev", what)
	}
}

// Check finds a bucket both kept and destroyed.
func (b *StateBucket) Check(c Checker) {
	if b.PreventDestroy && b.ForceDestroy {
		c.Fail(&b.ForceDestroy, "got true with preventDestroy true, which forbids it; set preventDestroy: false to mean it")
	}
}

// Check wants a key either created or given.
func (k *StateKey) Check(c Checker) {
	if k.ARN != "" && k.Alias != "" {
		c.Fail(&k.Alias, "got %q with an existing key, want one of arn and alias: an alias is created with a key", k.Alias)
	}
}
