//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/restore"
)

// workload is the account of the resources, which is not the one that Terraform
// is run from.
const workload = "111111111111"

// TestAccount: Terraform reads and writes the state by one role and makes the
// resources by another, in another account; and plans nothing in an account
// that is not allowed.
func TestAccount(t *testing.T) {
	file := func(allowed, more string) string {
		return "preset: readme\nterraform:\n  requiredVersion: \">= 1.11.0\"\n  provider:\n    allowedAccountIds: [\"" + allowed + "\"]\n" + more +
			"  backend:\n    s3:\n      bucket: states\n      lock: s3\n      assumeRole: {roleArn: \"arn:aws:iam::123456789012:role/state\", externalId: acme, sessionName: state}\n"
	}
	p := newProject(t, map[string]string{
		"wrong.yaml": file(workload, ""),
		"right.yaml": file(workload, "    assumeRole: {roleArn: \"arn:aws:iam::"+workload+":role/terraform\", externalId: acme, sessionName: prefect}\n    ignoreTags: {keyPrefixes: [\"org:\"]}\n"),
	})
	p.makeLogBucket("states")

	out, err := p.stack("wrong", nil).terraform("plan", "-input=false")
	if want := "AWS account ID not allowed: 123456789012"; err == nil || !strings.Contains(unwrapped(out), want) {
		t.Errorf("in an account that is not allowed: got %v, want %s in:\n%s", err, want, out)
	}

	s := p.stack("right", nil)
	s.must(s.terraform("apply", "-input=false", "-auto-approve", "-target=aws_cloudwatch_log_group.prefect"))
	if state := s.must(s.terraform("state", "pull")); !strings.Contains(state, "arn:aws:logs:us-east-1:"+workload+":log-group:") {
		t.Errorf("want the log group in account %s, got:\n%s", workload, state)
	}

	backend, err := restore.BackendOf(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if backend.AssumeRole == nil || backend.AssumeRole.SessionName != "state" {
		t.Errorf("the backend's role: got %+v", backend.AssumeRole)
	}
	store, err := restore.Open(t.Context(), backend, s.emulator.SDK())
	if err != nil {
		t.Fatal(err)
	}
	if versions, err := store.Versions(t.Context(), 1); err != nil || len(versions) != 1 || versions[0].State.Resources == 0 {
		t.Errorf("by the backend's role: got %+v, want the state that was applied (%v)", versions, err)
	}

	p.stateOverHTTP()
	p.stateInCloud()
}
