package config

import "testing"

// TestAccount: whose account and role Terraform works with, and the state lies under.
func TestAccount(t *testing.T) {
	const (
		provider = "preset: readme\ntags: {Team: data}\nterraform:\n  provider:\n    "
		backend  = "preset: readme\nterraform:\n  requiredVersion: \">= 1.11\"\n  backend:\n    s3:\n      "
		role     = "arn:aws:iam::123456789012:role/terraform"
	)
	for _, tt := range []struct{ name, text, want string }{
		{"takes a role of an allowed account", provider + "allowedAccountIds: [\"210987654321\", \"123456789012\"]\n    assumeRole: {roleArn: " + role + ", externalId: acme, sessionName: prefect}\n", ""},
		{"rejects an account without its zero", provider + "allowedAccountIds: [\"23456789012\"]\n",
			`dev.yaml:5: terraform.provider.allowedAccountIds[0]: got "23456789012", want an account's 12 digits, in quotes`},
		{"rejects an account twice", provider + "allowedAccountIds: [\"123456789012\", \"123456789012\"]\n",
			`dev.yaml:5: terraform.provider.allowedAccountIds[1]: got "123456789012" twice`},
		{"rejects a role of an account that is not allowed", provider + "allowedAccountIds: [\"210987654321\"]\n    assumeRole: {roleArn: " + role + "}\n",
			"dev.yaml:6: terraform.provider.assumeRole.roleArn: got a role of account 123456789012, want one of allowedAccountIds (210987654321): no plan would succeed"},
		{"rejects a role without an ARN", provider + "assumeRole: {externalId: acme}\n",
			"dev.yaml:5: terraform.provider.assumeRole.roleArn: got no value, want a role's ARN, arn:aws:iam::<12 digits>:role/<name>"},
		{"rejects a user", provider + "assumeRole: {roleArn: \"arn:aws:iam::123456789012:user/me\"}\n",
			`dev.yaml:5: terraform.provider.assumeRole.roleArn: got "arn:aws:iam::123456789012:user/me", want a role's ARN, arn:aws:iam::<12 digits>:role/<name>`},
		{"rejects a session with a space", provider + "assumeRole: {roleArn: " + role + ", sessionName: \"my session\"}\n",
			`dev.yaml:5: terraform.provider.assumeRole.sessionName: got "my session", want 2 to 64 letters, digits or _+=,.@-`},
		{"rejects an external id of one character", provider + "assumeRole: {roleArn: " + role + ", externalId: a}\n",
			`dev.yaml:5: terraform.provider.assumeRole.externalId: got "a", want 2 to 1224 letters, digits or _+=,.@:/-`},
		{"takes tags to ignore", provider + "ignoreTags: {keys: [CostCenter], keyPrefixes: [\"org:\"]}\n", ""},
		{"rejects no tags to ignore", provider + "ignoreTags: {}\n", "dev.yaml:5: terraform.provider.ignoreTags: got neither, want keys or keyPrefixes"},
		{"rejects a tag that is set and ignored", provider + "ignoreTags: {keyPrefixes: [Te]}\n",
			"dev.yaml:2: tags.Team: set here and ignored by terraform.provider.ignoreTags, want one: each plan would add it again"},
		{"rejects ignoring names", provider + "ignoreTags: {keys: [Name]}\n",
			"dev.yaml:5: terraform.provider.ignoreTags: got the tag Name, want others: each resource has one, which each plan would add again"},
		{"takes a role and a profile for the state", backend + "profile: acme shared\n      assumeRole: {roleArn: " + role + "}\n", ""},
		{"rejects a profile in brackets", backend + "profile: \"[acme]\"\n", `dev.yaml:6: terraform.backend.s3.profile: got "[acme]", want a profile's name as in ~/.aws/config`},
		{"rejects a role for the state with an older Terraform", "preset: readme\nterraform:\n  backend:\n    s3:\n      assumeRole: {roleArn: " + role + "}\n",
			`dev.yaml: terraform.requiredVersion (from preset readme): got ">= 1.2.0" with terraform.backend.s3.assumeRole, want at least ">= 1.6.0": an older Terraform refuses the block assume_role`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}
