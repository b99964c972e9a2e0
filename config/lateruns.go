package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func (e *Environment) checkLateRuns() {
	l := e.LateRuns
	for _, w := range e.Workers() {
		if a := w.AutoScaling; l == nil && a != nil && a.QueueDepth != nil && !a.QueueDepth.Given() && !e.Wrong(&a.QueueDepth) {
			e.Fail(&a.QueueDepth, "got no metric, want lateRuns: {}, whose metric is then used, or namespace and metricName of one that you publish")
		} else if l != nil && a != nil && a.QueueDepth != nil && !a.QueueDepth.Given() && !e.counts(w.WorkPool) {
			e.Fail(&a.QueueDepth, "got no metric with the worker's own secret, whose pool %s lateRuns does not count: it reads only the stack's secret; want namespace and metricName of one that you publish, or autoScaling: null", w.WorkPool)
		}
	}
	if l == nil {
		return
	}
	for _, pool := range e.CountedWorkPools() {
		if settings.Rules["dimensionValue"].Text(pool) != nil {
			e.Fail(&e.LateRuns, "got it with the work pool %q, which cannot have a metric: CloudWatch accepts only ASCII characters in a dimension; rename the pool, or set lateRuns: null", pool)
		}
	}
	if n := &e.Network; l.InVPC && n.Existing == nil && n.NATGateways == settings.NATNone && !n.LeadsOut() && !e.Prefect.SelfHosted() && !e.exposes(&e.Prefect.APIURL) {
		e.Fail(&l.InVPC, "got true with natGateways none and Prefect Cloud, which a function in the VPC does not reach: it has no public address; remove inVpc")
	}
}

func (e *Environment) warnOfLateRuns(warn doubt) {
	if l := e.LateRuns; l != nil && !l.InVPC && e.Prefect.APIURL != nil && insideNetwork(*e.Prefect.APIURL) {
		warn(&l.InVPC, "false leaves the function outside of the network, where it does not reach %s; set lateRuns.inVpc: true", *e.Prefect.APIURL)
	}
}

// insideNetwork says whether an address is surely none of the internet's.
func insideNetwork(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsPrivate()
	}
	return host != "" && (!strings.Contains(host, ".") || slices.ContainsFunc([]string{".internal", ".local"}, func(end string) bool { return strings.HasSuffix(host, end) }))
}

// counts says whether lateRuns counts the flow runs of a pool.
func (e *Environment) counts(pool string) bool { return slices.Contains(e.CountedWorkPools(), pool) }
