//go:build e2e

package e2e

import "testing"

const githubActions = `kind: github-actions
region: us-east-1
repository: acme@123456/prefect@456789
stateOf: dev
namePrefixes: prefect
`

func TestGitHubActions(t *testing.T) {
	p := newProject(t, map[string]string{"github.yaml": githubActions})
	s := p.stack("github", nil)
	s.apply()
	s.unchanged()
	s.destroy()
}
