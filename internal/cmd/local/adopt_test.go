package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/adopt/judge"
)

// TestAdoptInput: what cannot be adopted is said in one line, before anything takes
// long or is written.
func TestAdoptInput(t *testing.T) {
	root := t.TempDir()
	state := filepath.Join(root, "empty.tfstate")
	other, err := filepath.Abs("../../adopt/testdata/other-names/state.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		state: `{"version": 4, "lineage": "x", "resources": []}`,
		filepath.Join(root, "environments", "taken.yaml"):            "preset: readme\n",
		filepath.Join(root, "environments", "dp-orchestration.yaml"): "preset: readme\n",
		filepath.Join(root, "environments", "folder", "my.tf"):       "",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, want string
		args       []string
	}{
		{"no state", "STATE: got none", nil},
		{"a file that is not there", "STATE: no such file", []string{"-state", filepath.Join(root, "x.tfstate")}},
		{"a folder", "is not a file; want the state in it", []string{"-state", root}},
		{"half an address in S3", "want s3://bucket/key", []string{"-state", "s3://bucket"}},
		{"a state of something else", "empty.tfstate has no ECS service", []string{"-state", state}},
		{"a name that is a path", "NAME: got", []string{"-state", state, "-name", "../x"}},
		{"a name that is taken", "environments/taken.yaml exists already", []string{"-state", state, "-name", "taken"}},
		{"a cluster's name that is taken", "environments/dp-orchestration.yaml exists already", []string{"-state", other}},
		{"the name of a folder", "environments/folder exists already", []string{"-state", state, "-name", "folder"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := adoptState(t.Context(), root, tt.args)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %s", err, tt.want)
			}
		})
	}
	left, err := os.ReadDir(filepath.Join(root, "environments"))
	if err != nil || len(left) != 3 {
		t.Errorf("got %v, %v in environments, want what was there", left, err)
	}
}

// TestAdoptWritesAllOrNothing: an interrupt leaves nothing, and no file is overwritten.
func TestAdoptWritesAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	result := &judge.Result{Name: "a", Files: map[string][]byte{"a.yaml": []byte("preset: readme\n"), filepath.Join("a", "adopted.tf"): []byte("\n")}}
	names := func() []string {
		all, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		hidden, err := filepath.Glob(filepath.Join(dir, ".*"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, hidden...)
		for i, name := range all {
			all[i] = filepath.Base(name)
		}
		return all
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if err := writeAll(interrupted, dir, result); err == nil || len(names()) != 0 {
		t.Errorf("interrupted: got %v and left %v", err, names())
	}
	other := filepath.Join(dir, "a.yaml")
	if err := os.WriteFile(other, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeAll(t.Context(), dir, result); err == nil || !slices.Equal(names(), []string{"a.yaml"}) {
		t.Errorf("a file in the way: got %v and left %v", err, names())
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "mine" {
		t.Errorf("got %q, %v, want the file as it was", text, err)
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	if err := writeAll(t.Context(), dir, result); err != nil || !slices.Equal(names(), []string{"a", "a.yaml"}) {
		t.Errorf("got %v and %v", err, names())
	}
}

// TestOpenS3: an object or a bucket that is not there is said so, in one line.
func TestOpenS3(t *testing.T) {
	code := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>none</Message><RequestId>a1b2</RequestId></Error>", code)
	}))
	defer server.Close()
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"HTTP_PROXY": server.URL, "NO_PROXY": "127.0.0.1", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	for in, want := range map[string]string{
		"NoSuchBucket": "no such bucket acme; the account's buckets: aws s3 ls",
		"NoSuchKey":    "no such object s3://acme/dev.tfstate; what the bucket holds: aws s3 ls s3://acme --recursive",
	} {
		code = in
		if _, err := openS3(t.Context(), "s3://acme/dev.tfstate", "us-east-1"); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestAdoptWithoutValue: what a plan says to do is of a stack that is not there yet.
func TestAdoptWithoutValue(t *testing.T) {
	plan := errors.New("plan: Resource postcondition failed: The secret etl-key has no value, without which no task can start. Put it in, then apply again: make put-secret-value STACK=etl")
	if got := withoutValue(plan).Error(); !strings.HasPrefix(got, plan.Error()+"\n  next: ") || !strings.Contains(got, "aws secretsmanager put-secret-value --secret-id etl-key --secret-string …, then run make adopt again") {
		t.Errorf("got %s", got)
	}
	if other := errors.New("plan: no"); withoutValue(other) != other {
		t.Errorf("got %v, want the error as it is", withoutValue(other))
	}
}
