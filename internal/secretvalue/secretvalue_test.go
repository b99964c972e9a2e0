package secretvalue

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for value, want := range map[string]string{
		"pnu_0123":     "",
		"admin:s3cr*t": "",
		"":             "the value is empty",
		" not-a-key":   "a space or a line break",
		"not-a-key\n":  "a space or a line break",
		"not a key":    "a space or a line break",
		"not\x00a-key": "a space or a line break",
	} {
		err := Check(value)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", value, err, want)
		}
		if value != "" && err != nil && strings.Contains(err.Error(), strings.TrimSpace(value)) {
			t.Errorf("%q is in the error %v", value, err)
		}
	}
}

func TestStacksWithoutSuchASecret(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "synthesize first: make synth",
		`{"resource": {}}`: "the stack makes no secret",
		`{"resource": 1}`:  "cannot unmarshal",
		`{"resource": {"aws_secretsmanager_secret": {"a": {}}, "aws_secretsmanager_secret_version": {"a": {}}}}`: "Terraform sets the secret's value",
	} {
		dir := t.TempDir()
		if text != "" {
			if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := &Stack{Dir: dir, Terraform: "not-run"}
		if _, _, err := s.Secret(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
