package config

import (
	"fmt"
	"slices"
	"strings"
)

// ExistingNetwork is a VPC that somebody else looks after: its subnets, routes
// and endpoints are left alone.
type ExistingNetwork struct {
	VPCID            string   `yaml:"vpcId"`
	PrivateSubnetIDs []string `yaml:"privateSubnetIds"` // for workers and flow runs; need a way out to the Prefect API and to AWS
	PublicSubnetIDs  []string `yaml:"publicSubnetIds"`  // for workers with assignPublicIp
}

// An id has 8 hexadecimal digits, or 17 since 2018.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
func awsID(prefix string) rule {
	return pattern(prefix+`-([0-9a-f]{8}|[0-9a-f]{17})`, 255, "an id such as "+prefix+"-0123456789abcdef0")
}

func (e *Environment) checkExistingNetwork(c checker) {
	n := e.Network.Existing
	c.text("network.existing.vpcId", n.VPCID, awsID("vpc"))
	checkIDs(c, "network.existing.privateSubnetIds", n.PrivateSubnetIDs, "subnet")
	checkIDs(c, "network.existing.publicSubnetIds", n.PublicSubnetIDs, "subnet")
	if len(n.PrivateSubnetIDs) == 0 {
		c.fail("network.existing.privateSubnetIds", fmt.Errorf("got none, want at least one subnet of %s", n.VPCID))
	}
	public := e.anyWorker(func(w *Worker) bool { return w.AssignPublicIP })
	switch {
	case public && len(n.PublicSubnetIDs) == 0:
		c.fail("network.existing.publicSubnetIds", fmt.Errorf("got none, want at least one subnet of %s: a worker has assignPublicIp", n.VPCID))
	case !public && len(n.PublicSubnetIDs) > 0:
		c.fail("network.existing.publicSubnetIds", fmt.Errorf("got %d, which nothing uses; remove them, or set assignPublicIp: true for a worker", len(n.PublicSubnetIDs)))
	}
	for i, id := range n.PublicSubnetIDs {
		if slices.Contains(n.PrivateSubnetIDs, id) {
			c.fail(fmt.Sprintf("network.existing.publicSubnetIds[%d]", i), fmt.Errorf("got %s, which privateSubnetIds has too", id))
		}
	}
	for _, key := range e.file.keysBelow("network") {
		if key != "existing" {
			c.fail("network."+key, fmt.Errorf("set with network.existing, which leaves it unused; remove one of them"))
		}
	}
	if v := e.Variable("network.cidrBlock"); v != "" {
		c.fail("terraform.variables."+v, fmt.Errorf(`got network.cidrBlock, which network.existing leaves unused; remove the variable with %s: ""`, v))
	}
}

func checkIDs(c checker, path string, ids []string, prefix string) {
	for i, id := range ids {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.text(at, id, awsID(prefix))
		if slices.Contains(ids[:i], id) {
			c.fail(at, fmt.Errorf("got %s twice", id))
		}
	}
}

// keysBelow lists the settings of a section that the file itself has.
func (f *file) keysBelow(section string) []string {
	var keys []string
	for path := range f.lines {
		if key, ok := strings.CutPrefix(path, section+"."); ok && !strings.ContainsAny(key, ".[") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
