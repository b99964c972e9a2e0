package constructs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/route"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/routetable"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// inlineRoutes are routes as a route table has them.
func inlineRoutes(routes []settings.Route) []*routetable.RouteTableRoute {
	var all []*routetable.RouteTableRoute
	for _, r := range routes {
		all = append(all, &routetable.RouteTableRoute{
			CidrBlock: optional(r.DestinationCIDRBlock), DestinationPrefixListId: optional(r.DestinationPrefixListID),
			TransitGatewayId: optional(r.TransitGatewayID), VpcPeeringConnectionId: optional(r.VPCPeeringConnectionID),
			NetworkInterfaceId: optional(r.NetworkInterfaceID), VpcEndpointId: optional(r.VPCEndpointID), GatewayId: optional(r.GatewayID),
		})
	}
	return all
}

// publicRoute is the public subnets' way out, as its own resource.
func (g group) publicRoute(table, igw AnyResource) AnyResource {
	return add(g, "aws_route.public", route.NewRoute, &route.RouteConfig{
		RouteTableId: jsii.String(table.Attr("id")), DestinationCidrBlock: jsii.String(settings.Everywhere), GatewayId: jsii.String(igw.Attr("id")),
	}).Any()
}

// privateRoutes are the private subnets' routes, as separate resources.
func (g group) privateRoutes(p NetworkProps, table AnyResource, n nat) []AnyResource {
	var all []AnyResource
	if len(n.ids) > 0 {
		config := &route.RouteConfig{
			RouteTableId:         jsii.String("${" + table.Address + n.index + ".id}"),
			DestinationCidrBlock: jsii.String(settings.Everywhere),
			NatGatewayId:         jsii.String("${" + n.gateway.Address + n.index + ".id}"),
		}
		if n.index != "" {
			config.Count = cdktf.Token_AsNumber("${length(" + table.Address + ")}")
		}
		all = append(all, add(g, "aws_route.nat", route.NewRoute, config).Any())
	}
	if len(p.PrivateRoutes) > 0 {
		all = append(all, g.routesToNetworks(p, table, n.index != ""))
	}
	return all
}

// routesToNetworks creates each of the section's routes in each private route table.
// They are known by their destinations, those of the first table with nothing
// added: more tables move none.
func (g group) routesToNetworks(p NetworkProps, table AnyResource, perZone bool) AnyResource {
	each, used := map[string]any{}, map[string]bool{}
	tables, id := 1, table.Address+".id"
	if perZone {
		tables, id = p.AvailabilityZoneCount, table.Address+"[each.value.table].id"
	}
	for _, r := range p.PrivateRoutes {
		arguments := map[string]any{}
		for name, value := range map[string]string{
			"destination_cidr_block": r.DestinationCIDRBlock, "destination_prefix_list_id": r.DestinationPrefixListID,
			"transit_gateway_id": r.TransitGatewayID, "vpc_peering_connection_id": r.VPCPeeringConnectionID,
			"network_interface_id": r.NetworkInterfaceID, "vpc_endpoint_id": r.VPCEndpointID, "gateway_id": r.GatewayID,
		} {
			if value != "" {
				arguments[name], used[name] = value, true
			}
		}
		for i := range tables {
			key, of := r.Destination(), map[string]any{}
			for name, value := range arguments {
				of[name] = value
			}
			if perZone {
				of["table"] = i
			}
			if i > 0 {
				key = fmt.Sprintf("%s %d", key, i+1)
			}
			each[key] = of
		}
	}
	made := add(g, "aws_route.private", route.NewRoute, &route.RouteConfig{RouteTableId: jsii.String("${" + id + "}")})
	made.Element.AddOverride(jsii.String("for_each"), "${"+g.local("private_routes", each)+"}")
	for _, name := range slices.Sorted(maps.Keys(used)) {
		made.Element.AddOverride(&name, "${try(each.value."+name+", null)}")
	}
	return made.Any()
}
