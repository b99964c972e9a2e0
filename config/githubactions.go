package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// resolveGitHubActions finds the stacks and checks that the apply role can
// manage what they name.
func (c *Config) resolveGitHubActions(g *GitHubActions) {
	c.serve(g.checker, &g.Stacks, func(i int, e *Environment) {
		state := *e.Terraform.Backend.S3
		state.Key = e.Expand(state.Key)
		g.States = append(g.States, state)
		for _, w := range e.Workers() {
			for _, r := range rolesOf(w) {
				g.RolePolicyARNs = append(g.RolePolicyARNs, r.policies...)
			}
		}
		e.addNames(&g.Names)
		if e.Region != g.Region {
			g.FailIndex(&g.Stacks, i, "got %q, which is in %s, want stacks of region %s", e.Stack, e.Region, g.Region)
		}
		if m := e.Monitoring; m != nil && m.Topic != nil && m.Topic.Makes() && m.Topic.KMSKeyARN == "" {
			g.FailIndex(&g.Stacks, i, "got %q, which creates a key for its monitoring.topic, and the apply role manages no keys; set alertsKeyAlias here, and in %s monitoring.topic.kmsKeyArn to the output alerts_key_arn", e.Stack, e.Stack)
		}
		names := map[string]string{}
		if e.TaskExecutionRole.Makes() {
			names["taskExecutionRole.name"] = e.TaskExecutionRole.Name
		}
		if e.storesSecret() {
			names["secret.name"] = e.Secret.Name
		}
		for _, n := range e.names(&e.Environment) {
			if (n.once.What == "role" || n.once.What == "secret") && strings.HasPrefix(n.path, "additionalWorkers[") {
				names[n.path] = n.pattern
			}
		}
		for _, setting := range slices.Sorted(maps.Keys(names)) {
			name := e.Expand(names[setting])
			if !slices.ContainsFunc(g.NamePrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
				g.Fail(&g.NamePrefixes, "got %s, but %q, the %s of %s, begins with none of them; the apply role could not manage it",
					strings.Join(g.NamePrefixes, ", "), name, setting, e.Stack)
			}
		}
	})
}

// addNames adds what AWS knows a stack's resources by. A name that a variable
// gives is the variable's default: the roles are made before anybody gives it
// another value.
func (e *Environment) addNames(to *settings.OwnNames) {
	once := func(list *[]string, name string) {
		if name != "" && !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	kinds := map[string]*[]string{"cluster": &to.Clusters, "dashboard": &to.Dashboards, "log group": &to.LogGroups, "repository": &to.Repositories}
	for _, n := range e.names(&e.Environment) {
		if list := kinds[n.once.What]; list != nil {
			once(list, n.text)
		}
	}
	for _, w := range e.Workers() {
		once(&to.Families, e.Expand(w.Family))
		if e.Cluster.Existing {
			once(&to.Services, e.Expand(e.Cluster.Name+"/"+w.ServiceName))
		}
		for _, r := range rolesOf(w) {
			once(&to.PassedRoles, *r.arn)
		}
		if w.Own.Secret != nil {
			once(&to.KMSKeyARNs, w.Own.Secret.KMSKeyARN)
		}
	}
	if e.LateRuns != nil {
		once(&to.LogGroups, "/aws/lambda/"+e.Expand(e.LateRuns.FunctionName))
	}
	if e.SecretChanges != nil {
		once(&to.LogGroups, "/aws/lambda/"+e.Expand(e.SecretChanges.FunctionName))
	}
	if e.Monitoring != nil {
		once(&to.AlarmPrefixes, e.Expand(e.Monitoring.NamePrefix))
	}
	if e.storesSecret() {
		once(&to.StoredSecrets, e.Expand(e.Secret.Name))
	}
	once(&to.RolePaths, cmp.Or(e.IAM.RolePath, "/"))
	if r := e.Repository; r != nil {
		once(&to.KMSKeyARNs, r.KMSKeyARN)
		to.ImageCaches = to.ImageCaches || r.PullThroughCache != nil
	}
	to.DNSNamespaces = to.DNSNamespaces || e.ServiceDiscovery != nil
}
