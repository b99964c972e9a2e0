package config

import (
	"strings"
	"testing"
)

// TestBackend: where a state can be kept besides S3 and a file.
func TestBackend(t *testing.T) {
	const (
		head  = "preset: readme\nterraform:\n  backend:\n    s3: null\n"
		http  = head + "    http:\n      "
		cloud = head + "    cloud:\n      organization: acme\n      "
	)
	for _, tt := range []struct{ name, text, want string }{
		{"takes GitLab's", http + "address: https://gitlab.example.com/api/v4/projects/42/terraform/state/{stack}\n" +
			"      lockAddress: https://gitlab.example.com/api/v4/projects/42/terraform/state/{stack}/lock\n" +
			"      unlockAddress: https://gitlab.example.com/api/v4/projects/42/terraform/state/{stack}/lock\n" +
			"      lockMethod: POST\n      unlockMethod: DELETE\n      retryWaitMinSeconds: 5\n", ""},
		{"rejects no address", http + "lockMethod: POST\n", `dev.yaml:5: terraform.backend.http.address: missing, want an address such as https://gitlab.example.com/api/v4/projects/42/terraform/state/dev
dev.yaml:6: terraform.backend.http.lockMethod: got a method without lockAddress, without which nothing is locked; set it`},
		{"rejects another scheme", http + "address: ftp://example.com/state\n",
			`dev.yaml:6: terraform.backend.http.address: got "ftp://example.com/state", want an address such as https://gitlab.example.com/api/v4/projects/42/terraform/state/dev`},
		{"rejects a password and does not repeat it", http + "address: https://me:not-a-key@example.com/state\n",
			"dev.yaml:6: terraform.backend.http.address: got a value that is not repeated here, as it may be a secret, want an address without user and password, which everybody could read: give them as TF_HTTP_USERNAME and TF_HTTP_PASSWORD"},
		{"rejects a token and does not repeat it", http + "address: https://example.com/state?private_token=not-a-key\n",
			"dev.yaml:6: terraform.backend.http.address: got a value that is not repeated here, as it may be a secret, want an address without a token, which everybody could read: give it as TF_HTTP_PASSWORD"},
		{"rejects a user as a setting", http + "address: https://example.com/state\n      username: me\n",
			"dev.yaml:7: terraform.backend.http.username: unknown setting, known here: address, updateMethod, lockAddress, unlockAddress, lockMethod, unlockMethod, retryMax, retryWaitMinSeconds, retryWaitMaxSeconds"},
		{"rejects a lock that is never given back", http + "address: https://example.com/state\n      lockAddress: https://example.com/lock\n",
			"dev.yaml:5: terraform.backend.http.unlockAddress: got none with lockAddress: no lock would be released; set it, usually to the same address"},
		{"rejects what is not locked and unlocked", http + "address: https://example.com/state\n      unlockAddress: https://example.com/lock\n      unlockMethod: DELETE\n",
			`dev.yaml:7: terraform.backend.http.unlockAddress: got an address without lockAddress, without which nothing is locked; set it
dev.yaml:8: terraform.backend.http.unlockMethod: got a method without lockAddress, without which nothing is locked; set it`},
		{"rejects a method in small letters", http + "address: https://example.com/state\n      updateMethod: put\n",
			`dev.yaml:7: terraform.backend.http.updateMethod: got "put", want an HTTP method in capitals such as POST`},
		{"rejects pauses the wrong way round", http + "address: https://example.com/state\n      retryWaitMinSeconds: 60\n",
			"dev.yaml:7: terraform.backend.http.retryWaitMinSeconds: got 60, above the 30 of retryWaitMaxSeconds"},
		{"takes a workspace", cloud + "workspaces: {name: \"prefect-{stack}\"}\n", ""},
		{"rejects no workspace", head + "    cloud: {organization: acme}\n",
			"dev.yaml:5: terraform.backend.cloud.workspaces.name: missing, want a workspace's name: 1 to 90 letters, digits, _ or -"},
		{"rejects tags, by which several stacks share a file", cloud + "workspaces: {tags: [prefect]}\n", "dev.yaml:7: terraform.backend.cloud.workspaces.tags: unknown setting, known here: name, project"},
		{"rejects a token as a setting", cloud + "token: not-a-key\n      workspaces: {name: dev}\n", "dev.yaml:7: terraform.backend.cloud.token: unknown setting, known here: hostname, organization, workspaces"},
		{"rejects a workspace with a space", cloud + "workspaces: {name: my workspace}\n",
			`dev.yaml:7: terraform.backend.cloud.workspaces.name: got "my workspace", want a workspace's name: 1 to 90 letters, digits, _ or -`},
		{"rejects a host as an address", cloud + "hostname: https://tfe.example.com\n      workspaces: {name: dev}\n",
			`dev.yaml:7: terraform.backend.cloud.hostname: got "https://tfe.example.com", want a host such as app.terraform.io, without https://`},
		{"rejects a project with an older Terraform", cloud + "workspaces: {name: dev, project: Data platform}\n",
			`dev.yaml: terraform.requiredVersion (from preset readme): got ">= 1.2.0" with terraform.backend.cloud.workspaces.project, want at least ">= 1.6.0": an older Terraform refuses a project there`},
		{"takes a project", "preset: readme\nterraform:\n  requiredVersion: \">= 1.6\"\n  backend:\n    s3: null\n    cloud: {organization: acme, workspaces: {name: dev, project: Data platform}}\n", ""},
		{"rejects a Terraform without the block", "preset: readme\nterraform:\n  requiredVersion: \">= 1.0\"\n  backend:\n    s3: null\n    cloud: {organization: acme, workspaces: {name: dev}}\n",
			`dev.yaml:3: terraform.requiredVersion: got ">= 1.0" with terraform.backend.cloud, want at least ">= 1.1.0": an older Terraform has no block cloud`},
		{"rejects three backends", "preset: readme\nterraform:\n  backend:\n    http: {address: \"https://example.com/state\"}\n    cloud: {organization: acme, workspaces: {name: dev}}\n",
			"dev.yaml:3: terraform.backend: got s3 and http and cloud, want one; set the others to null"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestBackendsTogether: two stacks never have one state, and what serves stacks by
// their states in S3 says so of others.
func TestBackendsTogether(t *testing.T) {
	stack := func(name, backend string) string {
		return "preset: readme\nnameTag: " + name + "\ncluster: {name: " + name + "}\ntaskExecutionRole: {name: " + name + "}\nrepository: null\nterraform:\n  backend:\n    s3: null\n    " + backend + "\n"
	}
	const (
		http = `http: {address: "https://example.com/state"}`
	)
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"rejects two stacks at one address", map[string]string{"a.yaml": stack("a", http), "b.yaml": stack("b", http)},
			"b.yaml:9: terraform.backend.http.address: got state https://example.com/state, which a.yaml has already; give each its own"},
		{"rejects two stacks in one workspace", map[string]string{"a.yaml": stack("a", "cloud: {organization: acme, workspaces: {name: prefect}}"), "b.yaml": stack("b", "cloud: {organization: ACME, workspaces: {name: prefect}}")},
			"b.yaml:9: terraform.backend.cloud.workspaces.name: got state app.terraform.io/acme/prefect, which a.yaml has already; give each its own"},
		{"rejects a state backend of a state elsewhere", map[string]string{"a.yaml": stack("a", http), "s.yaml": "kind: state-backend\nstacks: a\n"},
			`s.yaml:2: stacks: got "a", whose state is not in S3 (terraform.backend.http); set terraform.backend.s3 in it, or leave it out here`},
		{"rejects GitHub's roles for a state elsewhere", map[string]string{"a.yaml": stack("a", "cloud: {organization: acme, workspaces: {name: prefect}}"),
			"g.yaml": "kind: github-actions\nregion: us-east-1\nrepository: acme/prefect\nstacks: a\nnamePrefixes: prefect\n"},
			`g.yaml:4: stacks: got "a", whose state is not in S3 (terraform.backend.cloud); set terraform.backend.s3 in it, or leave it out here`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, tt.files); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestBackendWarnings(t *testing.T) {
	c, err := load(t, map[string]string{"dev.yaml": "preset: readme\nsecurityGroup: {ingress: []}\nworker: {image: \"flows:1\"}\nsecret: {create: true}\n" +
		"terraform:\n  backend:\n    s3: null\n    http:\n      address: http://state.example.com/{stack}\nprefect: {apiUrl: \"http://prefect.internal:4200/api\"}\n"})
	if err != "" {
		t.Fatal(err)
	}
	want := `dev.yaml:8: terraform.backend.http: no lock: two runs at a time can lose each other's changes; set lockAddress and unlockAddress
dev.yaml:9: terraform.backend.http.address: http: the state, with all secrets in it, and the password go over the network in plain text; use https`
	if got := strings.Join(warningsOf(c), "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
