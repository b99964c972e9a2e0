package stacks

import (
	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

func (w *wiring) addNetwork() {
	n := w.env.Network
	t := n.NameTags
	w.network = constructs.NewNetwork(w.stack, "", constructs.NetworkProps{
		CIDRBlock:             w.text("network.cidrBlock", n.CIDRBlock),
		AvailabilityZoneCount: n.AvailabilityZoneCount,
		SubnetNewBits:         n.SubnetNewBits,
		PublicSubnetOffset:    n.PublicSubnetOffset,
		PrivateSubnetOffset:   n.PrivateSubnetOffset,
		EIPDomain:             n.EIPDomain,
		NameTags: constructs.NetworkNameTags{
			VPC: w.name(t.VPC), PublicSubnet: w.name(t.PublicSubnet), PrivateSubnet: w.name(t.PrivateSubnet),
			InternetGateway: w.name(t.InternetGateway), PublicRouteTable: w.name(t.PublicRouteTable),
			PrivateRouteTable: w.name(t.PrivateRouteTable), EIP: w.name(t.EIP), NATGateway: w.name(t.NATGateway),
		},
		Names: w.names,
	})
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

func rules(settings []config.Rule) []constructs.Rule {
	var all []constructs.Rule
	for _, r := range settings {
		all = append(all, constructs.Rule(r))
	}
	return all
}
