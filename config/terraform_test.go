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
			"dev.yaml:5: terraform.provider.assumeRole.roleArn: missing, want a role's ARN, arn:aws:iam::<12 digits>:role/<name>"},
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

// TestStatements: import, moved and removed as Terraform takes them, as far as
// the file alone shows it. Package beside knows what the stack creates.
func TestStatements(t *testing.T) {
	const head = "preset: readme\nterraform:\n  requiredVersion: \">= 1.8\"\n"
	for _, tt := range []struct{ name, text, want string }{
		{"takes addresses in modules and with keys", head + "  import:\n    - {to: 'module.a[0].module.b[\"x y\"].aws_subnet.private[\"a.b\"]', id: subnet-1}\n" +
			"  moved:\n    - {from: 'module.old.aws_subnet.this[1]', to: 'aws_subnet.private[1]'}\n    - {from: module.x, to: 'module.y[\"k\"]'}\n  removed: [{from: module.c.module.b}, {from: module.c.aws_vpc.x}]\n",
			""},
		{"takes a chain, and one instance of what is removed", head + "  moved: [{from: aws_vpc.a, to: aws_vpc.b}, {from: aws_vpc.b, to: aws_vpc.prefect}, {from: 'aws_eip.old[0]', to: aws_eip.nat}]\n  removed: [{from: aws_eip.old}]\n", ""},
		{"takes a rule that becomes one of its own", head + "  moved: [{from: aws_security_group_rule.a, to: aws_vpc_security_group_ingress_rule.a}]\n", ""},
		{"takes an ID with everything in it", head + "  import: [{to: aws_iam_role_policy.secrets_policy, id: \"role:policy/with,all|of_it $x {y}\"}]\n", ""},

		{"rejects an older Terraform for an import", "preset: readme\nterraform:\n  import: [{to: aws_vpc.prefect, id: vpc-1}]\n",
			`dev.yaml: terraform.requiredVersion (from preset readme): got ">= 1.2.0" with terraform.import, want at least ">= 1.5.0": an older Terraform refuses the block import`},
		{"rejects an older Terraform for all three", "preset: readme\nterraform:\n  import: [{to: aws_vpc.prefect, id: vpc-1}]\n  removed: [{from: aws_vpc.x}]\n",
			`dev.yaml: terraform.requiredVersion (from preset readme): got ">= 1.2.0" with terraform.removed, want at least ">= 1.7.0": an older Terraform refuses the block removed`},
		{"rejects a Terraform before moved", "preset: readme\nterraform:\n  requiredVersion: \">= 1.0\"\n  moved: [{from: aws_vpc.x, to: aws_vpc.prefect}]\n",
			`dev.yaml:3: terraform.requiredVersion: got ">= 1.0" with terraform.moved, want at least ">= 1.1.0": an older Terraform refuses the block moved`},
		{"rejects an older Terraform for another type", "preset: readme\nterraform:\n  requiredVersion: \">= 1.7\"\n  moved: [{from: aws_security_group_rule.a, to: aws_vpc_security_group_ingress_rule.a}]\n",
			`dev.yaml:3: terraform.requiredVersion: got ">= 1.7" with terraform.moved[0], want at least ">= 1.8.0": an older Terraform moves no resource to another type`},

		{"rejects a type without a name", head + "  import: [{to: aws_vpc, id: x}]\n",
			`dev.yaml:4: terraform.import[0].to: got "aws_vpc", want a resource's address such as aws_vpc.prefect, aws_subnet.private[0] or module.prefect.aws_ecs_service.worker["a"]`},
		{"rejects a key without quotes", head + "  import: [{to: 'aws_subnet.private[a]', id: x}]\n",
			`dev.yaml:4: terraform.import[0].to: got "aws_subnet.private[a]", want a resource's address such as aws_vpc.prefect, aws_subnet.private[0] or module.prefect.aws_ecs_service.worker["a"]`},
		{"rejects an expression as a key", head + "  import: [{to: 'aws_subnet.private[\"${x}\"]', id: x}]\n",
			`dev.yaml:4: terraform.import[0].to: got "aws_subnet.private[\"${x}\"]", want an address such as aws_vpc.prefect or module.prefect.aws_subnet.private[0]`},
		{"rejects the import of a module", head + "  import: [{to: module.a.module.b, id: x}]\n",
			`dev.yaml:4: terraform.import[0].to: got "module.a.module.b", want a resource's address: a module is no object that could be imported`},
		{"rejects the import of a data source", head + "  import: [{to: data.aws_vpc.x, id: x}]\n",
			`dev.yaml:4: terraform.import[0].to: got "data.aws_vpc.x", want a resource: a state keeps nothing of a data source`},
		{"rejects the import of nothing", head + "  import: [{to: aws_vpc.prefect}]\n",
			`dev.yaml:4: terraform.import[0].id: missing, want an object's ID as the provider's page of the resource shows it under Import`},
		{"rejects an expression as an ID", head + "  import: [{to: aws_vpc.prefect, id: \"${var.vpc}\"}]\n",
			`dev.yaml:4: terraform.import[0].id: got "${var.vpc}", want an ID without an expression; a block import in a file beside this one takes one`},
		{"rejects an import to one address twice", head + "  import: [{to: aws_vpc.prefect, id: a}, {to: aws_vpc.prefect, id: b}]\n",
			`dev.yaml:4: terraform.import[1].to: got aws_vpc.prefect, which terraform.import[0] has already; remove one`},
		{"rejects an import where something moves", head + "  import: [{to: aws_vpc.prefect, id: a}]\n  moved: [{from: aws_vpc.x, to: aws_vpc.prefect}]\n",
			`dev.yaml:4: terraform.import[0].to: got aws_vpc.prefect, to which terraform.moved[0] moves another; want one: a resource is one object`},
		{"rejects two moves from one address", head + "  moved: [{from: aws_vpc.x, to: aws_vpc.a}, {from: aws_vpc.x, to: aws_vpc.b}]\n",
			`dev.yaml:4: terraform.moved[1].from: got aws_vpc.x, which terraform.moved[0] has already; remove one`},
		{"rejects two moves to one address", head + "  moved: [{from: aws_vpc.x, to: aws_vpc.a}, {from: aws_vpc.y, to: aws_vpc.a}]\n",
			`dev.yaml:4: terraform.moved[1].to: got aws_vpc.a, which terraform.moved[0] has already; remove one`},
		{"rejects a move to where it is", head + "  moved: [{from: aws_vpc.x, to: aws_vpc.x}]\n",
			`dev.yaml:4: terraform.moved[0].to: got aws_vpc.x, the address that it moves from; want another, or no such entry`},
		{"rejects a move in a circle", head + "  moved: [{from: aws_vpc.x, to: aws_vpc.y}, {from: aws_vpc.y, to: aws_vpc.z}, {from: aws_vpc.z, to: aws_vpc.x}]\n",
			`dev.yaml:4: terraform.moved[0].from: got moves in a circle, aws_vpc.x to aws_vpc.y to aws_vpc.z to aws_vpc.x, want one that ends where the resource is now`},
		{"rejects a move of a module to a resource", head + "  moved: [{from: module.x, to: aws_vpc.a}]\n",
			`dev.yaml:4: terraform.moved[0].to: got aws_vpc.a for module.x, want both resources or both modules`},
		{"rejects a move of a module into itself", head + "  moved: [{from: module.x, to: module.x.module.y}]\n",
			`dev.yaml:4: terraform.moved[0].to: got module.x.module.y, which is within what it moves, module.x`},
		{"rejects a move to another type", head + "  moved: [{from: aws_eip.x, to: aws_vpc.prefect}]\n",
			`dev.yaml:4: terraform.moved[0].to: got aws_vpc.prefect for aws_eip.x, want the same type: the provider cannot move an object of one to the other`},
		{"rejects a removal of one instance", head + "  removed: [{from: 'aws_eip.x[0]'}]\n",
			`dev.yaml:4: terraform.removed[0].from: got "aws_eip.x[0]", want an address without a key: Terraform removes all instances of a resource or none`},
		{"rejects a removal of what moves", head + "  moved: [{from: aws_eip.x, to: aws_eip.nat}]\n  removed: [{from: aws_eip.x}]\n",
			`dev.yaml:5: terraform.removed[0].from: got aws_eip.x, which terraform.moved[0] moves; remove one`},
		{"rejects a removal of what is imported, and of the module around it", head + "  import: [{to: aws_eip.x, id: a}, {to: 'module.a[0].aws_eip.x', id: b}]\n  removed: [{from: aws_eip.x}, {from: module.a}]\n",
			"dev.yaml:5: terraform.removed[0].from: got aws_eip.x, where terraform.import[0] puts something; remove one\n" +
				"dev.yaml:5: terraform.removed[1].from: got module.a, where terraform.import[1] puts something; remove one"},
		{"rejects a removal twice", head + "  removed: [{from: aws_eip.x}, {from: aws_eip.x}]\n",
			`dev.yaml:4: terraform.removed[1].from: got aws_eip.x, which terraform.removed[0] has already; remove one`},
		{"rejects a destruction", head + "  removed: [{from: aws_eip.x, destroy: true}]\n", `dev.yaml:4: terraform.removed[0].destroy: unknown setting, known here: from`},
		{"knows them in a state backend", "kind: state-backend\nstacks: dev\nterraform: {removed: [{from: aws_vpc.x}]}\n",
			`dev.yaml:3: terraform.requiredVersion: got ">= 1.2.0" with terraform.removed, want at least ">= 1.7.0": an older Terraform refuses the block removed`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}
