package config

import "testing"

// TestResolve: what is literal in a file is literal in Terraform, whatever is
// beside it, and braces become the variable that exposes the setting.
func TestResolve(t *testing.T) {
	const fixed = "terraform:\n  variables: {name_tag: \"\", work_pool_name: \"\"}\n"
	for _, tt := range []struct{ name, more, text, want string }{
		{"a variable", "", "{nameTag}-x", "${var.name_tag}-x"},
		{"a dollar before a variable", "", "${nameTag}", "${\"$\"}${var.name_tag}"},
		{"two dollars before a variable", "", "a$${nameTag}", "a${\"$$\"}${var.name_tag}"},
		{"an expression", "", "${path.module}", "$${path.module}"},
		{"a directive", "", "%{if true}", "%%{if true}"},
		{"an expression after a variable", "", "{nameTag}${path.module}", "${var.name_tag}$${path.module}"},
		{"braces around nothing known", "", `{"a": {}}`, `{"a": {}}`},
		{"a dollar before a value", fixed, "${nameTag}", "$prefect-ecs"},
		{"a dollar of a value before braces", fixed + "prefect: {workPool: a$}\n", "{prefect.workPool}{path.module}", "a$${path.module}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := load(t, map[string]string{"dev.yaml": "preset: readme\n" + tt.more + "worker:\n  environment:\n    X: '" + tt.text + "'\n"})
			if err != "" {
				t.Fatal(err)
			}
			if got := c.Environments[0].Resolve().Worker.Environment["X"]; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestResolveSecrets: what follows the secret's ARN is literal too.
func TestResolveSecrets(t *testing.T) {
	const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf:"
	c, err := load(t, map[string]string{"dev.yaml": "preset: readme\nworker:\n  secrets: {X: \"" + arn + "${path.module}::\"}\n"})
	if err != "" {
		t.Fatal(err)
	}
	if got, want := c.Environments[0].Resolve().Worker.Secrets["X"], arn+"$${path.module}::"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
