package settings

import "net/netip"

// Network is the VPC: one public and one private subnet in each availability
// zone, an internet gateway and NAT gateways; or one that exists already.
type Network struct {
	_ struct{} `makes:"aws_default_security_group.default aws_eip.nat aws_internet_gateway.igw aws_nat_gateway.nat aws_route_table.private aws_route_table.public aws_route_table_association.private_assoc aws_route_table_association.public_assoc aws_subnet.private aws_subnet.public aws_vpc.prefect"`

	// Existing are a VPC and subnets to use instead of making any. Any other
	// setting of network is then an error, and what the preset has is not made.
	Existing *ExistingNetwork `yaml:"existing"`

	// CIDRBlock is the VPC's range, /16 to /28.
	CIDRBlock string `yaml:"cidrBlock" rule:"vpcCIDRBlock" variable:"IP address range of the VPC."`

	AvailabilityZoneCount int    `yaml:"availabilityZoneCount" default:"3" rule:"range 2 6"` // How many zones have subnets.
	SubnetNewBits         int    `yaml:"subnetNewBits" default:"8" rule:"range 2 12"`        // Bits added to the VPC's prefix, as in cidrsubnet.
	PublicSubnetOffset    int    `yaml:"publicSubnetOffset" default:"0"`                     // Netnum of the first public subnet, as in cidrsubnet.
	PrivateSubnetOffset   int    `yaml:"privateSubnetOffset" default:"10"`                   // Netnum of the first private subnet.
	EIPDomain             string `yaml:"eipDomain" rule:"oneof vpc,optional"`                // Domain of the NAT gateways' addresses; empty: the account's default.

	NameTags NetworkNameTags `yaml:"nameTags"` // Name tags of the network's resources.

	// NATGateways are how many NAT gateways the private subnets use: single, in
	// the first zone, per-availability-zone, or none. docs/network.md says what
	// each costs.
	NATGateways string `yaml:"natGateways" default:"single" rule:"oneof single per-availability-zone none"`

	AvailabilityZones AvailabilityZones `yaml:"availabilityZones"` // Which zones may be used.

	// MapPublicIPOnLaunch gives what is started in a public subnet a public
	// address by itself, as documented. Neither NAT gateways nor ECS services
	// need it. In Go, it is false where it is left out, as every bool.
	MapPublicIPOnLaunch bool `yaml:"mapPublicIpOnLaunch" default:"true"`

	// EmptyDefaultSecurityGroup takes all rules from the VPC's default security
	// group, so that nothing works in it by accident.
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
// from 1, in the subnets' and in eip, natGateway and privateRouteTable, of
// which there may be one for each availability zone.
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

// AvailabilityZones say which zones of the region the subnets may be in. A
// region lists the Local Zones that an account has opted in to among them, and
// neither NAT gateways nor Fargate are in all of those.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html
type AvailabilityZones struct {
	OptInStatus    string   `yaml:"optInStatus" rule:"oneof opt-in-not-required,optional"` // opt-in-not-required: no Local Zones; empty: every zone the account sees.
	ExcludeZoneIDs []string `yaml:"excludeZoneIds" rule:"zoneID,unique"`                   // Such as use1-az3: ids, as each account has names of its own.
}

// ExistingNetwork is a VPC that somebody else looks after: its subnets, routes
// and endpoints are left alone.
type ExistingNetwork struct {
	VPCID            string   `yaml:"vpcId" rule:"vpcID"`                      // The VPC.
	PrivateSubnetIDs []string `yaml:"privateSubnetIds" rule:"subnetID,unique"` // For workers and flow runs; need a way out to the Prefect API and to AWS.
	PublicSubnetIDs  []string `yaml:"publicSubnetIds" rule:"subnetID,unique"`  // For workers with assignPublicIp.
}

// Endpoints are VPC endpoints, through which AWS's own services are reached
// without a NAT gateway. Prefect Cloud is not one of them.
// https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
type Endpoints struct {
	_ struct{} `makes:"aws_security_group.endpoints aws_vpc_endpoint.interface aws_vpc_endpoint.s3"`

	S3 bool `yaml:"s3"` // A gateway endpoint, free of charge; ECR keeps the layers of its images in S3.

	// Interface endpoints, by service: what the worker, its flow runs and their
	// monitoring use, and what flows often do. Each costs per availability zone
	// and hour. ECR works with the gateway endpoint of S3 only.
	Interface []string `yaml:"interface" rule:"endpointService,unique"`

	NameTag           string `yaml:"nameTag" default:"{nameTag}" rule:"tagValue,optional" braces:"names"`                     // The service is added.
	SecurityGroupName string `yaml:"securityGroupName" default:"{nameTag}-endpoints" rule:"securityGroupName" braces:"names"` // Of the interface endpoints.
}

// FlowLogs records who talked to whom in the VPC, in a log group of its own.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
type FlowLogs struct {
	_ struct{} `makes:"aws_cloudwatch_log_group.flow_logs aws_flow_log.prefect aws_iam_role.flow_logs aws_iam_role_policy.flow_logs"`

	TrafficType     string `yaml:"trafficType" default:"ALL" rule:"oneof ALL ACCEPT REJECT"`                           // Which traffic is recorded.
	RetentionInDays int    `yaml:"retentionInDays" default:"30" rule:"retention"`                                      // How long records are kept; 0 keeps them for ever.
	KMSKeyARN       string `yaml:"kmsKeyArn" rule:"kmsKeyARN,optional,region"`                                         // Empty: CloudWatch's own encryption. The key must let logs.<region> use it.
	LogGroupName    string `yaml:"logGroupName" default:"/vpc/{nameTag}/flow-logs" rule:"logGroupName" braces:"names"` // Name of the log group.
	RoleName        string `yaml:"roleName" default:"{nameTag}-flow-logs" rule:"roleName" braces:"names"`              // Name of the role that writes them.
	NameTag         string `yaml:"nameTag" default:"{nameTag}-flow-logs" rule:"tagValue,optional" braces:"names"`      // Name tag of all three.
}

// Makes says whether the stack makes the network.
func (n *Network) Makes() bool { return n.Existing == nil }

// Check finds subnets that do not exist, or overlap.
func (n *Network) Check(c Checker) {
	if n.Existing != nil || c.Wrong(&n.CIDRBlock) || c.Wrong(&n.SubnetNewBits) || c.Wrong(&n.AvailabilityZoneCount) {
		return
	}
	vpc := netip.MustParsePrefix(n.CIDRBlock)
	bits := vpc.Bits() + n.SubnetNewBits
	if bits > 28 {
		c.Fail(&n.CIDRBlock, "got %s, too small: with subnetNewBits %d its subnets would be /%d and AWS takes /28 at the smallest; want /16 to /%d",
			vpc, n.SubnetNewBits, bits, 28-n.SubnetNewBits)
		return
	}
	zones, size := n.AvailabilityZoneCount, 1<<n.SubnetNewBits
	for _, offset := range []*int{&n.PublicSubnetOffset, &n.PrivateSubnetOffset} {
		if *offset < 0 || *offset > size-zones {
			c.Fail(offset, "got %d, want 0 to %d: %s has %d subnets of /%d and %d availability zones need one each", *offset, size-zones, vpc, size, bits, zones)
			return
		}
	}
	if distance := n.PrivateSubnetOffset - n.PublicSubnetOffset; max(distance, -distance) < zones {
		c.Fail(&n.PrivateSubnetOffset, "got %d, which overlaps with publicSubnetOffset %d; want them at least %d apart, one for each availability zone",
			n.PrivateSubnetOffset, n.PublicSubnetOffset, zones)
	}
}

// Check wants subnets, and none both public and private.
func (n *ExistingNetwork) Check(c Checker) {
	if len(n.PrivateSubnetIDs) == 0 {
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
		c.Fail(p, "got none, want s3: true or a service in interface; null makes no endpoints")
	}
}
