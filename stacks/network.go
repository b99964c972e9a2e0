package stacks

import (
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

func (w *wiring) addNetwork() {
	n := w.env.Network
	if existing := n.Existing; existing != nil {
		w.network = constructs.NewExistingNetwork(w.stack, "", constructs.ExistingNetworkProps{
			VPCID: existing.VPCID, PublicSubnetIDs: existing.PublicSubnetIDs, PrivateSubnetIDs: existing.PrivateSubnetIDs,
		})
		return
	}
	t := n.NameTags
	w.network = constructs.NewNetwork(w.stack, "", constructs.NetworkProps{
		CIDRBlock:             w.text("network.cidrBlock", n.CIDRBlock),
		AvailabilityZoneCount: n.AvailabilityZoneCount,
		SubnetNewBits:         n.SubnetNewBits,
		PublicSubnetOffset:    n.PublicSubnetOffset,
		PrivateSubnetOffset:   n.PrivateSubnetOffset,
		EIPDomain:             n.EIPDomain,
		NATGateways:           constructs.NATGateways(n.NATGateways),
		MapPublicIPOnLaunch:   n.MapPublicIPOnLaunch,
		NameTags: constructs.NetworkNameTags{
			VPC: w.name(t.VPC), PublicSubnet: w.name(t.PublicSubnet), PrivateSubnet: w.name(t.PrivateSubnet),
			InternetGateway: w.name(t.InternetGateway), PublicRouteTable: w.name(t.PublicRouteTable),
			PrivateRouteTable: w.zoneTag(t.PrivateRouteTable), EIP: w.zoneTag(t.EIP), NATGateway: w.zoneTag(t.NATGateway),
		},
		OptInStatus:               n.AvailabilityZones.OptInStatus,
		ExcludeZoneIDs:            n.AvailabilityZones.ExcludeZoneIDs,
		EmptyDefaultSecurityGroup: n.EmptyDefaultSecurityGroup,
		Names:                     w.names,
	})
	w.addEndpoints()
	w.addFlowLogs()
}

// zoneTag is the Name tag of what each zone has one of, or all zones share: the
// one they share is the first.
func (w *wiring) zoneTag(pattern string) string {
	if w.env.Network.NATGateways != config.NATPerZone {
		pattern = strings.ReplaceAll(pattern, "{number}", "1")
	}
	return w.name(pattern)
}

func (w *wiring) addEndpoints() {
	if p := w.env.Network.Endpoints; p != nil {
		made := constructs.NewEndpoints(w.stack, "", constructs.EndpointsProps{
			Network:           w.network,
			Region:            w.text("region", w.env.Region),
			S3:                p.S3,
			Interface:         p.Interface,
			NameTag:           w.name(p.NameTag),
			SecurityGroupName: w.name(p.SecurityGroupName),
			Names:             w.names,
		})
		w.network.Egress = append(w.network.Egress, made...)
	}
}

func (w *wiring) addFlowLogs() {
	if f := w.env.Network.FlowLogs; f != nil {
		constructs.NewFlowLogs(w.stack, "", constructs.FlowLogsProps{
			Network:         w.network,
			TrafficType:     f.TrafficType,
			LogGroupName:    w.name(f.LogGroupName),
			RetentionInDays: f.RetentionInDays,
			KMSKeyARN:       f.KMSKeyARN,
			RoleName:        w.name(f.RoleName),
			NameTag:         w.name(f.NameTag),
			Defaults:        w.roleDefaults(),
			Names:           w.names,
		})
	}
}

// subnetIDs are the subnets for a worker with or without a public address.
func (w *wiring) subnetIDs(public bool) string {
	if public {
		return w.network.PublicSubnetIDs
	}
	return w.network.PrivateSubnetIDs
}

// routes are what those subnets reach the internet by.
func (w *wiring) routes(public bool) []constructs.Resource {
	if public {
		return w.network.PublicRoutes
	}
	return w.network.PrivateRoutes
}

func (w *wiring) addSecurityGroup() {
	g := w.env.SecurityGroup
	w.securityGroup = constructs.NewSecurityGroup(w.stack, "", constructs.SecurityGroupProps{
		VPCID:       w.network.VPCID,
		Name:        w.name(g.Name),
		Description: constructs.Escape(g.Description),
		NameTag:     w.name(g.NameTag),
		Ingress:     rules(g.Ingress),
		Egress:      rules(g.Egress),
		Names:       w.names,
	})
}

// rules keeps the difference between no rules and rules that nobody speaks of.
func rules(settings []config.Rule) []constructs.Rule {
	if settings == nil {
		return nil
	}
	all := []constructs.Rule{}
	for _, r := range settings {
		r.Description = constructs.Escape(r.Description)
		all = append(all, constructs.Rule(r))
	}
	return all
}
