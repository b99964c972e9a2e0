package restore

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/awsconfig"
)

// Backend is a stack's s3 backend, in Terraform's words.
type Backend struct {
	Bucket        string `json:"bucket"`
	Key           string `json:"key"`
	Region        string `json:"region"`
	DynamoDBTable string `json:"dynamodb_table"`
	UseLockfile   bool   `json:"use_lockfile"`
	Encrypt       bool   `json:"encrypt"`
	KMSKeyID      string `json:"kms_key_id"`

	Profile    string          `json:"profile"`
	AssumeRole *awsconfig.Role `json:"assume_role"`
}

// BackendOf reads the backend from a synthesized stack's folder.
func BackendOf(dir string) (Backend, error) {
	file := filepath.Join(dir, "cdk.tf.json")
	data, err := os.ReadFile(file)
	if err != nil {
		return Backend{}, fmt.Errorf("%w; synthesize first: make synth", err)
	}
	var stack struct {
		Terraform struct {
			Backend struct {
				S3   *Backend
				HTTP *struct{ Address string }
			}
			Cloud *struct {
				Hostname, Organization string
				Workspaces             struct{ Name string }
			}
		}
	}
	if err := json.Unmarshal(data, &stack); err != nil {
		return Backend{}, fmt.Errorf("%s: %w", file, err)
	}
	switch t := stack.Terraform; {
	case t.Backend.S3 != nil:
		return *t.Backend.S3, nil
	case t.Backend.HTTP != nil:
		return Backend{}, fmt.Errorf("%s: its state is not in S3 but at %s: restore a version there, or in the stack's folder terraform state push an older one", file, t.Backend.HTTP.Address)
	case t.Cloud != nil:
		return Backend{}, fmt.Errorf("%s: its state is not in S3 but in workspace %s of %s on %s: roll back there, under States", file, t.Cloud.Workspaces.Name, t.Cloud.Organization, t.Cloud.Hostname)
	default:
		return Backend{}, fmt.Errorf("%s: its state is not in S3; a local one has a copy beside it: *.tfstate.backup", file)
	}
}
