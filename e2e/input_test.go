//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
)

// TestBadVariables: Terraform names every variable that is wrong, in one plan.
func TestBadVariables(t *testing.T) {
	half := strings.Replace(localState, "local.tfstate", "half.tfstate", 1) + "prefect:\n  accountId: 9b649228-0419-40e1-9e0d-44954b5c0ab6\n"
	p := newProject(t, map[string]string{"local.yaml": localState, "half.yaml": half})
	out, err := p.stack("half", nil).terraform("plan", "-input=false")
	if want := "would have an empty account or workspace: give prefect_account_id and prefect_workspace_id, or prefect_api_url"; err == nil || !strings.Contains(unwrapped(out), want) {
		t.Errorf("an account without a workspace: got %v, want %s in:\n%s", err, want, out)
	}
	for _, tt := range []struct {
		name string
		vars map[string]string
		want []string
	}{
		{"each by itself", map[string]string{
			"region": "us-east-1a", "name_tag": "sg-x", "vpc_cidr": "10.0.0.1/16", "cluster_name": "a b", "work_pool_name": "-x",
			"container_image": "an image", "desired_count": "1.5",
			"prefect_secret_arn": "arn:aws:secretsmanager:us-east-1:1:secret:x", "prefect_api_url": "https://app.prefect.cloud/account/a/workspace/b/api",
			"prefect_account_id": "acme", "prefect_workspace_id": "dev",
		}, []string{
			`region: got "us-east-1a", want an AWS region such as us-east-1`,
			`name_tag: got "sg-x", want a name that begins with neither sg- nor aws:`,
			`vpc_cidr: got "10.0.0.1/16", which has host bits set, want 10.0.0.0/16`,
			`cluster_name: got "a b", want 1 to 255 letters, digits, _ or -`,
			`work_pool_name: got "-x", want a work pool's name`,
			`container_image: got "an image", want an image such as`,
			`desired_count: got 1.5, want a whole number from 0 to 5000`,
			`prefect_secret_arn: got "arn:aws:secretsmanager:us-east-1:1:secret:x", want nothing, or a secret's whole ARN`,
			`prefect_api_url: got "https://app.prefect.cloud/account/a/workspace/b/api", want the API's address, not the user interface's`,
			`prefect_account_id: got "acme", want nothing, or a UUID`,
			`prefect_workspace_id: got "dev", want nothing, or a UUID`,
		}},
		{"a VPC too small", map[string]string{"vpc_cidr": "10.0.0.0/24"}, []string{`vpc_cidr: got "10.0.0.0/24", want a range between /16 and /20`}},
		{"a reserved range", map[string]string{"vpc_cidr": "127.0.0.0/16"}, []string{`vpc_cidr: got "127.0.0.0/16", which is reserved, want a range of a private network`}},
		{"a name tag that no security group takes", map[string]string{"name_tag": "équipe"}, []string{`name_tag: got "équipe", want ASCII letters: the security group is named by it`}},
		{"an image that is too long", map[string]string{"container_image": strings.Repeat("a", 300)}, []string{"container_image: got \"aaaa"}},
		{"an invalid VPC", map[string]string{"vpc_cidr": "ten"}, []string{`vpc_cidr: got "ten", want an IPv4 range such as 10.0.0.0/16`}},
		{"a secret without a key", map[string]string{"create_secret": "true"}, []string{"create_secret is true but prefect_api_key is empty. Set TF_VAR_prefect_api_key"}},
		{"a key with a space and a line break around it", map[string]string{"create_secret": "true", "prefect_api_key": " not-a-key\n"},
			[]string{"prefect_api_key has spaces or a line break before or after the key"}},
		{"a secret made and given", map[string]string{"create_secret": "true", "prefect_api_key": "not-a-key", "prefect_secret_arn": secretARN},
			[]string{"create_secret is true but an ARN is given too: got " + secretARN}},
		{"a secret's name with a space", map[string]string{"create_secret": "true", "prefect_api_key": "not-a-key", "name_tag": "team a"},
			[]string{"The secret's name would be team a-prefect-api, want 1 to 512 letters"}},
		{"a region with two availability zones", map[string]string{"region": "us-west-1"},
			[]string{"The region has 2 availability zones for this account (us-west-1a, us-west-1b), but the network needs 3. Use another region, or fewer availability zones."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := p.in(t).stack("local", tt.vars)
			out, err := s.terraform("plan", "-input=false")
			if err == nil {
				t.Fatal("the plan succeeded")
			}
			text := unwrapped(out)
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in:\n%s", want, text)
				}
			}
			if strings.Contains(out, "not-a-key") {
				t.Error("the key was printed")
			}
		})
	}
}

// localState is a stack like dev with its state in a file, for tests that apply nothing.
const localState = `preset: readme
terraform:
  backend:
    s3: null
    local:
      path: terraform.local.tfstate
`

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
