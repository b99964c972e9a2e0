package constructs

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsavailabilityzones"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/defaultsecuritygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/internetgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetable"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetableassociation"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/subnet"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// NetworkProps are the settings of a network.
type NetworkProps struct {
	settings.Network // required: CIDRBlock. Existing, Endpoints and FlowLogs are constructs of their own
}

// Network is a VPC with one public and one private subnet in each availability
// zone; the private ones reach the internet through NAT gateways in the public
// ones. Or it is one that exists already.
type Network struct {
	VPCID            string        // template
	PublicSubnetIDs  string        // template of a list; "": none, of a network that exists
	PrivateSubnetIDs string        // template of a list; "" as above
	NATGatewayIDs    []string      // templates; none without NAT gateways
	Egress           []AnyResource // the way out: what runs in the subnets should come after it, and after their routes

	// PublicRoutes and PrivateRoutes give the subnets their route tables, without
	// which they have no way out: those of a worker's subnets belong in its After
	// too. None of a network that exists.
	PublicRoutes, PrivateRoutes []AnyResource

	// Templates of lists; "" of a network that exists, and NATPublicIPs without NAT gateways.
	PublicRouteTableIDs, PrivateRouteTableIDs, NATPublicIPs string

	VPC           Resource[vpc.Vpc] // zero where the network exists already
	routeTableIDs string            // template of a list
}

// NewNetwork creates the network.
func NewNetwork(scope constructs.Construct, id string, p NetworkProps) *Network {
	g := newGroup(scope, "NewNetwork", id)
	g.require(prop{"CIDRBlock", p.CIDRBlock, "an IPv4 range such as 10.0.0.0/16"})
	fill(g, &p.Network)
	if p.PublicSubnetOffset == p.PrivateSubnetOffset {
		p.PrivateSubnetOffset += 10 // neither was given
	}
	zones := g.availabilityZones(p)
	main := add(g, "aws_vpc.prefect", vpc.NewVpc, &vpc.VpcConfig{
		CidrBlock: &p.CIDRBlock, EnableDnsSupport: true, EnableDnsHostnames: true, Tags: nameTag(p.NameTags.VPC),
	})
	if p.EmptyDefaultSecurityGroup {
		g.emptyDefaultSecurityGroup(main)
	}
	public := g.subnets("public", p, main, zones, p.PublicSubnetCIDRBlocks, p.PublicSubnetOffset, p.NameTags.PublicSubnet)
	private := g.subnets("private", p, main, zones, p.PrivateSubnetCIDRBlocks, p.PrivateSubnetOffset, p.NameTags.PrivateSubnet)

	igw := add(g, "aws_internet_gateway.igw", internetgateway.NewInternetGateway, &internetgateway.InternetGatewayConfig{
		VpcId: jsii.String(main.Attr("id")), Tags: nameTag(p.NameTags.InternetGateway),
	})
	nat := g.natGateways(p, igw.Any(), public)
	publicInline := []*routetable.RouteTableRoute{{CidrBlock: jsii.String(settings.Everywhere), GatewayId: jsii.String(igw.Attr("id"))}}
	privateInline := append(nat.routes, inlineRoutes(p.PrivateRoutes)...)
	if p.SeparateRoutes {
		publicInline, privateInline = nil, nil
	}
	publicTable, publicRoute := g.routeTable("public", main, p.NameTags.PublicRouteTable, public, "", publicInline)
	privateTable, privateRoute := g.routeTable("private", main, p.NameTags.PrivateRouteTable, private, nat.index, privateInline)
	publicRoutes, privateRoutes := []AnyResource{publicRoute}, []AnyResource{privateRoute}
	if p.SeparateRoutes {
		publicRoutes = append(publicRoutes, g.publicRoute(publicTable, igw.Any()))
		privateRoutes = append(privateRoutes, g.privateRoutes(p, privateTable, nat)...)
	}
	egress, publicIPs := publicRoutes, ""
	if len(nat.ids) > 0 {
		egress, publicIPs = []AnyResource{nat.gateway.Any()}, "${"+nat.gateway.Address+"[*].public_ip}"
	}
	return &Network{
		VPCID:            main.Attr("id"),
		PublicSubnetIDs:  "${" + public.Address + "[*].id}",
		PrivateSubnetIDs: "${" + private.Address + "[*].id}",
		NATGatewayIDs:    nat.ids,
		Egress:           egress,
		PublicRoutes:     publicRoutes,
		PrivateRoutes:    privateRoutes,
		VPC:              main,

		PublicRouteTableIDs:  "${" + publicTable.Address + "[*].id}",
		PrivateRouteTableIDs: "${" + privateTable.Address + "[*].id}",
		NATPublicIPs:         publicIPs,

		routeTableIDs: "${concat([" + publicTable.Address + ".id], " + privateTable.Address + "[*].id)}",
	}
}

// availabilityZones returns the expression of the zones' names. Some accounts
// see fewer zones than others: the postcondition says so, where slice would
// only say that its end index is out of range.
func (g group) availabilityZones(p NetworkProps) (zones string) {
	count := p.AvailabilityZoneCount
	config := &dataawsavailabilityzones.DataAwsAvailabilityZonesConfig{
		Lifecycle: &cdktf.TerraformResourceLifecycle{Postcondition: &[]*cdktf.Postcondition{{
			Condition: fmt.Sprintf("${length(self.names) >= %d}", count),
			ErrorMessage: jsii.String(fmt.Sprintf("The region has ${length(self.names)} availability zones for this account (${join(\", \", self.names)}), "+
				"but the network needs %d. Use another region, or fewer availability zones.", count)),
		}}},
	}
	if p.AvailabilityZones.OptInStatus != "" {
		config.Filter = []*dataawsavailabilityzones.DataAwsAvailabilityZonesFilter{{
			Name: jsii.String("opt-in-status"), Values: strs([]string{p.AvailabilityZones.OptInStatus}),
		}}
	}
	if excluded := p.AvailabilityZones.ExcludeZoneIDs; len(excluded) > 0 {
		config.ExcludeZoneIds = strs(excluded)
	}
	available := data(g, "aws_availability_zones.available", dataawsavailabilityzones.NewDataAwsAvailabilityZones, config)
	return g.local("azs", fmt.Sprintf("${slice(%s.names, 0, %d)}", available.Address, count))
}

// subnets creates one subnet in each zone.
func (g group) subnets(side string, p NetworkProps, main Resource[vpc.Vpc], zones string, blocks []string, offset int, tag string) AnyResource {
	netnum := "count.index"
	if offset > 0 {
		netnum = fmt.Sprintf("count.index + %d", offset)
	}
	block := fmt.Sprintf("${cidrsubnet(%s, %d, %s)}", Expr(p.CIDRBlock), p.NewBits(side), netnum)
	if len(blocks) > 0 {
		block = "${" + g.local(side+"_subnet_cidr_blocks", blocks) + "[count.index]}"
	}
	config := &subnet.SubnetConfig{
		Count:            cdktf.Token_AsNumber("${" + g.local(side+"_count", "${length("+zones+")}") + "}"),
		VpcId:            jsii.String(main.Attr("id")),
		AvailabilityZone: jsii.String("${" + zones + "[count.index]}"),
		CidrBlock:        &block,
		Tags:             nameTag(tag),
	}
	if side == "public" {
		config.MapPublicIpOnLaunch = p.MapPublicIPOnLaunch
	}
	return add(g, "aws_subnet."+side, subnet.NewSubnet, config).Any()
}

// routeTable creates a route table with inline routes, or with nil leaves its routes
// to others, and associates the subnets with it; with an index, one table for each
// subnet.
func (g group) routeTable(side string, main Resource[vpc.Vpc], tag string, subnets AnyResource, index string, routes []*routetable.RouteTableRoute) (table, association AnyResource) {
	count := cdktf.Token_AsNumber("${length(" + subnets.Address + ")}")
	config := &routetable.RouteTableConfig{
		VpcId: jsii.String(main.Attr("id")), Tags: nameTag(tag),
	}
	if routes != nil {
		config.Route = routes
	}
	if index != "" {
		config.Count = count
	}
	table = add(g, "aws_route_table."+side, routetable.NewRouteTable, config).Any()
	association = add(g, "aws_route_table_association."+side+"_assoc", routetableassociation.NewRouteTableAssociation,
		&routetableassociation.RouteTableAssociationConfig{
			Count:        count,
			SubnetId:     jsii.String("${" + subnets.Address + "[count.index].id}"),
			RouteTableId: jsii.String("${" + table.Address + index + ".id}"),
		}).Any()
	return table, association
}

// emptyDefaultSecurityGroup: Terraform adopts the group that comes with each
// VPC and removes the rules that the configuration does not have.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/default_security_group
func (g group) emptyDefaultSecurityGroup(main Resource[vpc.Vpc]) {
	add(g, "aws_default_security_group.default", defaultsecuritygroup.NewDefaultSecurityGroup, &defaultsecuritygroup.DefaultSecurityGroupConfig{
		VpcId:   jsii.String(main.Attr("id")),
		Ingress: []*defaultsecuritygroup.DefaultSecurityGroupIngress{},
		Egress:  []*defaultsecuritygroup.DefaultSecurityGroupEgress{},
	})
}
