package constructs

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsavailabilityzones"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/eip"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/internetgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/natgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetable"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetableassociation"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/subnet"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// NetworkProps are the settings of a network.
type NetworkProps struct {
	CIDRBlock             string // of the VPC
	AvailabilityZoneCount int    // the region's first zones are used
	SubnetNewBits         int    // bits added to the VPC's prefix, as in cidrsubnet
	PublicSubnetOffset    int    // netnum of the first public subnet, as in cidrsubnet
	PrivateSubnetOffset   int    // netnum of the first private subnet
	EIPDomain             string // "vpc", or "" to leave it to the account
	NameTags              NetworkNameTags
	Names                 Names
}

// NetworkNameTags are the Name tags; "" makes none. A subnet's may hold
// ${count.index}.
type NetworkNameTags struct {
	VPC, PublicSubnet, PrivateSubnet, InternetGateway, PublicRouteTable, PrivateRouteTable, EIP, NATGateway string
}

// Network is a VPC with one public and one private subnet in each availability
// zone; the private ones reach the internet through one NAT gateway in the
// first public subnet.
type Network struct {
	VPCID            string     // template
	PublicSubnetIDs  string     // template of a list
	PrivateSubnetIDs string     // template of a list
	NATGatewayIDs    []string   // templates
	Egress           []Resource // what runs in the private subnets should wait for it
}

// NewNetwork makes the network.
func NewNetwork(scope constructs.Construct, id string, p NetworkProps) *Network {
	g := newGroup(scope, id, p.Names)
	zones := g.availabilityZones(p.AvailabilityZoneCount)
	main := add(g, "aws_vpc.prefect", vpc.NewVpc, &vpc.VpcConfig{
		CidrBlock:          &p.CIDRBlock,
		EnableDnsSupport:   true,
		EnableDnsHostnames: true,
		Tags:               nameTag(p.NameTags.VPC),
	})
	public := g.subnets("public", p, main, zones, p.PublicSubnetOffset, p.NameTags.PublicSubnet)
	private := g.subnets("private", p, main, zones, p.PrivateSubnetOffset, p.NameTags.PrivateSubnet)

	igw := add(g, "aws_internet_gateway.igw", internetgateway.NewInternetGateway, &internetgateway.InternetGatewayConfig{
		VpcId: jsii.String(main.Attr("id")),
		Tags:  nameTag(p.NameTags.InternetGateway),
	})
	address := add(g, "aws_eip.nat", eip.NewEip, &eip.EipConfig{
		Domain: optional(p.EIPDomain),
		Tags:   nameTag(p.NameTags.EIP),
	})
	nat := add(g, "aws_nat_gateway.nat", natgateway.NewNatGateway, &natgateway.NatGatewayConfig{
		AllocationId: jsii.String(address.Attr("id")),
		SubnetId:     jsii.String("${" + public.Address + "[0].id}"),
		Tags:         nameTag(p.NameTags.NATGateway),
		// A NAT gateway is of use only once its VPC has a way out.
		// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/nat_gateway
		DependsOn: dependsOn(igw),
	})

	g.routeTable("public", main, p.NameTags.PublicRouteTable, public, &routetable.RouteTableRoute{
		CidrBlock: jsii.String("0.0.0.0/0"),
		GatewayId: jsii.String(igw.Attr("id")),
	})
	g.routeTable("private", main, p.NameTags.PrivateRouteTable, private, &routetable.RouteTableRoute{
		CidrBlock:    jsii.String("0.0.0.0/0"),
		NatGatewayId: jsii.String(nat.Attr("id")),
	})
	return &Network{
		VPCID:            main.Attr("id"),
		PublicSubnetIDs:  "${" + public.Address + "[*].id}",
		PrivateSubnetIDs: "${" + private.Address + "[*].id}",
		NATGatewayIDs:    []string{nat.Attr("id")},
		Egress:           []Resource{nat},
	}
}

// availabilityZones returns the expression of the zones' names. Some accounts
// see fewer zones than others: the postcondition says so, where slice would
// only say that its end index is out of range.
func (g group) availabilityZones(count int) (zones string) {
	available := data(g, "aws_availability_zones.available", dataawsavailabilityzones.NewDataAwsAvailabilityZones,
		&dataawsavailabilityzones.DataAwsAvailabilityZonesConfig{
			Lifecycle: &cdktf.TerraformResourceLifecycle{Postcondition: &[]*cdktf.Postcondition{{
				Condition: fmt.Sprintf("${length(self.names) >= %d}", count),
				ErrorMessage: jsii.String(fmt.Sprintf("The region has ${length(self.names)} availability zones for this account (${join(\", \", self.names)}), "+
					"but the network needs %d. Use another region, or set network.availabilityZoneCount in the environment file.", count)),
			}}},
		})
	return g.local("azs", fmt.Sprintf("${slice(%s.names, 0, %d)}", available.Address, count))
}

// subnets makes one subnet in each zone.
func (g group) subnets(side string, p NetworkProps, vpc Resource, zones string, offset int, tag string) Resource {
	netnum := "count.index"
	if offset > 0 {
		netnum = fmt.Sprintf("count.index + %d", offset)
	}
	config := &subnet.SubnetConfig{
		Count:            cdktf.Token_AsNumber("${" + g.local(side+"_count", "${length("+zones+")}") + "}"),
		VpcId:            jsii.String(vpc.Attr("id")),
		AvailabilityZone: jsii.String("${" + zones + "[count.index]}"),
		CidrBlock:        jsii.String(fmt.Sprintf("${cidrsubnet(%s, %d, %s)}", Expr(p.CIDRBlock), p.SubnetNewBits, netnum)),
		Tags:             nameTag(tag),
	}
	if side == "public" {
		config.MapPublicIpOnLaunch = true
	}
	return add(g, "aws_subnet."+side, subnet.NewSubnet, config)
}

// routeTable makes a route table with one inline default route and associates
// the subnets with it.
func (g group) routeTable(side string, vpc Resource, tag string, subnets Resource, route *routetable.RouteTableRoute) {
	table := add(g, "aws_route_table."+side, routetable.NewRouteTable, &routetable.RouteTableConfig{
		VpcId: jsii.String(vpc.Attr("id")),
		Route: []*routetable.RouteTableRoute{route},
		Tags:  nameTag(tag),
	})
	add(g, "aws_route_table_association."+side+"_assoc", routetableassociation.NewRouteTableAssociation,
		&routetableassociation.RouteTableAssociationConfig{
			Count:        cdktf.Token_AsNumber("${length(" + subnets.Address + ")}"),
			SubnetId:     jsii.String("${" + subnets.Address + "[count.index].id}"),
			RouteTableId: jsii.String(table.Attr("id")),
		})
}
