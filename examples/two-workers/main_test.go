package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
)

var update = flag.Bool("update", false, "write testdata/cdk.tf.json instead of comparing")

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
	got = append(got, '\n')
	golden := filepath.Join("testdata", "cdk.tf.json")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-want +got); if this is meant, run: go test . -update\n%s", golden, cmp.Diff(string(want), string(got)))
	}
}
