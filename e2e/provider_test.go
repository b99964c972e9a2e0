//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// reattach is what a provider prints that is started to be debugged.
var reattach = regexp.MustCompile(`TF_REATTACH_PROVIDERS='(.*)'`)

// serveProvider starts the AWS provider and returns the environment with which
// Terraform uses it instead of starting one of its own, three times in an
// apply: half of what a run costs. The tests of README, of the workflows and of
// the defaults of dev let Terraform install and start it.
// It reads files from dir, where Terraform's own reads them from the stack's folder.
// https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
func serveProvider(t *testing.T, dir string, env []string) []string {
	t.Helper()
	binary := filepath.Join(tools.Provider.Mirror, "registry.terraform.io", "hashicorp", "aws", tools.Provider.Version, "*", "terraform-provider-aws*")
	found, err := filepath.Glob(binary)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: got %d files, want one (%v)", binary, len(found), err)
	}
	// It ends with its standard input, that is, however this program ends.
	cmd := exec.Command("sh", "-c", `"$0" -debug & cat; kill $!; wait`, found[0])
	// A second Terraform's configuration fails on a certificate bundle, which the loopback does not need.
	cmd.Env = process.MergeEnv(cmd.Environ(), append(env, "AWS_CA_BUNDLE=")...)
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Setsid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait() // the shell reports the signal
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if m := reattach.FindStringSubmatch(lines.Text()); m != nil {
			return []string{"TF_REATTACH_PROVIDERS=" + forBothRegistries(t, m[1])}
		}
	}
	t.Fatal("the provider did not say how to reach it")
	return nil
}

// forBothRegistries names the provider as Terraform and as OpenTofu do.
func forBothRegistries(t *testing.T, text string) string {
	t.Helper()
	servers, both := map[string]any{}, map[string]any{}
	if err := json.Unmarshal([]byte(text), &servers); err != nil {
		t.Fatal(err)
	}
	for address, server := range servers {
		_, name, _ := strings.Cut(address, "/")
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			both[host+"/"+name] = server
		}
	}
	out, err := json.Marshal(both)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
