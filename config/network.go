package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// Network is the VPC: one public and one private subnet in each availability
// zone, an internet gateway and NAT gateways; or one that exists already.
type Network struct {
	// Existing are a VPC and subnets to use instead of making any. Any other
	// setting here is then an error, and what the preset has is not made.
	Existing *ExistingNetwork `yaml:"existing"`

	CIDRBlock             string          `yaml:"cidrBlock"`             // of the VPC, /16 to /28
	AvailabilityZoneCount int             `yaml:"availabilityZoneCount"` // 2 to 6
	SubnetNewBits         int             `yaml:"subnetNewBits"`         // bits added to the VPC's prefix, as in cidrsubnet
	PublicSubnetOffset    int             `yaml:"publicSubnetOffset"`    // netnum of the first public subnet, as in cidrsubnet
	PrivateSubnetOffset   int             `yaml:"privateSubnetOffset"`   // netnum of the first private subnet
	EIPDomain             string          `yaml:"eipDomain"`             // domain of the NAT gateway's address: vpc, or empty for the account's default
	NameTags              NetworkNameTags `yaml:"nameTags"`

	// NATGateways are how many NAT gateways the private subnets use: single
	// (default), per-availability-zone or none. See docs/network.md for what
	// each costs.
	NATGateways string `yaml:"natGateways"`

	AvailabilityZones AvailabilityZones `yaml:"availabilityZones"`

	// MapPublicIPOnLaunch gives what is started in a public subnet a public
	// address by itself; default true, as documented. Neither NAT gateways nor
	// ECS services need it.
	MapPublicIPOnLaunch *bool `yaml:"mapPublicIpOnLaunch"`

	// EmptyDefaultSecurityGroup takes all rules from the VPC's default security
	// group, so that nothing works in it by accident.
	EmptyDefaultSecurityGroup bool `yaml:"emptyDefaultSecurityGroup"`

	Endpoints *Endpoints `yaml:"endpoints"`
	FlowLogs  *FlowLogs  `yaml:"flowLogs"`
}

// The values of network.natGateways.
const (
	NATSingle  = "single"                // one, in the first availability zone
	NATPerZone = "per-availability-zone" // one in each
	NATNone    = "none"
)

// NetworkNameTags are the Name tags of the network's resources; braces
// allowed. {number} counts from 1, in the subnets' and in eip, natGateway and
// privateRouteTable, of which there may be one for each availability zone.
type NetworkNameTags struct {
	VPC               string `yaml:"vpc"`
	PublicSubnet      string `yaml:"publicSubnet"`
	PrivateSubnet     string `yaml:"privateSubnet"`
	InternetGateway   string `yaml:"internetGateway"`
	PublicRouteTable  string `yaml:"publicRouteTable"`
	PrivateRouteTable string `yaml:"privateRouteTable"`
	EIP               string `yaml:"eip"`
	NATGateway        string `yaml:"natGateway"`
}

func (e *Environment) checkNetwork(c checker) {
	n := &e.Network
	if n.Existing != nil {
		e.checkExistingNetwork(c)
		return
	}
	c.number("network.availabilityZoneCount", n.AvailabilityZoneCount, 2, 6)
	n.AvailabilityZones.check(c)
	c.number("network.subnetNewBits", n.SubnetNewBits, 2, 12)
	vpc, err := cidrBlock(n.CIDRBlock)
	counted := !c.wrong["network.subnetNewBits"] && !c.wrong["network.availabilityZoneCount"]
	if err == nil && counted {
		err = n.checkSize(vpc)
	}
	c.fail("network.cidrBlock", err)
	if err == nil && counted {
		n.checkOffsets(c, vpc)
	}
	if n.EIPDomain != "" {
		c.choice("network.eipDomain", n.EIPDomain, "vpc")
	}
	if n.NATGateways != "" {
		c.choice("network.natGateways", n.NATGateways, NATSingle, NATPerZone, NATNone)
	}
	n.checkNameTags(c, e)
	if n.Endpoints != nil {
		n.Endpoints.check(c, e)
	}
	if n.FlowLogs != nil {
		n.FlowLogs.check(c, e)
	}
	e.checkWithoutNAT(c)
}

func (n *Network) checkNameTags(c checker, e *Environment) {
	tags := n.NameTags
	for _, t := range []struct {
		key, value string
		counted    bool
	}{
		{"vpc", tags.VPC, false}, {"publicSubnet", tags.PublicSubnet, true}, {"privateSubnet", tags.PrivateSubnet, true},
		{"internetGateway", tags.InternetGateway, false}, {"publicRouteTable", tags.PublicRouteTable, false},
		{"privateRouteTable", tags.PrivateRouteTable, true}, {"eip", tags.EIP, true}, {"natGateway", tags.NATGateway, true},
	} {
		path := "network.nameTags." + t.key
		if strings.Contains(t.value, "{number}") && !t.counted {
			c.fail(path, fmt.Errorf("got %q, but there is only one to number; remove {number}", t.value))
			continue
		}
		c.name(e, path, t.value, orEmpty(tagValue))
	}
}

// ReservedRanges are those that EC2 takes for no VPC: this network, loopback,
// link-local and multicast addresses and above.
var ReservedRanges = []string{"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"}

// cidrBlock checks a VPC's range and returns it.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
func cidrBlock(value string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(value)
	switch {
	case err != nil || !prefix.Addr().Is4():
		return prefix, fmt.Errorf("got %q, want an IPv4 range such as 10.0.0.0/16", value)
	case prefix.Masked() != prefix:
		return prefix, fmt.Errorf("got %s, which has host bits set, want %s", value, prefix.Masked())
	case prefix.Bits() < 16 || prefix.Bits() > 28:
		return prefix, fmt.Errorf("got %s, want a range between /16 and /28", value)
	}
	for _, reserved := range ReservedRanges {
		if netip.MustParsePrefix(reserved).Overlaps(prefix) {
			return prefix, fmt.Errorf("got %s, in %s, which is reserved; want a range of a private network such as 10.0.0.0/16", value, reserved)
		}
	}
	return prefix, nil
}

// checkSize checks that the VPC is large enough for its subnets.
func (n *Network) checkSize(vpc netip.Prefix) error {
	if bits := vpc.Bits() + n.SubnetNewBits; bits > 28 {
		return fmt.Errorf("got %s, too small: with subnetNewBits %d its subnets would be /%d and AWS takes /28 at the smallest; want /16 to /%d",
			vpc, n.SubnetNewBits, bits, 28-n.SubnetNewBits)
	}
	return nil
}

// checkOffsets checks that the subnets a VPC is cut into exist and do not
// overlap.
func (n *Network) checkOffsets(c checker, vpc netip.Prefix) {
	zones, size := n.AvailabilityZoneCount, 1<<n.SubnetNewBits
	for _, offset := range []struct {
		path  string
		first int
	}{{"network.publicSubnetOffset", n.PublicSubnetOffset}, {"network.privateSubnetOffset", n.PrivateSubnetOffset}} {
		if offset.first < 0 || offset.first > size-zones {
			c.fail(offset.path, fmt.Errorf("got %d, want 0 to %d: %s has %d subnets of /%d and %d availability zones need one each",
				offset.first, size-zones, vpc, size, vpc.Bits()+n.SubnetNewBits, zones))
		}
	}
	if distance := n.PrivateSubnetOffset - n.PublicSubnetOffset; max(distance, -distance) < zones {
		c.fail("network.privateSubnetOffset", fmt.Errorf("got %d, which overlaps with publicSubnetOffset %d; want them at least %d apart, one for each availability zone",
			n.PrivateSubnetOffset, n.PublicSubnetOffset, zones))
	}
}

var networkAddresses = []string{
	"aws_cloudwatch_log_group.flow_logs",
	"aws_default_security_group.default",
	"aws_flow_log.prefect",
	"aws_iam_role.flow_logs",
	"aws_iam_role_policy.flow_logs",
	"aws_security_group.endpoints",
	"aws_vpc_endpoint.interface",
	"aws_vpc_endpoint.s3",
}
