package config

import (
	"maps"
	"slices"
	"strings"
)

// resolveGitHubActions finds the stacks and checks that the apply role can
// manage what they name.
func (c *Config) resolveGitHubActions(g *GitHubActions) {
	c.serve(g.checker, &g.Stacks, func(i int, e *Environment) {
		state := *e.Terraform.Backend.S3
		state.Key = e.Expand(state.Key)
		g.States = append(g.States, state)
		if r := e.FlowRunRole; r != nil {
			g.FlowRunPolicyARNs = append(g.FlowRunPolicyARNs, r.ManagedPolicyARNs...)
		}
		g.StoresSecrets = g.StoresSecrets || e.storesSecret()
		if e.Region != g.Region {
			g.FailIndex(&g.Stacks, i, "got %q, which is in %s, want stacks of region %s", e.Stack, e.Region, g.Region)
		}
		names := map[string]string{"taskExecutionRole.name": e.TaskExecutionRole.Name}
		if e.storesSecret() {
			names["secret.name"] = e.Secret.Name
		}
		for _, setting := range slices.Sorted(maps.Keys(names)) {
			name := e.Expand(names[setting])
			if !slices.ContainsFunc(g.NamePrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
				g.Fail(&g.NamePrefixes, "got %s, with none of which %q begins, the %s of %s; the apply role could not manage it",
					strings.Join(g.NamePrefixes, ", "), name, setting, e.Stack)
			}
		}
	})
}
