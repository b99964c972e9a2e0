package config

import "testing"

func TestSecretChanges(t *testing.T) {
	const changes = "secretChanges: {}\n"
	checkOverReadme(t, []overReadme{
		{"takes a secret that is made", noVariables + changes + "secret:\n  create: true\n  valueManagedBy: outside\n", ""},
		{"takes a given secret", noVariables + changes + "secret:\n  arn: \"arn:aws:secretsmanager:us-east-1:123456789012:secret:prefect-AbCdEf:key::\"\n", ""},
		{"rejects no secret in particular", changes,
			`dev.yaml:2: secretChanges: set with variables that may leave the stack without a secret; say which secret it is here: terraform.variables: {create_secret: "", prefect_secret_arn: ""}`},
		{"rejects a parameter", noVariables + changes + "secret:\n  arn: " + testParameter + "\n",
			"dev.yaml:4: secretChanges: got an SSM parameter, want a secret of Secrets Manager: changes of a parameter are not reported; remove one of them"},
		{"rejects no secret at all", noVariables + changes + selfHosted, "dev.yaml:4: secretChanges: set without a secret that could change; remove it"},
		{"rejects a function's name with a dot", noVariables + "secretChanges: {functionName: a.b}\nsecret:\n  create: true\n  valueManagedBy: outside\n",
			`dev.yaml:4: secretChanges.functionName: got "a.b", want 1 to 64 letters, digits, _ or -`},
	})
}
