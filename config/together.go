package config

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// checkTogether finds what only shows across files: two stacks with one name,
// two with one state, a state backend of a stack that is not there.
func (c *Config) checkTogether() error {
	stacks, states := map[string]*file{}, map[string]*file{}
	var errs []error
	// One cause is one line: two stacks of one name have one state too.
	unique := func(f *file, stack, statePath, state string) {
		if first, ok := stacks[strings.ToLower(stack)]; ok {
			f.add("stack", "got stack name %q, which %s has already; give each its own", stack, first.name)
		} else if first, ok := states[state]; ok {
			f.add(statePath, "got state %s, which %s has already; give each its own", strings.TrimPrefix(state, "file "), first.name)
		} else {
			stacks[strings.ToLower(stack)], states[state] = f, f
		}
		errs = append(errs, f.err())
		f.found = nil
	}
	for _, e := range c.Environments {
		statePath, state := e.identity()
		unique(e.file, e.Stack, statePath, state)
	}
	for _, s := range c.StateBackends {
		c.resolveStateBackend(s)
		unique(s.file, s.Stack, "localStatePath", "file "+path.Clean(s.StatePath()))
	}
	for _, g := range c.GitHubActions {
		c.resolveGitHubActions(g)
		unique(g.file, g.Stack, "localStatePath", "file "+path.Clean(g.StatePath()))
	}
	for _, s := range c.CrashEvents {
		statePath, state := backendIdentity(&s.Terraform.Backend, s.expand)
		unique(s.file, s.Stack, statePath, state)
	}
	return errors.Join(append(errs, c.checkBuckets())...)
}

// identity says which setting names the state and what state that is, so that
// no two stacks overwrite each other's.
func (e *Environment) identity() (setting, state string) {
	return backendIdentity(&e.Terraform.Backend, e.Expand)
}

func backendIdentity(b *settings.Backend, expand func(string) string) (setting, state string) {
	switch {
	case b.S3 != nil:
		return "terraform.backend.s3.key", "s3://" + b.S3.Bucket + "/" + expand(b.S3.Key)
	case b.HTTP != nil:
		return "terraform.backend.http.address", expand(b.HTTP.Address)
	case b.Cloud != nil:
		return "terraform.backend.cloud.workspaces.name", strings.ToLower(b.Cloud.Hostname+"/"+b.Cloud.Organization) + "/" + expand(b.Cloud.Workspaces.Name)
	default:
		return "terraform.backend.local.path", "file " + path.Clean(expand(b.Local.Path))
	}
}

// backend is the setting that says where the state is kept.
func (e *Environment) backend() string {
	setting, _ := e.identity()
	return strings.Join(strings.Split(setting, ".")[:3], ".")
}

// serve finds the stacks that another one serves, which must keep their states
// in S3.
func (c *Config) serve(by *checker, stacks *settings.OneOrMore, visit func(i int, e *Environment)) {
	var names []string
	for _, e := range c.Environments {
		names = append(names, e.Stack)
	}
	for i, name := range *stacks {
		at := slices.Index(names, name)
		switch {
		case at >= 0 && c.Environments[at].Terraform.Backend.S3 == nil:
			by.FailIndex(stacks, i, "got %q, whose state is not in S3 (%s); set terraform.backend.s3 in it, or leave it out here", name, c.Environments[at].backend())
		case at >= 0:
			visit(i, c.Environments[at])
		case name == "" || c.unread[name]: // reported already
		case len(names) == 0:
			by.FailIndex(stacks, i, "no such stack: got %q, and there is no environment file at all; want one beside this file, such as %s.yaml with \"preset: readme\"", name, name)
		default:
			by.FailIndex(stacks, i, "no such stack: %s", settings.NotOneOf(name, names))
		}
	}
}
