package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/golden"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
)

func TestMain(m *testing.M) { os.Exit(kernel.Main(m)) }

func TestGolden(t *testing.T) {
	out := t.TempDir()
	app := cdktf.NewApp(&cdktf.AppConfig{Outdir: &out})
	newStack(app)
	app.Synth()
	got, err := os.ReadFile(filepath.Join(out, "stacks", "two-workers", "cdk.tf.json"))
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, filepath.Join("testdata", "cdk.tf.json"), append(got, '\n'))
}
