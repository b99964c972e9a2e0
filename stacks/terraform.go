package stacks

import (
	"path"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// projectDir is the project's folder as seen from a stack's working folder,
// cdktf.out/stacks/<stack>, in which Terraform runs. A local state lies there:
// cdktf.out can be deleted at any time.
const projectDir = "../../.."

func addBackend(stack cdktf.TerraformStack, b settings.Backend) {
	switch {
	case b.Local != nil:
		localBackend(stack, b.Local.Path)
	case b.HTTP != nil:
		httpBackend(stack, b.HTTP)
	case b.Cloud != nil:
		workspace := cdktf.NewNamedCloudWorkspace(&b.Cloud.Workspaces.Name, optional(b.Cloud.Workspaces.Project))
		// OpenTofu has no default host.
		cdktf.NewCloudBackend(stack, &cdktf.CloudBackendConfig{Hostname: &b.Cloud.Hostname, Organization: &b.Cloud.Organization, Workspaces: workspace})
	default:
		s3Backend(stack, b)
	}
}

func httpBackend(stack cdktf.TerraformStack, b *settings.HTTPBackend) {
	cdktf.NewHttpBackend(stack, &cdktf.HttpBackendConfig{
		Address: &b.Address, UpdateMethod: optional(b.UpdateMethod),
		LockAddress: optional(b.LockAddress), LockMethod: optional(b.LockMethod),
		UnlockAddress: optional(b.UnlockAddress), UnlockMethod: optional(b.UnlockMethod),
		RetryMax: jsii.Number(b.RetryMax), RetryWaitMin: jsii.Number(b.RetryWaitMinSeconds), RetryWaitMax: jsii.Number(b.RetryWaitMaxSeconds),
	})
}

func s3Backend(stack cdktf.TerraformStack, b settings.Backend) {
	props := &cdktf.S3BackendConfig{Bucket: &b.S3.Bucket, Key: &b.S3.Key, Region: &b.S3.Region, Encrypt: &b.S3.Encrypt}
	if table := b.S3.LockTable(); table != "" {
		props.DynamodbTable = &table
	}
	if b.S3.KMSKeyARN != "" {
		props.KmsKeyId = &b.S3.KMSKeyARN
	}
	props.Profile = optional(b.S3.Profile)
	backend := cdktf.NewS3Backend(stack, props)
	if r := b.S3.AssumeRole; r != nil { // CDKTF has the arguments that Terraform 1.6 replaced by a block
		role := map[string]any{"role_arn": r.RoleARN}
		if r.ExternalID != "" {
			role["external_id"] = r.ExternalID
		}
		if r.SessionName != "" {
			role["session_name"] = r.SessionName
		}
		backend.AddOverride(jsii.String("assume_role"), role)
	}
	if b.S3.LockFile() { // newer than CDKTF
		backend.AddOverride(jsii.String("use_lockfile"), true)
	}
}

// localBackend keeps the state in a file of the project's folder. Without it
// CDKTF would write this machine's absolute path into the JSON.
func localBackend(stack cdktf.TerraformStack, file string) {
	cdktf.NewLocalBackend(stack, &cdktf.LocalBackendConfig{Path: jsii.String(path.Join(projectDir, file))})
}

func addVariables(stack cdktf.TerraformStack, variables []config.Variable) {
	for _, v := range variables {
		validations := []*cdktf.TerraformVariableValidationConfig{}
		for _, c := range v.Validations {
			validations = append(validations, &cdktf.TerraformVariableValidationConfig{Condition: c.Condition, ErrorMessage: &c.ErrorMessage})
		}
		props := &cdktf.TerraformVariableConfig{Type: &v.Type, Description: &v.Description, Default: v.Default}
		if len(validations) > 0 {
			props.Validation = &validations
		}
		if !v.Nullable {
			props.Nullable = jsii.Bool(false)
		}
		if v.Sensitive {
			props.Sensitive = jsii.Bool(true)
		}
		variable := cdktf.NewTerraformVariable(stack, jsii.String("var."+v.Name), props)
		variable.OverrideLogicalId(&v.Name)
		if v.Ephemeral { // newer than CDKTF
			variable.AddOverride(jsii.String("ephemeral"), true)
		}
	}
}
