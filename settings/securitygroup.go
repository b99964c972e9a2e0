package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SecurityGroup is the workers'. A worker only polls outbound: it needs no
// ingress.
type SecurityGroup struct {
	_ struct{} `makes:"aws_security_group.prefect_sg aws_vpc_security_group_egress_rule.prefect_sg aws_vpc_security_group_ingress_rule.prefect_sg"`

	Name        string              `yaml:"name" rule:"securityGroupName,optional" braces:"names"` // Empty: Terraform generates one.
	Description string              `yaml:"description" rule:"securityGroupText,optional"`         // Empty: Terraform's default.
	NameTag     string              `yaml:"nameTag" rule:"tagValue,optional" braces:"names"`       // Name tag.
	Ingress     []SecurityGroupRule `yaml:"ingress"`                                               // []: none, and rules that were added by hand are removed.
	Egress      []SecurityGroupRule `yaml:"egress"`                                                // Must reach the Prefect API and AWS. In Go, nil lets everything out, and an empty list nothing.

	// SeparateRules makes each rule a separate resource, so that others can add theirs
	// to the group. false: the group contains the rules, as documented, and Terraform
	// removes any other. docs/network.md says how to change it.
	SeparateRules bool `yaml:"separateRules"`

	// AdditionalIDs are existing groups of the same VPC that the worker and its flow
	// runs also get, such as one that a database allows. AWS's default quota is five
	// groups for a network interface.
	AdditionalIDs []string `yaml:"additionalIds" rule:"securityGroupID,unique,max 4"`
}

// SecurityGroupRule is one rule of a security group; its peers are ranges,
// prefix lists and security groups, at least one in total.
type SecurityGroupRule struct {
	Protocol         string   `yaml:"protocol" rule:"oneof tcp udp icmp icmpv6 -1"`  // -1 is every protocol.
	FromPort         int      `yaml:"fromPort"`                                      // First port, or ICMP type; -1: every type.
	ToPort           int      `yaml:"toPort"`                                        // Last port, or ICMP code; -1: every code.
	CIDRBlocks       []string `yaml:"cidrBlocks" rule:"ipv4Range"`                   // IPv4 ranges.
	IPv6CIDRBlocks   []string `yaml:"ipv6CidrBlocks" rule:"ipv6Range"`               // With network.existing only: a VPC created here has no IPv6.
	PrefixListIDs    []string `yaml:"prefixListIds" rule:"prefixListID"`             // Prefix lists.
	SecurityGroupIDs []string `yaml:"securityGroupIds" rule:"securityGroupID"`       // Security groups.
	Description      string   `yaml:"description" rule:"securityGroupText,optional"` // What the rule is for.
}

// Check finds rules that AWS refuses, alone or beside another.
func (s *SecurityGroup) Check(c Checker) {
	for _, rules := range [][]SecurityGroupRule{s.Ingress, s.Egress} {
		seen := map[string]string{}
		for i := range rules {
			r := &rules[i]
			for _, peer := range r.peers() {
				key := fmt.Sprintf("%s %d-%d %s", r.Protocol, r.FromPort, r.ToPort, peer)
				if first, ok := seen[key]; ok {
					c.Fail(r, "got %s for ports %d to %d of %s, which %s has already", peer, r.FromPort, r.ToPort, r.Protocol, first)
				}
				seen[key] = c.Path(r)
			}
		}
	}
}

// Check keeps ports and peers to what EC2 takes.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
func (r *SecurityGroupRule) Check(c Checker) {
	low, high := 0, 65535
	icmp := strings.HasPrefix(r.Protocol, "icmp") // fromPort is the type, toPort the code
	if icmp {
		low, high = -1, 255
	}
	for _, port := range []*int{&r.FromPort, &r.ToPort} {
		if *port < low || *port > high {
			c.Fail(port, "got %d, want %d to %d", *port, low, high)
		}
	}
	switch {
	case icmp && r.FromPort == -1 && r.ToPort != -1:
		c.Fail(&r.ToPort, "got code %d of every type, want -1", r.ToPort)
	case r.FromPort > r.ToPort && !icmp:
		c.Fail(&r.ToPort, "got %d, below fromPort %d", r.ToPort, r.FromPort)
	case r.Protocol == "-1" && (r.FromPort != 0 || r.ToPort != 0):
		c.Fail(&r.Protocol, "got -1 (every protocol) with ports %d to %d, want ports 0 to 0", r.FromPort, r.ToPort)
	}
	if len(r.peers()) == 0 {
		c.Fail(&r.CIDRBlocks, "got none, want at least one range such as 10.0.0.0/16, or one of prefixListIds or securityGroupIds")
	}
}

func (r *SecurityGroupRule) peers() []string {
	return slices.Concat(r.CIDRBlocks, r.IPv6CIDRBlocks, r.PrefixListIDs, r.SecurityGroupIDs)
}

// OpenToTheWorld lists the ports that every address may reach.
func (s *SecurityGroup) OpenToTheWorld() []string {
	var ports []string
	for _, r := range s.Ingress {
		if !slices.Contains(r.CIDRBlocks, "0.0.0.0/0") && !slices.Contains(r.IPv6CIDRBlocks, "::/0") {
			continue
		}
		switch {
		case r.Protocol == "-1":
			ports = append(ports, "every port")
		case r.FromPort == r.ToPort:
			ports = append(ports, fmt.Sprintf("%s %d", r.Protocol, r.FromPort))
		default:
			ports = append(ports, fmt.Sprintf("%s %d-%d", r.Protocol, r.FromPort, r.ToPort))
		}
	}
	return ports
}

// Reaches says whether some peer may be reached on a TCP port.
func (s *SecurityGroup) Reaches(port int) bool {
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
func (s *SecurityGroup) TCPEgress() []PortRange {
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
