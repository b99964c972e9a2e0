package stacks

import (
	"path"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
)

// projectDir is the project's folder as seen from a stack's working folder,
// cdktf.out/stacks/<stack>, in which Terraform runs. A local state lies there:
// cdktf.out can be deleted at any time.
const projectDir = "../../.."

func addBackend(stack cdktf.TerraformStack, e *config.Environment) {
	if local := e.Terraform.Backend.Local; local != nil {
		localBackend(stack, e.Expand(local.Path))
		return
	}
	b := e.Terraform.Backend.S3
	props := &cdktf.S3BackendConfig{
		Bucket:  jsii.String(b.Bucket),
		Key:     jsii.String(e.Expand(b.Key)),
		Region:  jsii.String(b.Region),
		Encrypt: jsii.Bool(b.Encrypt),
	}
	if table := b.LockTable(); table != "" {
		props.DynamodbTable = &table
	}
	if b.KMSKeyID != "" {
		props.KmsKeyId = jsii.String(b.KMSKeyID)
	}
	backend := cdktf.NewS3Backend(stack, props)
	if b.LockFile() { // newer than CDKTF
		backend.AddOverride(jsii.String("use_lockfile"), true)
	}
}

// localBackend keeps the state in a file of the project's folder. Without it
// CDKTF would write this machine's absolute path into the JSON.
func localBackend(stack cdktf.TerraformStack, file string) {
	cdktf.NewLocalBackend(stack, &cdktf.LocalBackendConfig{Path: jsii.String(path.Join(projectDir, file))})
}
