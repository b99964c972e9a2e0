package constructs

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/backupplan"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/backupselection"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/backupvault"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmsalias"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/kmskey"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// stateKey returns the ARN of the key, or "" for AWS's own keys.
func (g group) stateKey(p *settings.StateKey, keep *cdktf.TerraformResourceLifecycle) string {
	switch {
	case p == nil:
		return ""
	case p.ARN != "":
		return p.ARN
	}
	key := add(g, "aws_kms_key.state", kmskey.NewKmsKey, &kmskey.KmsKeyConfig{
		Description:          jsii.String("Terraform state: bucket, lock table and backups"),
		EnableKeyRotation:    true,
		DeletionWindowInDays: jsii.Number(p.DeletionWindowInDays),
		Policy:               g.json("state_key_policy", policy(accountManagesKey("EnableIAMPolicies", g.account().arnIn("iam", "", "root")))),
		Lifecycle:            keep,
	})
	if p.Alias != "" {
		add(g, "aws_kms_alias.state", kmsalias.NewKmsAlias, &kmsalias.KmsAliasConfig{
			Name: jsii.String("alias/" + p.Alias), TargetKeyId: jsii.String(key.Attr("key_id")),
		})
	}
	return key.Attr("arn")
}

// stateBackup copies bucket and table into a vault.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/s3-backups.html
func (g group) stateBackup(p settings.StateBackup, b *StateBackend) {
	vault := add(g, "aws_backup_vault.state", backupvault.NewBackupVault, &backupvault.BackupVaultConfig{
		Name: &p.VaultName, KmsKeyArn: optional(b.KeyARN),
	})
	plan := add(g, "aws_backup_plan.state", backupplan.NewBackupPlan, &backupplan.BackupPlanConfig{
		Name: &p.VaultName,
		Rule: []*backupplan.BackupPlanRule{{
			RuleName:        jsii.String("state"),
			TargetVaultName: jsii.String(vault.Attr("name")),
			Schedule:        &p.Schedule,
			Lifecycle:       &backupplan.BackupPlanRuleLifecycle{DeleteAfter: jsii.Number(p.DeleteAfterDays)},
		}},
	})
	role := g.backupRole(p.RoleName)
	resources := []string{b.Bucket.Attr("arn")}
	if b.LockTable != nil {
		resources = append(resources, b.LockTable.Attr("arn"))
	}
	add(g, "aws_backup_selection.state", backupselection.NewBackupSelection, &backupselection.BackupSelectionConfig{
		Name: &p.VaultName, PlanId: jsii.String(plan.Attr("id")), IamRoleArn: jsii.String(role.Attr("arn")), Resources: strs(resources),
	})
}

// backupRole is the role of AWS Backup: it may back up, not restore.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
func (g group) backupRole(name string) Resource[iamrole.IamRole] {
	account := g.account()
	trust := trustStatement("backup.amazonaws.com")
	// AWS Backup acts for this account alone, not for another's.
	trust["Condition"] = map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": account.ID}}
	role := add(g, "aws_iam_role.backup", iamrole.NewIamRole, &iamrole.IamRoleConfig{
		Name: &name, AssumeRolePolicy: g.json("backup_trust", policy(trust)),
	})
	for at, managed := range map[string]string{
		"backup":    "service-role/AWSBackupServiceRolePolicyForBackup",
		"backup_s3": "AWSBackupServiceRolePolicyForS3Backup",
	} {
		g.attach(at, role, "arn:"+account.Partition+":iam::aws:policy/"+managed)
	}
	return role
}
