package constructs_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// TestAsset: what a function's JSON says of its code is what lies beside it, with
// and without a cache to copy it from.
func TestAsset(t *testing.T) {
	for _, cache := range []string{t.TempDir(), os.DevNull} {
		t.Run(filepath.Base(cache), func(t *testing.T) {
			tmp := t.TempDir()
			t.Setenv("TMPDIR", tmp)
			t.Setenv("XDG_CACHE_HOME", cache) // Linux
			t.Setenv("HOME", cache)           // macOS
			writesAsset(t)
			if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 && cache != os.DevNull {
				t.Errorf("got %v and %v in TMPDIR, want nothing there", left, err)
			}
		})
	}
}

func writesAsset(t *testing.T) {
	out := t.TempDir()
	app := cdktf.NewApp(&cdktf.AppConfig{Outdir: &out})
	for _, name := range []string{"a", "b"} {
		stack := cdktf.NewTerraformStack(app, jsii.String(name))
		provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{Region: jsii.String("eu-central-1")})
		constructs.NewLateRuns(stack, "", constructs.LateRunsProps{
			LateRuns: settings.LateRuns{FunctionName: "f"}, WorkPools: []string{"p"}, APIURL: "http://prefect.internal:4200/api",
		})
	}
	app.Synth()
	code, err := os.ReadFile("lateruns.py")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		dir := filepath.Join(out, "stacks", name)
		data, err := os.ReadFile(filepath.Join(dir, "cdk.tf.json"))
		if err != nil {
			t.Fatal(err)
		}
		var stack struct {
			Resource struct {
				Function map[string]struct {
					Filename string
					Hash     string `json:"source_code_hash"`
				} `json:"aws_lambda_function"`
			}
		}
		if err := json.Unmarshal(data, &stack); err != nil {
			t.Fatal(err)
		}
		function := stack.Resource.Function["late_runs"]
		written, err := os.ReadFile(filepath.Join(dir, function.Filename))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(written); base64.StdEncoding.EncodeToString(sum[:]) != function.Hash {
			t.Errorf("got the hash %v, want that of the file", function.Hash)
		}
		z, err := zip.NewReader(bytes.NewReader(written), int64(len(written)))
		if err != nil {
			t.Fatal(err)
		}
		f, err := z.Open("lateruns.py")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, code) {
			t.Errorf("got %v and %q, want lateruns.py", err, got)
		}
		if mode := z.File[0].Mode(); mode != 0o644 { // Lambda reads it as another user
			t.Errorf("got mode %v, want 0644", mode)
		}
	}
}
