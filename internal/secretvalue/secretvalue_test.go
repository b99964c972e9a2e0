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
		`{"resource": {}}`: "the stack creates no secret",
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

// TestErrorLines: of two screens of a failed apply, only what is wrong.
func TestErrorLines(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "terraform")
	script := `#!/bin/sh
[ "$1" = init ] && exit
[ "$1" = show ] && echo '{"format_version": "1.0"}' && exit
echo "Terraform will perform the following actions:"
echo "Plan: 1 to add, 0 to change, 0 to destroy."
printf '\nError: creating Secrets Manager Secret (etl): already scheduled for deletion\n\n  with aws_secretsmanager_secret.prefect_api,\n' >&2
exit 1
`
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(`{"resource": {"aws_secretsmanager_secret": {"prefect_api": {}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := (&Stack{Dir: dir, Terraform: program}).Secret(t.Context())
	const want = "terraform apply of aws_secretsmanager_secret.prefect_api failed:\nError: creating Secrets Manager Secret (etl): already scheduled for deletion\nwith aws_secretsmanager_secret.prefect_api,"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWhoseSecret(t *testing.T) {
	const (
		shared = `"prefect_api": {}`
		ml     = `"ml_prefect_api": {}`
		tasks  = `"aws_ecs_task_definition": {"prefect_worker": {}, "ml_prefect_worker": {}, "etl_prefect_worker": {}}`
	)
	for _, tt := range []struct{ name, secrets, worker, want string }{
		{"the stack's beside a worker's", shared + ", " + ml, "", "aws_secretsmanager_secret.prefect_api"},
		{"a worker's beside the stack's", shared + ", " + ml, "ml", "aws_secretsmanager_secret.ml_prefect_api"},
		{"the stack's by another name", `"key": {}, ` + ml, "", "aws_secretsmanager_secret.key"},
		{"a worker's alone", ml, "ml", "aws_secretsmanager_secret.ml_prefect_api"},
		{"nobody's", ml, "", "name the worker: WORKER=ml"},
		{"of a worker that shares the stack's", shared + ", " + ml, "etl", `got the worker "etl", want one with its own secret that the stack creates: ml`},
		{"of a worker where none has one", shared, "ml", "leave out WORKER, or set additionalWorkers[].secret"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			text := `{"resource": {"aws_secretsmanager_secret": {` + tt.secrets + `}, ` + tasks + `}}`
			if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := (&Stack{Dir: dir, Worker: tt.worker}).Address()
			if err != nil {
				got = err.Error()
			}
			if !strings.HasSuffix(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
