package config

import (
	"errors"
	"maps"
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
	return errors.Join(errs...)
}

// identity says which setting names the state and what state that is, so that
// no two stacks overwrite each other's.
func (e *Environment) identity() (setting, state string) {
	if b := e.Terraform.Backend; b.S3 != nil {
		return "terraform.backend.s3.key", "s3://" + b.S3.Bucket + "/" + e.Expand(b.S3.Key)
	} else {
		return "terraform.backend.local.path", "file " + path.Clean(e.Expand(b.Local.Path))
	}
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
			by.FailIndex(stacks, i, "got %q, whose state is not in S3; set terraform.backend.s3 in it", name)
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

// resolveStateBackend takes over the backend of the stacks whose states this
// one holds.
func (c *Config) resolveStateBackend(s *StateBackend) {
	first := ""
	c.serve(s.checker, &s.Stacks, func(i int, e *Environment) {
		b := *e.Terraform.Backend.S3
		b.DynamoDBTable = b.LockTable()
		if first == "" {
			first, s.For = e.Stack, b
		}
		if s.For.DynamoDBTable == "" {
			s.For.DynamoDBTable = b.DynamoDBTable
		}
		differs := func(what, got, want string) {
			if got != want {
				s.FailIndex(&s.Stacks, i, "got %q with %s %s, want %s as %q has: one state backend is one bucket and one table", e.Stack, what, got, want, first)
			}
		}
		differs("bucket", b.Bucket, s.For.Bucket)
		differs("region", b.Region, s.For.Region)
		if b.DynamoDBTable != "" {
			differs("dynamodbTable", b.DynamoDBTable, s.For.DynamoDBTable)
		}
		if k := s.KMSKey; k != nil && k.ARN != "" && b.KMSKeyARN != "" && b.KMSKeyARN != k.ARN {
			s.Fail(&k.ARN, "got %s, want %s, the terraform.backend.s3.kmsKeyArn of %q", k.ARN, b.KMSKeyARN, e.Stack)
		}
	})
	if l := s.Bucket.AccessLogs; l != nil && l.TargetBucket == s.For.Bucket {
		s.Fail(&l.TargetBucket, "got %q, the state bucket itself, want another: every log written would be logged", l.TargetBucket)
	}
}

// resolveGitHubActions finds the stacks and checks that the apply role can
// manage what they name.
func (c *Config) resolveGitHubActions(g *GitHubActions) {
	c.serve(g.checker, &g.Stacks, func(i int, e *Environment) {
		g.Serves = append(g.Serves, e)
		if e.Region != g.Region {
			g.FailIndex(&g.Stacks, i, "got %q, which is in %s, want stacks of region %s", e.Stack, e.Region, g.Region)
		}
		names := map[string]string{"taskExecutionRole.name": e.TaskExecutionRole.Name}
		if e.StoresSecret() {
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

// StoresSecret says whether Terraform may write the secret's value, which is
// then in the state and read at each refresh.
func (e *Environment) StoresSecret() bool {
	return (e.Secret.Create.Value || e.exposes(&e.Secret.Create)) && !e.Secret.ValueOutside()
}
