package constructs

import (
	"fmt"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/eip"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/natgateway"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetable"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// nat is the private subnets' way out.
type nat struct {
	gateway Resource[natgateway.NatGateway]
	ids     []string // of the gateways
	index   string   // "[count.index]" where each zone has its own gateway and route table
	routes  []*routetable.RouteTableRoute
}

// natGateways creates the NAT gateways with their addresses. Moving between a
// single one and one per zone keeps the first: Terraform takes
// aws_nat_gateway.nat and aws_nat_gateway.nat[0] for the same.
func (g group) natGateways(p NetworkProps, igw, public AnyResource) nat {
	var n nat
	var count any
	zone := "[0]"
	switch p.NATGateways {
	case settings.NATNone:
		// An empty list, not none: Terraform would leave the route that was there.
		return nat{routes: []*routetable.RouteTableRoute{}}
	case settings.NATPerZone:
		n.index, zone = "[count.index]", "[count.index]"
		count = cdktf.Token_AsNumber("${length(" + public.Address + ")}")
	}
	n.gateway = add(g, "aws_nat_gateway.nat", natgateway.NewNatGateway, &natgateway.NatGatewayConfig{
		AllocationId: jsii.String(g.allocationID(p, count, n.index)),
		SubnetId:     jsii.String("${" + public.Address + zone + ".id}"),
		Tags:         nameTag(p.NameTags.NATGateway),
		Count:        count,
		// A NAT gateway is of use only once its VPC has a way out.
		// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/nat_gateway
		DependsOn: DependsOn(igw),
	})
	n.routes = []*routetable.RouteTableRoute{{
		CidrBlock:    jsii.String("0.0.0.0/0"),
		NatGatewayId: jsii.String("${" + n.gateway.Address + n.index + ".id}"),
	}}
	n.ids = []string{n.gateway.Attr("id")}
	if n.index != "" {
		n.ids = nil
		for i := range p.AvailabilityZoneCount {
			n.ids = append(n.ids, fmt.Sprintf("${%s[%d].id}", n.gateway.Address, i))
		}
	}
	return n
}

// allocationID is a NAT gateway's address: one that is made for it, or one that
// there is.
func (g group) allocationID(p NetworkProps, count any, index string) string {
	if len(p.EIPAllocationIDs) == 0 {
		made := add(g, "aws_eip.nat", eip.NewEip, &eip.EipConfig{Domain: optional(p.EIPDomain), Tags: nameTag(p.NameTags.EIP), Count: count})
		return "${" + made.Address + index + ".id}"
	}
	if index == "" {
		return p.EIPAllocationIDs[0]
	}
	return "${" + g.local("eip_allocation_ids", p.EIPAllocationIDs) + index + "}"
}
