package toolchain

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// answerTimeout is short: where a server is blocked, answers often never come.
const answerTimeout = 5 * time.Second

// registryAnswers returns nil when the provider registry at base can be used.
func registryAnswers(ctx context.Context, base string) error {
	return answers(ctx, base+"/.well-known/terraform.json", "providers.v1")
}

// answers returns nil when url has a JSON document that names what is looked
// for: a closed network may answer with its own page.
func answers(ctx context.Context, url, name string) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var document map[string]any
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: got status %s, want 200", url, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(&document); err != nil || document[name] == nil {
		return fmt.Errorf("%s: the answer does not name %s", url, name)
	}
	return nil
}

// downloadProvider lets Terraform fetch the provider, with its own checks of
// checksum and signature, and keeps it as a mirror for all later runs.
func (p *preparer) downloadProvider(ctx context.Context, tf Terraform, version, tmp, final string) error {
	step := p.log.Start(progress.Task{What: fmt.Sprintf("downloading the AWS provider %s from %s", version, tf.registry()), Key: "download the AWS provider", About: "150 MB, once"})
	err := step.Done(downloadWithInit(ctx, tf, version, tmp))
	if err != nil {
		return fmt.Errorf("download the AWS provider %s: %w\nTo build it from source instead, set %s=build", version, err, providerFrom)
	}
	return finishMirror(ctx, tf, version, tmp, final)
}

func downloadWithInit(ctx context.Context, tf Terraform, version, tmp string) error {
	work := filepath.Join(tmp, "init")
	if err := writeProbe(work, version); err != nil {
		return err
	}
	settings := terraformSettings
	if file := os.Getenv("TF_CLI_CONFIG_FILE"); file != "" {
		if _, err := os.Stat(file); err == nil { // the user's mirrors and credentials
			settings = []string{"TF_CLI_ARGS*", "TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG*"}
		}
	}
	err := process.Run(ctx, process.Command{Path: tf.Path, Args: []string{"init", "-input=false", "-no-color"}, Dir: work,
		Env: []string{"CHECKPOINT_DISABLE=1"}, Unset: settings})
	if err != nil {
		return err
	}
	// A plugin cache of the user's makes these folders links.
	found, err := filepath.Glob(filepath.Join(work, ".terraform/providers/*/hashicorp/aws", version, platform(), "terraform-provider-aws*"))
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("init left %d provider files under .terraform/providers, want 1", len(found))
	}
	if err := addToMirror(filepath.Join(tmp, "mirror"), version, found[0]); err != nil {
		return err
	}
	return os.RemoveAll(work)
}
