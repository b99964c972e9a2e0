package toolchain

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// Plan plans the initialized stack in dir and returns the plan.
func Plan(ctx context.Context, terraform, dir string, env []string) (*tfjson.Plan, error) {
	text, err := PlanJSON(ctx, terraform, dir, env)
	if err != nil {
		return nil, err
	}
	plan := &tfjson.Plan{}
	return plan, plan.UnmarshalJSON(text)
}

// PlanJSON plans the initialized stack in dir and returns the plan as Terraform
// writes it. No file is left: a plan holds secrets in plain text.
func PlanJSON(ctx context.Context, terraform, dir string, env []string) ([]byte, error) {
	tmp, err := os.MkdirTemp("", "prefect-ecs-plan-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	file := filepath.Join(tmp, "plan")
	err = process.Run(ctx, process.Command{Path: terraform, Args: []string{"plan", "-input=false", "-no-color", "-out=" + file},
		Dir: dir, Env: env, Unset: []string{"TF_CLI_ARGS*"}})
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	out, err := process.Output(ctx, process.Command{Path: terraform, Args: []string{"show", "-json", file}, Dir: dir, Env: env,
		Unset: []string{"TF_CLI_ARGS*"}, Stderr: &stderr})
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, stderr.String())
	}
	return out, nil
}
