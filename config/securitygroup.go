package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// SecurityGroup is the worker's. A worker only polls outbound: it needs no
// ingress.
type SecurityGroup struct {
	Name        string `yaml:"name"`        // braces allowed; empty: Terraform makes one up
	Description string `yaml:"description"` // empty: Terraform's default
	NameTag     string `yaml:"nameTag"`     // braces allowed
	Ingress     []Rule `yaml:"ingress"`     // []: none, and what was added by hand is removed
	Egress      []Rule `yaml:"egress"`
}

// Rule is one security group rule; its peers are ranges, prefix lists and
// security groups, one or more in all.
type Rule struct {
	Protocol         string   `yaml:"protocol"` // tcp, udp, icmp, icmpv6 or -1 for all
	FromPort         int      `yaml:"fromPort"`
	ToPort           int      `yaml:"toPort"`
	CIDRBlocks       []string `yaml:"cidrBlocks"`
	IPv6CIDRBlocks   []string `yaml:"ipv6CidrBlocks"` // with network.existing only: a VPC made here has no IPv6
	PrefixListIDs    []string `yaml:"prefixListIds"`
	SecurityGroupIDs []string `yaml:"securityGroupIds"`
	Description      string   `yaml:"description"` // what the rule is for
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
		seen := map[string]string{}
		for i, r := range side.rules {
			path := fmt.Sprintf("%s[%d]", side.path, i)
			checkRule(c, path, r)
			r.checkPeers(c, path, e.Network.Existing == nil)
			r.checkTwice(c, path, seen)
		}
	}
	e.checkReach(c)
}

// checkReach: a worker without a way out stays in PENDING, or runs and polls
// nothing. Terraform takes the rule away that AWS gives to a new group.
func (e *Environment) checkReach(c checker) {
	s, url := e.SecurityGroup, e.Prefect.APIURL
	if !s.reaches(443) {
		c.fail("securityGroup.egress", fmt.Errorf("no rule lets the worker reach tcp 443, through which it gets its image and its key and writes its logs; "+
			"add {protocol: tcp, fromPort: 443, toPort: 443, cidrBlocks: [0.0.0.0/0]}"))
		return
	}
	if url != nil && !e.exposes("prefect.apiUrl") && !s.reaches(apiPort(*url)) {
		c.fail("securityGroup.egress", fmt.Errorf("no rule lets the worker reach tcp %d, the port of prefect.apiUrl %s", apiPort(*url), *url))
	}
}

// reaches says whether some peer may be reached on a TCP port.
func (s SecurityGroup) reaches(port int) bool {
	return slices.ContainsFunc(s.TCPEgress(), func(r PortRange) bool { return r[0] <= port && port <= r[1] })
}

// PortRange is a range of ports, both ends in it.
type PortRange [2]int

// AllPorts is the range of every port.
var AllPorts = PortRange{0, 65535}

func (r PortRange) String() string {
	if r[0] == r[1] {
		return strconv.Itoa(r[0])
	}
	return fmt.Sprintf("%d to %d", r[0], r[1])
}

// TCPEgress are the TCP ports on which some peer may be reached, in order.
func (s SecurityGroup) TCPEgress() []PortRange {
	var all []PortRange
	for _, r := range s.Egress {
		switch r.Protocol {
		case "-1":
			return []PortRange{AllPorts}
		case "tcp":
			all = append(all, PortRange{r.FromPort, r.ToPort})
		}
	}
	slices.SortFunc(all, func(a, b PortRange) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(all)
}

// apiPort is the port of the Prefect API; Prefect Cloud's is 443.
func apiPort(address string) int {
	u, err := url.Parse(address)
	if err != nil {
		return 443 // reported already
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}

func checkRule(c checker, path string, r Rule) {
	c.choice(path+".protocol", r.Protocol, "tcp", "udp", "icmp", "icmpv6", "-1")
	icmp := strings.HasPrefix(r.Protocol, "icmp") // fromPort is the type, toPort the code
	low := 0
	if icmp {
		low = -1 // every one
	}
	c.number(path+".fromPort", r.FromPort, low, 65535)
	c.number(path+".toPort", r.ToPort, low, 65535)
	if r.FromPort > r.ToPort && !icmp {
		c.fail(path+".toPort", fmt.Errorf("got %d, below fromPort %d", r.ToPort, r.FromPort))
	}
	if r.Protocol == "-1" && (r.FromPort != 0 || r.ToPort != 0) {
		c.fail(path+".protocol", fmt.Errorf("got -1 (every protocol) with ports %d to %d, want ports 0 to 0", r.FromPort, r.ToPort))
	}
	c.text(path+".description", r.Description, orEmpty(sgText))
}

func (r Rule) checkPeers(c checker, path string, newVPC bool) {
	if len(r.peers()) == 0 {
		c.fail(path+".cidrBlocks", fmt.Errorf("got none, want at least one range such as 10.0.0.0/16, or one of prefixListIds or securityGroupIds"))
	}
	for i, block := range r.CIDRBlocks {
		prefix, err := netip.ParsePrefix(block)
		if err != nil || !prefix.Addr().Is4() || prefix.Masked() != prefix {
			c.fail(fmt.Sprintf("%s.cidrBlocks[%d]", path, i), fmt.Errorf("got %q, want an IPv4 range without host bits", block))
		}
	}
	for i, block := range r.IPv6CIDRBlocks {
		prefix, err := netip.ParsePrefix(block)
		if err != nil || !prefix.Addr().Is6() || prefix.Masked() != prefix {
			c.fail(fmt.Sprintf("%s.ipv6CidrBlocks[%d]", path, i), fmt.Errorf("got %q, want an IPv6 range without host bits", block))
		}
	}
	if newVPC && len(r.IPv6CIDRBlocks) > 0 {
		c.fail(path+".ipv6CidrBlocks", fmt.Errorf("got %v, but the VPC made here has no IPv6; remove them, or use network.existing", r.IPv6CIDRBlocks))
	}
	for i, id := range r.PrefixListIDs {
		c.text(fmt.Sprintf("%s.prefixListIds[%d]", path, i), id, awsID("pl"))
	}
	for i, id := range r.SecurityGroupIDs {
		c.text(fmt.Sprintf("%s.securityGroupIds[%d]", path, i), id, awsID("sg"))
	}
}

// checkTwice: AWS refuses a group in which one peer has the same ports twice.
func (r Rule) checkTwice(c checker, path string, seen map[string]string) {
	for _, peer := range r.peers() {
		key := fmt.Sprintf("%s %d-%d %s", r.Protocol, r.FromPort, r.ToPort, peer)
		if first, ok := seen[key]; ok {
			c.fail(path, fmt.Errorf("got %s for ports %d to %d of %s, which %s has already", peer, r.FromPort, r.ToPort, r.Protocol, first))
		}
		seen[key] = path
	}
}

func (r Rule) peers() []string {
	return slices.Concat(r.CIDRBlocks, r.IPv6CIDRBlocks, r.PrefixListIDs, r.SecurityGroupIDs)
}
