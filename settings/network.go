package settings

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// Network is the VPC: one public and one private subnet in each availability
// zone, an internet gateway and NAT gateways; or one that exists already.
type Network struct {
	_ struct{} `makes:"aws_default_security_group.default aws_eip.nat aws_internet_gateway.igw aws_nat_gateway.nat aws_route.nat aws_route.private aws_route.public aws_route_table.private aws_route_table.public aws_route_table_association.private_assoc aws_route_table_association.public_assoc aws_subnet.private aws_subnet.public aws_vpc.prefect"`

	// Existing are a VPC and subnets to use instead of creating any. Any other
	// setting of network is then an error, and the preset's are ignored.
	Existing *ExistingNetwork `yaml:"existing"`

	// CIDRBlock is the VPC's range, /16 to /28.
	CIDRBlock string `yaml:"cidrBlock" rule:"vpcCIDRBlock" variable:"IP address range of the VPC."`

	AvailabilityZoneCount int `yaml:"availabilityZoneCount" default:"3" rule:"range 2 6"` // How many zones have subnets.
	SubnetNewBits         int `yaml:"subnetNewBits" default:"8" rule:"range 2 12"`        // Bits added to the VPC's prefix, as in cidrsubnet.
	PublicSubnetNewBits   int `yaml:"publicSubnetNewBits" rule:"range 2 12,optional"`     // Those of the public subnets; 0: subnetNewBits.
	PublicSubnetOffset    int `yaml:"publicSubnetOffset" default:"0"`                     // Netnum of the first public subnet, as in cidrsubnet.
	PrivateSubnetOffset   int `yaml:"privateSubnetOffset" default:"10"`                   // Netnum of the first private subnet.

	PublicSubnetCIDRBlocks  []string `yaml:"publicSubnetCidrBlocks" rule:"ipv4Range"`  // The public subnets' ranges, one for each zone, instead of parts of cidrBlock by number.
	PrivateSubnetCIDRBlocks []string `yaml:"privateSubnetCidrBlocks" rule:"ipv4Range"` // The private subnets', likewise.

	EIPDomain string `yaml:"eipDomain" rule:"oneof vpc,optional"` // Domain of the NAT gateways' addresses; empty: the account's default.

	NameTags NetworkNameTags `yaml:"nameTags"` // Name tags of the network's resources.

	// NATGateways are how many NAT gateways the private subnets use: single, in
	// the first zone, per-availability-zone, or none. docs/network.md says what
	// each is good for; make cost prints what the stack costs with it.
	NATGateways string `yaml:"natGateways" default:"single" rule:"oneof single per-availability-zone none"`

	// EIPAllocationIDs are existing Elastic IP addresses, one for each NAT gateway:
	// others can keep allowing them when the stack is destroyed and deployed again.
	// Empty: they are created.
	EIPAllocationIDs []string `yaml:"eipAllocationIds" rule:"allocationID,unique"`

	PrivateRoutes []Route `yaml:"privateRoutes"` // Routes of the private subnets to other networks.

	// SeparateRoutes makes each route a separate resource (aws_route), so that
	// others can add theirs to the route tables. false: the route tables contain
	// the routes, as documented, and Terraform removes any other.
	SeparateRoutes bool `yaml:"separateRoutes"`

	AvailabilityZones AvailabilityZones `yaml:"availabilityZones"` // Which zones may be used.

	// MapPublicIPOnLaunch gives everything that starts in a public subnet a
	// public address, as documented. Neither NAT gateways nor ECS services need
	// it. In Go, it is false where it is left out, as every bool.
	MapPublicIPOnLaunch bool `yaml:"mapPublicIpOnLaunch" default:"true"`

	// EmptyDefaultSecurityGroup takes all rules from the VPC's default security
	// group, so that nothing gets access through it by accident.
	EmptyDefaultSecurityGroup bool `yaml:"emptyDefaultSecurityGroup"`

	Endpoints *Endpoints `yaml:"endpoints"` // Ways to AWS's services without a NAT gateway.
	FlowLogs  *FlowLogs  `yaml:"flowLogs"`  // Records of the VPC's connections.
}

// The values of network.natGateways.
const (
	NATSingle  = "single"
	NATPerZone = "per-availability-zone"
	NATNone    = "none"
)

// NetworkNameTags are the Name tags of the network's resources. {number} counts
// from 1, in the tags of the subnets and of eip, natGateway and
// privateRouteTable, because there may be one in each availability zone.
type NetworkNameTags struct {
	VPC               string `yaml:"vpc" rule:"tagValue,optional" braces:"names"`                // The VPC's.
	PublicSubnet      string `yaml:"publicSubnet" rule:"tagValue,optional" braces:"number"`      // The public subnets'.
	PrivateSubnet     string `yaml:"privateSubnet" rule:"tagValue,optional" braces:"number"`     // The private subnets'.
	InternetGateway   string `yaml:"internetGateway" rule:"tagValue,optional" braces:"names"`    // The internet gateway's.
	PublicRouteTable  string `yaml:"publicRouteTable" rule:"tagValue,optional" braces:"names"`   // The public subnets' route table's.
	PrivateRouteTable string `yaml:"privateRouteTable" rule:"tagValue,optional" braces:"number"` // The private subnets' route tables'.
	EIP               string `yaml:"eip" rule:"tagValue,optional" braces:"number"`               // The NAT gateways' addresses'.
	NATGateway        string `yaml:"natGateway" rule:"tagValue,optional" braces:"number"`        // The NAT gateways'.
}

// Route is a way to another network: one destination and one target, which must
// exist; a transit gateway must be attached to the VPC.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
type Route struct {
	DestinationCIDRBlock    string `yaml:"destinationCidrBlock" rule:"ipv4Range,optional"`       // With natGateways none, 0.0.0.0/0 is the way out.
	DestinationPrefixListID string `yaml:"destinationPrefixListId" rule:"prefixListID,optional"` // The ranges of a prefix list.

	TransitGatewayID       string `yaml:"transitGatewayId" rule:"transitGatewayID,optional"`             // Target: a transit gateway.
	VPCPeeringConnectionID string `yaml:"vpcPeeringConnectionId" rule:"vpcPeeringConnectionID,optional"` // Target: a VPC that is peered with this one.
	NetworkInterfaceID     string `yaml:"networkInterfaceId" rule:"networkInterfaceID,optional"`         // Target: an appliance.
	VPCEndpointID          string `yaml:"vpcEndpointId" rule:"vpcEndpointID,optional"`                   // Target: an endpoint of a Gateway Load Balancer.
	GatewayID              string `yaml:"gatewayId" rule:"vpnGatewayID,optional"`                        // Target: a virtual private gateway, of a VPN or Direct Connect.
}

// Everywhere is the destination of a default route.
const Everywhere = "0.0.0.0/0"

// Destination is what the route leads to.
func (r *Route) Destination() string { return r.DestinationCIDRBlock + r.DestinationPrefixListID }

// Check wants one destination and one target.
func (r *Route) Check(c Checker) {
	given := func(texts ...string) int {
		return len(slices.DeleteFunc(texts, func(text string) bool { return text == "" }))
	}
	if n := given(r.DestinationCIDRBlock, r.DestinationPrefixListID); n != 1 {
		c.Fail(r, "got %d destinations, want destinationCidrBlock or destinationPrefixListId", n)
	}
	if n := given(r.TransitGatewayID, r.VPCPeeringConnectionID, r.NetworkInterfaceID, r.VPCEndpointID, r.GatewayID); n != 1 {
		c.Fail(r, "got %d targets, want one of transitGatewayId, vpcPeeringConnectionId, networkInterfaceId, vpcEndpointId or gatewayId", n)
	}
}

// LeadsOut says whether the private subnets have a default route besides that to
// a NAT gateway.
func (n *Network) LeadsOut() bool {
	return n.Existing == nil && slices.ContainsFunc(n.PrivateRoutes, func(r Route) bool { return r.DestinationCIDRBlock == Everywhere })
}

// AvailabilityZones says which zones of the region the subnets may be in. They include the
// Local Zones that the account has opted in to, and not all of those have NAT gateways and
// Fargate.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html
type AvailabilityZones struct {
	OptInStatus    string   `yaml:"optInStatus" rule:"oneof opt-in-not-required,optional"` // opt-in-not-required: no Local Zones; empty: every zone the account sees.
	ExcludeZoneIDs []string `yaml:"excludeZoneIds" rule:"zoneID,unique"`                   // IDs such as use1-az3, because names differ between accounts.
}

// ExistingNetwork is a VPC that somebody else manages: its subnets, routes and
// endpoints are not changed. It may have only public subnets.
type ExistingNetwork struct {
	VPCID            string   `yaml:"vpcId" rule:"vpcID"`                      // The VPC.
	PrivateSubnetIDs []string `yaml:"privateSubnetIds" rule:"subnetID,unique"` // For workers and flow runs; need a way out to the Prefect API and to AWS.
	PublicSubnetIDs  []string `yaml:"publicSubnetIds" rule:"subnetID,unique"`  // For workers with assignPublicIp; without private subnets, flow runs use them too, with a public address.
}

// Endpoints are VPC endpoints, through which AWS services are reached without a NAT
// gateway. Prefect Cloud is not one of them.
// https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
type Endpoints struct {
	_ struct{} `makes:"aws_security_group.endpoints aws_vpc_endpoint.interface aws_vpc_endpoint.s3"`

	S3 bool `yaml:"s3"` // A gateway endpoint, free of charge; ECR keeps the layers of its images in S3.

	// Interface endpoints, by service: the services that the worker, its flow
	// runs, their monitoring and many flows use. Each is billed by
	// availability zone and hour. ECR works with the gateway endpoint of S3
	// only.
	Interface []string `yaml:"interface" rule:"endpointService,unique"`

	NameTag           string `yaml:"nameTag" default:"{nameTag}" rule:"tagValue,optional" braces:"names"`                     // The service is added.
	SecurityGroupName string `yaml:"securityGroupName" default:"{nameTag}-endpoints" rule:"securityGroupName" braces:"names"` // Of the interface endpoints.
}

// FlowLogs records who talked to whom in the VPC, in a separate log group.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
type FlowLogs struct {
	_ struct{} `makes:"aws_cloudwatch_log_group.flow_logs aws_flow_log.prefect aws_iam_role.flow_logs aws_iam_role_policy.flow_logs"`

	TrafficType     string `yaml:"trafficType" default:"ALL" rule:"oneof ALL ACCEPT REJECT"`                           // Which traffic is recorded.
	RetentionInDays int    `yaml:"retentionInDays" default:"30" rule:"retention"`                                      // How long records are kept; 0 keeps them forever.
	KMSKeyARN       string `yaml:"kmsKeyArn" rule:"kmsKeyARN,optional,region"`                                         // Empty: CloudWatch's own encryption. The key must let logs.<region> use it.
	LogGroupName    string `yaml:"logGroupName" default:"/vpc/{nameTag}/flow-logs" rule:"logGroupName" braces:"names"` // Name of the log group.
	RoleName        string `yaml:"roleName" default:"{nameTag}-flow-logs" rule:"roleName" braces:"names"`              // Name of the role that writes them.
	NameTag         string `yaml:"nameTag" default:"{nameTag}-flow-logs" rule:"tagValue,optional" braces:"names"`      // Name tag of all three.
}

// Makes says whether the stack creates the network.
func (n *Network) Makes() bool { return n.Existing == nil }

// NewBits are those of the public or private subnets.
func (n *Network) NewBits(side string) int {
	if side == "public" && n.PublicSubnetNewBits != 0 {
		return n.PublicSubnetNewBits
	}
	return n.SubnetNewBits
}

// subnets are the settings of the public or private subnets.
func (n *Network) subnets(side string) (blocks *[]string, offset *int) {
	if side == "public" {
		return &n.PublicSubnetCIDRBlocks, &n.PublicSubnetOffset
	}
	return &n.PrivateSubnetCIDRBlocks, &n.PrivateSubnetOffset
}

// Check finds subnets that do not exist, or overlap, addresses without a NAT
// gateway, and routes that EC2 refuses.
func (n *Network) Check(c Checker) {
	if n.Existing != nil || c.Wrong(&n.AvailabilityZoneCount) {
		return
	}
	n.checkAddresses(c)
	if c.Wrong(&n.CIDRBlock) || c.Wrong(&n.SubnetNewBits) || c.Wrong(&n.PublicSubnetNewBits) {
		return
	}
	n.checkRoutes(c)
	public, ok := n.ranges(c, "public")
	private, too := n.ranges(c, "private")
	if !ok || !too {
		return
	}
	for i, p := range private {
		at := slices.IndexFunc(public, p.Overlaps)
		zones := n.AvailabilityZoneCount
		switch {
		case at < 0:
			continue
		case len(n.PrivateSubnetCIDRBlocks) > 0:
			c.FailIndex(&n.PrivateSubnetCIDRBlocks, i, "got %s, which overlaps with the public subnet %s", p, public[at])
		case len(n.PublicSubnetCIDRBlocks) > 0:
			c.FailIndex(&n.PublicSubnetCIDRBlocks, at, "got %s, which overlaps with the private subnet %s", public[at], p)
		case n.NewBits("public") != n.SubnetNewBits:
			c.Fail(&n.PrivateSubnetOffset, "got %d, with which the private subnet %s overlaps with the public %s; want another, or another publicSubnetOffset", n.PrivateSubnetOffset, p, public[at])
		default:
			c.Fail(&n.PrivateSubnetOffset, "got %d, which overlaps with publicSubnetOffset %d; want them at least %d apart, one for each availability zone",
				n.PrivateSubnetOffset, n.PublicSubnetOffset, zones)
		}
		return
	}
}

// ranges are the public or private subnets, unless a setting of theirs is wrong.
func (n *Network) ranges(c Checker, side string) (all []netip.Prefix, ok bool) {
	vpc, zones := netip.MustParsePrefix(n.CIDRBlock), n.AvailabilityZoneCount
	blocks, offset := n.subnets(side)
	if len(*blocks) > 0 {
		return n.given(c, vpc, blocks)
	}
	newBits, size := n.NewBits(side), 1<<n.NewBits(side)
	bits := vpc.Bits() + newBits
	if bits > 28 {
		setting := "subnetNewBits"
		if newBits != n.SubnetNewBits {
			setting = "publicSubnetNewBits"
		}
		c.Fail(&n.CIDRBlock, "got %s, too small: with %s %d its subnets would be /%d and AWS allows /28 at the smallest; want /16 to /%d", vpc, setting, newBits, bits, 28-newBits)
		return nil, false
	}
	if *offset < 0 || *offset > size-zones {
		c.Fail(offset, "got %d, want 0 to %d: %s has %d subnets of /%d and %d availability zones need one each", *offset, size-zones, vpc, size, bits, zones)
		return nil, false
	}
	for i := range zones {
		address := vpc.Addr().As4()
		binary.BigEndian.PutUint32(address[:], binary.BigEndian.Uint32(address[:])+uint32(*offset+i)<<(32-bits))
		all = append(all, netip.PrefixFrom(netip.AddrFrom4(address), bits))
	}
	return all, true
}

// given are ranges that the file gives.
func (n *Network) given(c Checker, vpc netip.Prefix, blocks *[]string) (all []netip.Prefix, ok bool) {
	ok = true
	fail := func(i int, format string, args ...any) { ok = false; c.FailIndex(blocks, i, format, args...) }
	for i, block := range *blocks {
		p, err := netip.ParsePrefix(block)
		if err != nil || p.Masked() != p {
			ok = false // reported already
			continue
		}
		at := slices.IndexFunc(all, p.Overlaps)
		switch {
		case p.Bits() < 16 || p.Bits() > 28:
			fail(i, "got %s, want a range between /16 and /28", p)
		case !vpc.Contains(p.Addr()) || p.Bits() < vpc.Bits():
			fail(i, "got %s, want a part of network.cidrBlock, %s", p, vpc)
		case at >= 0:
			fail(i, "got %s, which overlaps with %s", p, all[at])
		}
		all = append(all, p)
	}
	if len(*blocks) != n.AvailabilityZoneCount {
		ok = false
		c.Fail(blocks, "got %d, want %d: one for each availability zone (availabilityZoneCount)", len(*blocks), n.AvailabilityZoneCount)
	}
	return all, ok
}

// checkAddresses wants an address for each NAT gateway.
func (n *Network) checkAddresses(c Checker) {
	want := map[string]int{NATSingle: 1, NATPerZone: n.AvailabilityZoneCount}[n.NATGateways]
	if got := len(n.EIPAllocationIDs); got > 0 && got != want && !c.Wrong(&n.NATGateways) {
		c.Fail(&n.EIPAllocationIDs, "got %d, want %d: with natGateways %s there are %[2]d NAT gateways", got, want, n.NATGateways)
	}
}

// checkRoutes finds destinations that a route table has already.
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
func (n *Network) checkRoutes(c Checker) {
	vpc, seen := netip.MustParsePrefix(n.CIDRBlock), map[string]bool{}
	for i := range n.PrivateRoutes {
		r := &n.PrivateRoutes[i]
		to, err := netip.ParsePrefix(r.DestinationCIDRBlock)
		switch {
		case seen[r.Destination()]:
			c.Fail(r, "got a route to %s twice", r.Destination())
		case err != nil: // a prefix list, or reported already
		case r.DestinationCIDRBlock == Everywhere && n.NATGateways != NATNone && !c.Wrong(&n.NATGateways):
			c.Fail(&r.DestinationCIDRBlock, "got %s, which goes to the NAT gateway; set natGateways: none", Everywhere)
		case vpc.Contains(to.Addr()) && to.Bits() >= vpc.Bits() && r.NetworkInterfaceID == "" && r.VPCEndpointID == "":
			c.Fail(&r.DestinationCIDRBlock, "got %s, inside of the VPC's own %s, which AWS routes itself to all but a networkInterfaceId or a vpcEndpointId", to, vpc)
		}
		if r.Destination() != "" {
			seen[r.Destination()] = true
		}
	}
}

// Check wants subnets, and none both public and private.
func (n *ExistingNetwork) Check(c Checker) {
	if len(n.PrivateSubnetIDs) == 0 && len(n.PublicSubnetIDs) == 0 {
		c.Fail(&n.PrivateSubnetIDs, "got none, want at least one subnet of %s", n.VPCID)
	}
	private := map[string]bool{}
	for _, id := range n.PrivateSubnetIDs {
		private[id] = true
	}
	for i, id := range n.PublicSubnetIDs {
		if private[id] {
			c.FailIndex(&n.PublicSubnetIDs, i, "got %s, which privateSubnetIds has too", id)
		}
	}
}

// Check wants an endpoint.
func (p *Endpoints) Check(c Checker) {
	if !p.S3 && len(p.Interface) == 0 {
		c.Fail(p, "got none, want s3: true or a service in interface; null creates no endpoints")
	}
}
