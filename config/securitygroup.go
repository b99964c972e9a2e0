package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// SecurityGroup is the worker's. A worker only polls outbound: it needs no
// ingress.
type SecurityGroup struct {
	Name        string `yaml:"name"`        // braces allowed; empty: Terraform makes one up
	Description string `yaml:"description"` // empty: Terraform's default
	NameTag     string `yaml:"nameTag"`     // braces allowed
	Ingress     []Rule `yaml:"ingress"`
	Egress      []Rule `yaml:"egress"`
}

// Rule is one security group rule.
type Rule struct {
	Protocol   string   `yaml:"protocol"` // tcp, udp, icmp, icmpv6 or -1 for all
	FromPort   int      `yaml:"fromPort"`
	ToPort     int      `yaml:"toPort"`
	CIDRBlocks []string `yaml:"cidrBlocks"`
}

func (e *Environment) checkSecurityGroup(c checker) {
	s := e.SecurityGroup
	c.name(e, "securityGroup.name", s.Name, orEmpty(securityGroupName))
	c.text("securityGroup.description", s.Description, orEmpty(sgText))
	c.name(e, "securityGroup.nameTag", s.NameTag, orEmpty(tagValue))
	for _, side := range []struct {
		path  string
		rules []Rule
	}{{"securityGroup.ingress", s.Ingress}, {"securityGroup.egress", s.Egress}} {
		for i, r := range side.rules {
			checkRule(c, fmt.Sprintf("%s[%d]", side.path, i), r)
		}
	}
}

func checkRule(c checker, path string, r Rule) {
	c.choice(path+".protocol", r.Protocol, "tcp", "udp", "icmp", "icmpv6", "-1")
	low := 0
	if strings.HasPrefix(r.Protocol, "icmp") {
		low = -1 // every type or code
	}
	c.number(path+".fromPort", r.FromPort, low, 65535)
	c.number(path+".toPort", r.ToPort, low, 65535)
	if r.FromPort > r.ToPort {
		c.fail(path+".toPort", fmt.Errorf("got %d, below fromPort %d", r.ToPort, r.FromPort))
	}
	if r.Protocol == "-1" && (r.FromPort != 0 || r.ToPort != 0) {
		c.fail(path+".protocol", fmt.Errorf("got -1 (every protocol) with ports %d to %d, want ports 0 to 0", r.FromPort, r.ToPort))
	}
	if len(r.CIDRBlocks) == 0 {
		c.fail(path+".cidrBlocks", fmt.Errorf("got none, want at least one range such as 10.0.0.0/16"))
	}
	for i, block := range r.CIDRBlocks {
		prefix, err := netip.ParsePrefix(block)
		if err != nil || !prefix.Addr().Is4() || prefix.Masked() != prefix {
			c.fail(fmt.Sprintf("%s.cidrBlocks[%d]", path, i), fmt.Errorf("got %q, want an IPv4 range without host bits", block))
		}
	}
}
