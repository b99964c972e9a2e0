package synth_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synth"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
)

func TestMain(m *testing.M) { os.Exit(kernel.Main(m)) }

// TestJSONIsWhatIsWritten: several syntheses in one kernel, and those that write
// files among them, do not know of each other, and leave nothing.
func TestJSONIsWhatIsWritten(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CDKTF_OUTDIR", filepath.Join(dir, "cdktf.out"))
	t.Setenv("TMPDIR", filepath.Join(dir, "tmp"))
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	environments := t.TempDir()
	file := filepath.Join(environments, "dev.yaml")
	for _, cpu := range []string{"256", "512"} {
		if err := os.WriteFile(file, []byte("preset: readme\nworker: {cpu: "+cpu+", memoryMiB: 1024}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := synth.Load(environments, "dev")
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Warnings) == 0 {
			t.Error("got no warning, want those of the preset readme")
		}
		made, err := synth.JSON(p.Config)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Write(false); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(filepath.Join(dir, "cdktf.out", "stacks", "dev", "cdk.tf.json"))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(made["dev"]); len(made) != 1 || got != string(written) || !strings.Contains(got, `"cpu": "`+cpu+`"`) {
			t.Errorf("got %d stacks, and of dev:\n%s\nwant it alone, with cpu %s, as it is written:\n%s", len(made), got, cpu, written)
		}
	}
	for _, pattern := range []string{"tmp/*", "cdktf.out/.synth-*"} {
		if left, _ := filepath.Glob(filepath.Join(dir, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// TestLoadChecksEveryFile: an error in another stack's file is one of this project.
func TestLoadChecksEveryFile(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"dev.yaml": "preset: readme\n", "prod.yaml": "preset: nope\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := synth.Load(dir, "dev"); err == nil || !strings.Contains(err.Error(), "prod.yaml:1: preset") {
		t.Errorf("got %v, want the error of prod.yaml", err)
	}
}

// TestAPanicIsAnError: jsii panics where Go returns an error, and the kernel works on.
func TestAPanicIsAnError(t *testing.T) {
	stack := func(app cdktf.App) { cdktf.NewTerraformStack(app, new("dev")) }
	if _, err := kernel.JSON(func(app cdktf.App) { stack(app); stack(app) }); err == nil || !strings.Contains(err.Error(), "synthesis failed") {
		t.Errorf("got %v, want the error of two stacks with one name", err)
	}
	if _, err := kernel.JSON(func(cdktf.App) { panic(errors.New("so")) }); err == nil || err.Error() != "synthesis failed: so" {
		t.Errorf("got %v, want the error that was panicked with", err)
	}
	c := &config.Config{}
	if made, err := synth.JSON(c); err != nil || len(made) != 0 {
		t.Errorf("got %d stacks and %v, want none", len(made), err)
	}
}
