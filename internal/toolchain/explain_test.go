package toolchain

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// TestExplain: the texts are Terraform 1.11's and OpenTofu 1.12's, with their frames.
func TestExplain(t *testing.T) {
	const dir = "cdktf.out/stacks/dev"
	for _, tt := range []struct{ text, want string }{
		{"╷\n│ Error: Backend configuration changed\n│ \n│ A change in the backend configuration has been detected", "terraform -chdir=cdktf.out/stacks/dev init -reconfigure, or init -migrate-state"},
		{"│ Error: No valid credential sources found\n│ Error: failed to refresh cached credentials, no EC2 IMDS role found", "sign in, for example"},
		{"│ Error: state data in S3 does not have the expected\n│ content.", "make restore-drill STACK=dev"},
		{"│ Error: Error acquiring the state lock", "docs/state.md"},
		{"│ Error: Inconsistent dependency lock file", "make lock STACK=dev"},
		{`│ Error: Failed to get existing workspaces: S3 bucket "x" does not exist.`, "create the bucket"},
		{"│ Error: Reference to undeclared resource", ""},
	} {
		err := errors.New("terraform init: exit status 1; its last lines:\n" + tt.text)
		got := Explain(err, dir).Error()
		_, next, _ := strings.Cut(got, "\nnext: ")
		if !strings.HasPrefix(got, err.Error()) || !strings.Contains(next, tt.want) || (tt.want == "") != (next == "") {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	for text, want := range map[string]string{"npm: ENOTFOUND": "ask", "mkdir: no space left on device": "free some disk space", "x\nnext: y": "y"} {
		if got := withNext(errors.New(text), "ask").Error(); !strings.HasPrefix(got, text) || !strings.Contains(got, "\nnext: "+want) || strings.Count(got, "next: ") != 1 {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := withNext(context.Canceled, "ask"); got != context.Canceled {
		t.Errorf("got %v", got)
	}
	if Explain(nil, dir) != nil {
		t.Error("no error became one")
	}
}
