package stacks_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// TestPutSecretValueCommand: the command hands the value to the AWS CLI as it
// was typed, and leaves no variable in the shell.
func TestPutSecretValueCommand(t *testing.T) {
	var d struct {
		Output map[string]struct{ Value string }
	}
	if err := json.Unmarshal(synthesized(t, "secret-outside"), &d); err != nil {
		t.Fatal(err)
	}
	command := strings.ReplaceAll(d.Output["put_secret_value_command"].Value, "${local.secret_arn}", "arn:of:secret")
	bash := exec.Command("bash", "-c", `aws() { echo "$*"; cat; }; VALUE=before; `+command+`; echo " $VALUE"`)
	bash.Stdin = strings.NewReader(`a "$HOME" \ 'key'` + "\n")
	out, err := bash.CombinedOutput()
	const want = `secretsmanager put-secret-value --region us-east-1 --secret-id arn:of:secret --secret-string file:///dev/stdin
a "$HOME" \ 'key' before
`
	if err != nil || string(out) != want {
		t.Errorf("got %v:\n%s\nwant:\n%s", err, out, want)
	}
}
