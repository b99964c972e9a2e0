package config

import (
	"net/url"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Warning is one line about a stack.
type Warning struct{ Stack, Text string }

// Warnings says what AWS and Prefect accept but the environment's owner should
// know before paying for it.
func (c *Config) Warnings() []Warning {
	var all []Warning
	take := func(stack string, f *file, warnings []problem) {
		for _, p := range slices.Concat(f.renamed, warnings) {
			all = append(all, Warning{stack, p.text})
		}
	}
	for _, e := range c.Environments {
		take(e.Stack, e.file, e.warnings())
	}
	for _, s := range c.StateBackends {
		var w []problem
		for i, name := range s.Stacks {
			at := slices.IndexFunc(c.Environments, func(e *Environment) bool { return e.Stack == name })
			if b := c.Environments[at].Terraform.Backend.S3; s.KMSKey != nil && b.Encrypt && b.KMSKeyARN == "" {
				w = append(w, s.problem(s.indexed(&s.Stacks, i), "%s asks for S3's own encryption (encrypt: true without kmsKeyArn), so its state is not encrypted with kmsKey; set terraform.backend.s3.kmsKeyArn in it, or encrypt: false to leave it to the bucket", name))
			}
		}
		take(s.Stack, s.file, w)
	}
	for _, g := range c.GitHubActions {
		take(g.Stack, g.file, nil)
	}
	for _, s := range c.CrashEvents {
		var w []problem
		warnOfBackend(&s.Terraform.Backend, s.doubting(&w))
		take(s.Stack, s.file, w)
	}
	c.warnOfSharedNames(func(m maker, w problem) { all = append(all, Warning{m.stack, w.text}) })
	return all
}

// A doubt is one thing to warn of: a pointer to the setting, or a path, and what.
type doubt func(field any, format string, args ...any)

// doubting is what warns, and adds to a list.
func (c *checker) doubting(to *[]problem) doubt {
	return func(field any, format string, args ...any) {
		path, ok := field.(string)
		if !ok {
			path = c.Path(field)
		}
		*to = append(*to, c.problem(path, format, args...))
	}
}

func (e *Environment) warnings() []problem {
	var all []problem
	warn := e.doubting(&all)
	warnOfRegion(&e.Region, warn)
	for _, g := range e.securityGroups() {
		ports := g.OpenToTheWorld()
		if len(ports) == 0 || g != &e.SecurityGroup && !e.Own(&g.Ingress) { // what is left out is said of the stack's
			continue
		}
		warn(&g.Ingress, "open to the whole internet on %s; a worker only polls outbound: set ingress: []", strings.Join(ports, ", "))
	}
	e.warnOfNetwork(warn)
	if e.FlowRunLogGroup != nil && !e.AnyWorker(func(w *settings.Worker) bool { return w.Type != settings.TypeProcess }) {
		warn(&e.FlowRunLogGroup, "nothing writes to it: workers of type process run flows in their own tasks, which log to logGroup; set flowRunLogGroup: null")
	}
	for _, w := range e.Workers() {
		e.warnOfWorker(w, warn)
	}
	if e.AnyWorker((*settings.Worker).Passes) && e.CrashEvents == nil {
		warn(&e.CrashEvents, "off: a flow run whose task stops before it reaches Prefect stays Pending, and prefect-aws 0.6 or newer logs that it may not read its queue; set crashEvents: {queueName: \"{nameTag}-ecs-events\"}")
	}
	for _, w := range e.Workers() {
		e.warnOfIdentity(w, warn)
		e.warnOfFlowRuns(w, warn)
		e.warnOfGivenRoles(w, warn)
	}
	if v := e.variable(&e.Secret.Create); v != "" && !e.Secret.Create.Value && e.Secret.ARN == "" {
		warn(&e.Secret, "no key by default: set -var %s=true with TF_VAR_%s, or the ARN of an existing secret, or the worker cannot authenticate against Prefect Cloud", v, e.variable(&e.Secret.Value))
	}
	e.warnOfAPI(warn)
	e.warnOfFlowRunStrategy(warn)
	e.warnOfLateRuns(warn)
	e.warnOfMonitoring(warn)
	warnOfBackend(&e.Terraform.Backend, warn)
	return all
}

// warnOfBackend says who can lose or read the state.
func warnOfBackend(on *settings.Backend, warn doubt) {
	if b := on.S3; b != nil {
		warnOfRegion(&b.Region, warn)
		if b.LockTable() == "" && !b.LockFile() {
			warn(&on.S3, "no lock: two runs at a time can lose each other's changes; set lock: s3, or dynamodbTable")
		}
	}
	if b := on.HTTP; b != nil {
		if b.LockAddress == "" {
			warn(&on.HTTP, "no lock: two runs at a time can lose each other's changes; set lockAddress and unlockAddress")
		}
		if u, err := url.Parse(b.Address); err == nil && u.Scheme == "http" && u.Hostname() != "localhost" && !strings.HasPrefix(u.Hostname(), "127.") {
			warn(&b.Address, "http: the state, with all secrets in it, and the password go over the network in plain text; use https")
		}
	}
}
