package config

import "strings"

// nameCluster: a cluster's ARN says its name, and that it exists.
func (e *Environment) nameCluster() {
	if _, name, ok := strings.Cut(e.Cluster.ARN, ":cluster/"); ok {
		e.Cluster.Name, e.Cluster.Existing = name, true
	}
}

// checkCluster refuses what an ARN has said already.
func (e *Environment) checkCluster() {
	k := &e.Cluster
	if k.ARN == "" {
		return
	}
	for _, field := range []any{&k.Name, &k.Existing} {
		if e.Own(field) {
			e.Fail(field, "set with cluster.arn, which already names the cluster; remove one of them")
		}
	}
	if v := e.variable(&k.Name); v != "" {
		e.FailKey(&e.Terraform.Variables, v, `got cluster.name, but cluster.arn already names the cluster; remove the variable with %s: ""`, v)
	}
}
