package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// StateKey is the customer managed KMS key of bucket, lock table and backup
// vault. Stacks reach it through terraform.backend.s3: kmsKeyId, or encrypt:
// false, which leaves the choice to the bucket.
type StateKey struct {
	ARN                  string `yaml:"arn"`                  // existing key; empty: one is made
	Alias                string `yaml:"alias"`                // of the key that is made, without alias/; empty: none
	DeletionWindowInDays int    `yaml:"deletionWindowInDays"` // of the key that is made, 7 to 30; default 30
}

// UnmarshalYAML lays the file's settings over the defaults.
func (k *StateKey) UnmarshalYAML(node *yaml.Node) error {
	type plain StateKey
	*k = StateKey{DeletionWindowInDays: 30}
	return node.Decode((*plain)(k))
}

func (k *StateKey) check(c checker) {
	c.text("kmsKey.arn", k.ARN, orEmpty(kmsKeyARN))
	c.text("kmsKey.alias", k.Alias, orEmpty(kmsAlias))
	c.number("kmsKey.deletionWindowInDays", k.DeletionWindowInDays, 7, 30)
	if k.ARN != "" && k.Alias != "" {
		c.fail("kmsKey.alias", fmt.Errorf("got %q with an existing key, want one of arn and alias: an alias is made with a key", k.Alias))
	}
}

// StateBackup keeps copies of bucket and table in an AWS Backup vault, out of
// reach of whoever may delete the bucket's versions.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/s3-backups.html
type StateBackup struct {
	VaultName       string `yaml:"vaultName"`       // default terraform-state; plan and selection have the same name
	RoleName        string `yaml:"roleName"`        // default terraform-state-backup
	Schedule        string `yaml:"schedule"`        // cron in UTC; default cron(0 3 * * ? *)
	DeleteAfterDays int    `yaml:"deleteAfterDays"` // default 35
}

// UnmarshalYAML lays the file's settings over the defaults.
func (b *StateBackup) UnmarshalYAML(node *yaml.Node) error {
	type plain StateBackup
	*b = StateBackup{VaultName: "terraform-state", RoleName: "terraform-state-backup", Schedule: "cron(0 3 * * ? *)", DeleteAfterDays: 35}
	return node.Decode((*plain)(b))
}

func (b *StateBackup) check(c checker) {
	c.text("backup.vaultName", b.VaultName, vaultName)
	c.text("backup.roleName", b.RoleName, roleName)
	c.text("backup.schedule", b.Schedule, cronSchedule)
	c.number("backup.deleteAfterDays", b.DeleteAfterDays, 1, 36500)
}

var (
	kmsAlias = pattern(`[A-Za-z0-9/_-]+`, 250, "1 to 250 letters, digits or /_-, without alias/ in front")

	// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
	vaultName = pattern(`[A-Za-z0-9_-]{2,}`, 50, "2 to 50 letters, digits, - or _")

	// AWS Backup runs a plan at most once an hour, so the minute is a number.
	cronSchedule = pattern(`cron\([0-5]?[0-9]( [0-9A-Z*?,/#-]+){5}\)`, 256, "a schedule of six fields, hourly at most, such as cron(0 3 * * ? *)")
)
