package config

import (
	"slices"
	"testing"
)

func TestGitHubActions(t *testing.T) {
	const good = "kind: github-actions\nregion: us-east-1\nrepository: acme/prefect\nstacks: dev\nnamePrefixes: prefect\n"
	const role = "kind: github-actions\nregion: us-east-1\nstacks: dev\nnamePrefixes: prefect\n"
	for _, tt := range []struct{ name, dev, text, want string }{
		{"takes a repository's names", "", good, ""},
		{"takes a repository's names with ids", "", role + "repository: acme@1/prefect@2\n", ""},
		{"rejects a repository with one id", "", role + "repository: acme@1/prefect\n", `g.yaml:5: repository: got "acme@1/prefect", want owner/name, or owner@<owner id>/name@<repository id>`},
		{"rejects every repository of an owner", "", role + "repository: acme/*\n", `g.yaml:5: repository: got "acme/*", want no wildcard: whoever can make a match could take the role`},
		{"rejects every branch", "", good + "branch: \"*\"\n", `g.yaml:6: branch: got "*", want no wildcard: whoever can make a match could take the role`},
		{"rejects every environment", "", good + "environment: prod-?\n", `g.yaml:6: environment: got "prod-?", want no wildcard: whoever can make a match could take the role`},
		{"takes an environment of all stacks", "", good + "environment: production\n", ""},
		{"takes environments by other names", "", good + "environment: aws-{stack}\nplanEnvironment: aws-{stack}-plan\n", ""},
		{"rejects one environment for both", "", good + "environment: ci\nplanEnvironment: ci\n", `g.yaml:7: planEnvironment: got "ci", which is the environment whose jobs may apply, want another without reviewers`},
		{"rejects a subject in an environment", "", good + "environment: a:ref\n", `g.yaml:6: environment: got "a:ref", want an environment of letters, digits, spaces or ._/-`},
		{"rejects no region and no repository", "", "kind: github-actions\nstacks: dev\nnamePrefixes: prefect\nregion: mars\n",
			"g.yaml:4: region: got \"mars\", want an AWS region such as us-east-1\ng.yaml: repository: missing, want owner/name, or owner@<owner id>/name@<repository id>"},
		{"rejects another issuer", "", good + "oidcProviderArn: arn:aws:iam::123456789012:oidc-provider/gitlab.com\n",
			`g.yaml:6: oidcProviderArn: got "arn:aws:iam::123456789012:oidc-provider/gitlab.com", want arn:aws:iam::<12 digits>:oidc-provider/token.actions.githubusercontent.com`},
		{"rejects one role for both", "", good + "planRole: ci\napplyRole: ci\n", `g.yaml:7: applyRole: got "ci", the plan role's name too, want two roles: a pull request must not be able to apply`},
		{"rejects a role that could change itself", "", good + "applyRole: prefect-apply\n",
			`g.yaml:5: namePrefixes: got "prefect", which the role prefect-apply begins with too: it could give itself any permission; want another prefix or role name`},
		{"rejects a prefix of everything", "", "kind: github-actions\nregion: us-east-1\nrepository: acme/prefect\nstacks: dev\nnamePrefixes: [\"*\"]\n",
			`g.yaml:5: namePrefixes[0]: got "*", want 3 to 40 letters, digits or _.-, without a wildcard`},
		{"rejects a stack whose role it could not manage", "taskExecutionRole:\n  name: etl-execution\n", good,
			`g.yaml:5: namePrefixes: got prefect, but "etl-execution", the taskExecutionRole.name of dev, begins with none of them; the apply role could not manage it`},
		{"rejects a worker's own role that it could not manage", "additionalWorkers:\n  - name: ml\n    workPool: ml\n    taskExecutionRole: {name: ml-execution}\n", good,
			`g.yaml:5: namePrefixes: got prefect, but "ml-execution", the additionalWorkers[0].taskExecutionRole.name of dev, begins with none of them; the apply role could not manage it`},
		{"rejects a stack of another region", "region: eu-west-1\n", good, `g.yaml:4: stacks: got "dev", which is in eu-west-1, want stacks of region us-east-1`},
		{"rejects a stack that makes a key", "monitoring:\n  topic: {}\n  savedQueries: true\n", good,
			`g.yaml:4: stacks: got "dev", which creates a key for its monitoring.topic, and the apply role manages no keys; set alertsKeyAlias here, and in dev monitoring.topic.kmsKeyArn to the output alerts_key_arn`},
		{"rejects a stack that is not there", "", "kind: github-actions\nregion: us-east-1\nrepository: acme/prefect\nstacks: prod\nnamePrefixes: prefect\n", `g.yaml:4: stacks: no such stack: got "prod", want one of: dev`},
		{"rejects more prefixes than a policy holds", "", "kind: github-actions\nregion: us-east-1\nrepository: acme/prefect\nstacks: dev\nnamePrefixes: [prefect, etl, ops, web, api]\n",
			"g.yaml:5: namePrefixes: got 5, want at most 4"},
		{"rejects no stack", "", "kind: github-actions\nregion: us-east-1\nrepository: acme/prefect\nnamePrefixes: prefect\n", "g.yaml: stacks: missing, want the stacks that GitHub Actions plans and applies, e.g. stacks: dev"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": "preset: readme\n" + tt.dev, "g.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestGitHubActionsStoresSecrets: the plan role reads a secret's value where
// Terraform may have written it.
func TestGitHubActionsStoresSecrets(t *testing.T) {
	const ci = "kind: github-actions\nregion: us-east-1\nrepository: acme/prefect\nstacks: dev\nnamePrefixes: [prefect, dev]\n"
	for _, tt := range []struct {
		name, dev string
		want      bool
	}{
		{"by a variable", "preset: readme\n", true},
		{"never made", "preset: readme\nterraform:\n  variables: {create_secret: \"\", prefect_api_key: \"\"}\n", false},
		{"made here", "preset: readme\nsecret:\n  create: true\nterraform:\n  variables: {create_secret: \"\"}\n", true},
		{"write-only, read by an older provider", "preset: readme\nsecret:\n  valueManagedBy: write-only\nterraform:\n  requiredVersion: \">= 1.11\"\n  awsProviderVersion: \">= 5.88\"\n", true},
		{"write-only, which no provider reads", "preset: readme\nsecret:\n  valueManagedBy: write-only\nterraform:\n  requiredVersion: \">= 1.11\"\n  awsProviderVersion: \">= 6.26\"\n", false},
		{"valued outside", "preset: readme\nsecret:\n  create: true\n  valueManagedBy: outside\nterraform:\n  variables: {create_secret: \"\", prefect_api_key: \"\"}\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := load(t, map[string]string{"dev.yaml": tt.dev, "g.yaml": ci})
			if err != "" {
				t.Fatal(err)
			}
			if got := c.GitHubActions[0].Names.StoredSecrets; (len(got) == 1) != tt.want {
				t.Errorf("got %v, want one %t", got, tt.want)
			}
		})
	}
}

// TestGitHubActionsOfTwoTeams: the roles manage what belongs to a single worker.
func TestGitHubActionsOfTwoTeams(t *testing.T) {
	const policy = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
	c, err := load(t, map[string]string{
		"dev.yaml": twoTeams("workPool: ml-pool", "secret: {name: prefect-ml-key, kmsKeyArn: \""+keyExample+"\"}", "taskExecutionRole: {name: prefect-ml-execution}",
			"taskRole: {name: prefect-ml-worker}", "flowRunRole: {name: prefect-ml-flow-run, managedPolicyArns: [\""+policy+"\"]}") + "monitoring: null\n",
		"g.yaml": "kind: github-actions\nregion: us-east-1\nrepository: acme/prefect\nstacks: dev\nnamePrefixes: [prefect]\n",
	})
	if err != "" {
		t.Fatal(err)
	}
	g := c.GitHubActions[0]
	if !slices.Contains(g.Names.KMSKeyARNs, keyExample) || !slices.Contains(g.RolePolicyARNs, policy) || len(g.Names.StoredSecrets) > 0 {
		t.Errorf("got keys %v, policies %v and stored secrets %v; want the worker's own key and policy, and no value in the state", g.Names.KMSKeyARNs, g.RolePolicyARNs, g.Names.StoredSecrets)
	}
}
