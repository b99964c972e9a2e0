package config

import (
	"maps"
	"slices"
	"strings"
)

// Served is what the stacks that GitHub Actions applies are known to AWS by. A
// name that a variable gives is the variable's default: the roles are made before
// anybody gives it another value.
type Served struct {
	Clusters, Services, Families, LogGroups, Repositories, AlarmPrefixes, Dashboards, StoredSecrets, RolePaths, KMSKeyARNs []string

	ImageCaches, DNSNamespaces bool
}

// resolveGitHubActions finds the stacks and checks that the apply role can
// manage what they name.
func (c *Config) resolveGitHubActions(g *GitHubActions) {
	c.serve(g.checker, &g.Stacks, func(i int, e *Environment) {
		state := *e.Terraform.Backend.S3
		state.Key = e.Expand(state.Key)
		g.States = append(g.States, state)
		for _, w := range e.Workers() {
			if r := w.Own.FlowRunRole; r != nil {
				g.FlowRunPolicyARNs = append(g.FlowRunPolicyARNs, r.ManagedPolicyARNs...)
			}
		}
		g.Served.add(e)
		if e.Region != g.Region {
			g.FailIndex(&g.Stacks, i, "got %q, which is in %s, want stacks of region %s", e.Stack, e.Region, g.Region)
		}
		if m := e.Monitoring; m != nil && m.Topic != nil && m.Topic.Makes() && m.Topic.KMSKeyARN == "" {
			g.FailIndex(&g.Stacks, i, "got %q, which makes a key for its monitoring.topic, and the apply role manages no keys; set alertsKeyAlias here, and in %s monitoring.topic.kmsKeyArn to the output alerts_key_arn", e.Stack, e.Stack)
		}
		names := map[string]string{"taskExecutionRole.name": e.TaskExecutionRole.Name}
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
				g.Fail(&g.NamePrefixes, "got %s, with none of which %q begins, the %s of %s; the apply role could not manage it",
					strings.Join(g.NamePrefixes, ", "), name, setting, e.Stack)
			}
		}
	})
}

// add adds the names of a stack.
func (s *Served) add(e *Environment) {
	once := func(to *[]string, name string) {
		if name != "" && !slices.Contains(*to, name) {
			*to = append(*to, name)
		}
	}
	kinds := map[string]*[]string{"cluster": &s.Clusters, "dashboard": &s.Dashboards, "log group": &s.LogGroups, "repository": &s.Repositories}
	for _, n := range e.names(&e.Environment) {
		if to := kinds[n.once.What]; to != nil {
			once(to, n.text)
		}
	}
	for _, w := range e.Workers() {
		once(&s.Families, e.Expand(w.Family))
		if e.Cluster.Existing {
			once(&s.Services, e.Expand(e.Cluster.Name+"/"+w.ServiceName))
		}
	}
	if e.LateRuns != nil {
		once(&s.LogGroups, "/aws/lambda/"+e.Expand(e.LateRuns.FunctionName))
	}
	if e.SecretChanges != nil {
		once(&s.LogGroups, "/aws/lambda/"+e.Expand(e.SecretChanges.FunctionName))
	}
	if e.Monitoring != nil {
		once(&s.AlarmPrefixes, e.Expand(e.Monitoring.NamePrefix))
	}
	if e.storesSecret() {
		once(&s.StoredSecrets, e.Expand(e.Secret.Name))
	}
	path := e.IAM.RolePath
	if path == "" {
		path = "/"
	}
	once(&s.RolePaths, path)
	for _, w := range e.Workers() {
		if w.Own.Secret != nil {
			once(&s.KMSKeyARNs, w.Own.Secret.KMSKeyARN)
		}
	}
	if r := e.Repository; r != nil {
		once(&s.KMSKeyARNs, r.KMSKeyARN)
		s.ImageCaches = s.ImageCaches || r.PullThroughCache != nil
	}
	s.DNSNamespaces = s.DNSNamespaces || e.ServiceDiscovery != nil
}
