package adopt

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// network recognizes the VPC. One that this app would not make in that shape is
// used as it is: network.existing names it, and it stays in Terraform beside the
// file.
func (d *deployment) network() error {
	if d.madeNetwork() {
		return nil
	}
	ids := d.first.subnets()
	vpc := d.vpcID()
	if vpc == "" {
		return fmt.Errorf("does not say which VPC the subnets of %s are in (%s): it has neither them nor their security group", d.first.Address, strings.Join(ids, ", "))
	}
	side := "privateSubnetIds"
	if d.first.assignPublicIP() {
		side = "publicSubnetIds"
	}
	d.want.set("network", tree{"existing": tree{"vpcId": vpc, side: ids}})
	d.comments["network.existing"] = "not of the shape that this app creates"
	if d.vpc() == nil {
		d.comments["network.existing"] = "not part of the state"
	} else {
		d.note("the VPC and its subnets are used as they are (network.existing): this app creates one private and one public subnet in each zone, and an internet gateway")
	}
	return nil
}

// vpcID is the VPC of the first worker.
func (d *deployment) vpcID() string {
	if vpc := d.vpc(); vpc != nil {
		return vpc.text("id")
	}
	for _, id := range d.first.subnets() {
		if subnet := d.by("aws_subnet", "id", id); subnet != nil {
			return subnet.text("vpc_id")
		}
		for _, subnet := range d.state.data("aws_subnet") {
			if textOf(subnet["id"]) == id {
				return textOf(subnet["vpc_id"])
			}
		}
	}
	for _, id := range d.first.groups() {
		if group := d.by("aws_security_group", "id", id); group != nil {
			return group.text("vpc_id")
		}
	}
	for _, subnets := range d.state.data("aws_subnets") {
		for _, filter := range objects(subnets["filter"]) {
			if textOf(filter["name"]) == "vpc-id" && len(texts(filter["values"])) == 1 && slices.Contains(texts(subnets["ids"]), d.first.subnets()[0]) {
				return texts(filter["values"])[0]
			}
		}
	}
	return ""
}

// tableOf is the route table of a subnet, and how it is associated with it.
func (d *deployment) tableOf(subnet *Resource) (table, association *Resource) {
	association = d.by("aws_route_table_association", "subnet_id", subnet.text("id"))
	if association == nil {
		return nil, nil
	}
	return d.by("aws_route_table", "id", association.text("route_table_id")), association
}

// wayOut is the target of a table's default route.
func wayOut(table *Resource, target string) string {
	for _, route := range table.blocks("route") {
		if textOf(route["cidr_block"]) == "0.0.0.0/0" {
			return textOf(route[target])
		}
	}
	return ""
}

// madeNetwork recognizes a network of the shape that this app creates: in each zone a
// public and a private subnet.
func (d *deployment) madeNetwork() bool {
	vpc := d.vpc()
	if vpc == nil {
		return false
	}
	gateway := d.by("aws_internet_gateway", "vpc_id", vpc.text("id"))
	if gateway == nil {
		return false
	}
	var public, private []*Resource
	for _, subnet := range d.every("aws_subnet", func(s *Resource) bool { return s.text("vpc_id") == vpc.text("id") }) {
		table, _ := d.tableOf(subnet)
		switch {
		case table == nil:
		case wayOut(table, "gateway_id") == gateway.text("id"):
			public = append(public, subnet)
		default:
			private = append(private, subnet)
		}
	}
	used := func(all []*Resource) (of []*Resource) {
		for _, s := range all {
			if slices.Contains(d.first.subnets(), s.text("id")) {
				of = append(of, s)
			}
		}
		return of
	}
	assign := false
	switch {
	case len(used(private)) == len(d.first.subnets()):
		private = used(private)
	case len(used(public)) == len(d.first.subnets()) && d.first.assignPublicIP():
		public, assign = used(public), true
	default:
		return false
	}
	order(private)
	order(public)
	// The workers' subnets say which zones; of the others one in each is this app's.
	own, others := private, &public
	if assign {
		own, others = public, &private
	}
	var zones []string
	var paired []*Resource
	for _, s := range own {
		zone := s.text("availability_zone")
		i := slices.IndexFunc(*others, func(o *Resource) bool { return o.text("availability_zone") == zone })
		if i < 0 || slices.Contains(zones, zone) {
			return false
		}
		zones, paired = append(zones, zone), append(paired, (*others)[i])
	}
	*others = paired
	if len(zones) < 2 || len(zones) > 6 {
		return false
	}
	d.cidrBlocks(vpc, public, private)
	publicTable, _ := d.tableOf(public[0])
	if !d.zonesFirst(zones) {
		d.zones = zones
	}
	d.want.set("network.availabilityZoneCount", len(zones))
	d.match("aws_vpc.prefect", "", vpc)
	d.want.set("network.nameTags.vpc", vpc.tag("Name"))
	d.match("aws_internet_gateway.igw", "", gateway)
	d.want.set("network.nameTags.internetGateway", gateway.tag("Name"))
	for side, subnets := range map[string][]*Resource{"public": public, "private": private} {
		for i, s := range subnets {
			d.match("aws_subnet."+side, key(i), s)
			_, association := d.tableOf(s)
			d.match("aws_route_table_association."+side+"_assoc", key(i), association)
		}
		d.nameTags("network.nameTags."+side+"Subnet", subnets)
	}
	d.want.set("network.mapPublicIpOnLaunch", public[0].is("map_public_ip_on_launch"))
	d.match("aws_route_table.public", "", publicTable)
	d.want.set("network.nameTags.publicRouteTable", publicTable.tag("Name"))
	tables := d.natGateways(private)
	d.routes(publicTable, tables)
	if group := d.by("aws_default_security_group", "vpc_id", vpc.text("id")); group != nil && len(group.blocks("ingress"))+len(group.blocks("egress")) == 0 {
		d.match("aws_default_security_group.default", "", group)
		d.want.set("network.emptyDefaultSecurityGroup", true)
	}
	return true
}

func key(i int) string { return fmt.Sprintf("[%d]", i) }

// natGateways recognizes the private subnets' way out, and their tables.
func (d *deployment) natGateways(private []*Resource) (tables []*Resource) {
	var gateways []*Resource
	for _, s := range private {
		table, _ := d.tableOf(s)
		if !slices.Contains(tables, table) {
			tables = append(tables, table)
			if nat := d.by("aws_nat_gateway", "id", wayOut(table, "nat_gateway_id")); nat != nil && !slices.Contains(gateways, nat) {
				gateways = append(gateways, nat)
			}
		}
	}
	choice, index := settings.NATSingle, func(int) string { return "" }
	switch {
	case len(tables) == len(private) && len(gateways) == len(private):
		choice, index = settings.NATPerZone, key
	case len(gateways) == 0:
		choice = settings.NATNone
	default: // what is more than one stays beside the file
		tables, gateways = tables[:1], gateways[:1]
	}
	if choice == settings.NATNone {
		tables = tables[:1]
	}
	d.want.set("network.natGateways", choice)
	for i, table := range tables {
		d.match("aws_route_table.private", index(i), table)
	}
	d.nameTags("network.nameTags.privateRouteTable", tables)
	var addresses []*Resource
	var ids []string
	for i, nat := range gateways {
		d.match("aws_nat_gateway.nat", index(i), nat)
		ids = append(ids, nat.text("allocation_id"))
		if address := d.by("aws_eip", "id", nat.text("allocation_id")); address != nil {
			d.match("aws_eip.nat", index(i), address)
			addresses = append(addresses, address)
		}
	}
	if len(gateways) > 0 {
		d.nameTags("network.nameTags.natGateway", gateways)
	}
	switch {
	case len(gateways) == 0:
	case len(addresses) == 0:
		d.want.set("network.eipAllocationIds", ids)
	default:
		d.nameTags("network.nameTags.eip", addresses)
	}
	return tables
}

// routes are separate where the state has those to the internet as separate
// resources. Private ones that lead elsewhere are settings.
func (d *deployment) routes(public *Resource, private []*Resource) {
	own := func(table *Resource) *Resource {
		return d.find("aws_route", func(r *Resource) bool {
			return r.text("route_table_id") == table.text("id") && r.text("destination_cidr_block") == settings.Everywhere
		})
	}
	nat, _ := d.want.get("network.natGateways")
	if r := own(public); r != nil && !slices.ContainsFunc(private, func(t *Resource) bool { return nat != settings.NATNone && own(t) == nil }) {
		d.want.set("network.separateRoutes", true)
		d.match("aws_route.public", "", r)
		for i, table := range private {
			if nat == settings.NATPerZone {
				d.match("aws_route.nat", key(i), own(table))
			} else {
				d.match("aws_route.nat", "", own(table))
			}
		}
		return
	}
	var all []tree
	for i, table := range private {
		var routes []tree
		for _, r := range table.blocks("route") {
			if route, ok := toRoute(r); ok {
				routes = append(routes, route)
			}
		}
		if i > 0 && !equal(routes, all, same) {
			return
		}
		all = routes
	}
	if all != nil {
		d.want.set("network.privateRoutes", all)
	}
}

// toRoute is a route as a setting, unless it is that to a NAT gateway.
func toRoute(r map[string]any) (tree, bool) {
	route := tree{}
	for argument, setting := range map[string]string{"transit_gateway_id": "transitGatewayId", "vpc_peering_connection_id": "vpcPeeringConnectionId",
		"network_interface_id": "networkInterfaceId", "vpc_endpoint_id": "vpcEndpointId", "gateway_id": "gatewayId"} {
		if id := textOf(r[argument]); id != "" {
			route[setting] = id
		}
	}
	if len(route) != 1 {
		return nil, false
	}
	for argument, setting := range map[string]string{"cidr_block": "destinationCidrBlock", "destination_prefix_list_id": "destinationPrefixListId"} {
		if destination := textOf(r[argument]); destination != "" {
			route[setting] = destination
		}
	}
	return route, len(route) == 2
}

// zonesFirst says whether zones are surely the region's first ones.
func (d *deployment) zonesFirst(zones []string) bool {
	for _, available := range d.state.data("aws_availability_zones") {
		names := texts(available["names"])
		plain := len(objects(available["filter"])) == 0 && len(texts(available["exclude_names"])) == 0 && len(texts(available["exclude_zone_ids"])) == 0
		if plain && textOf(available["all_availability_zones"]) != "true" && len(names) >= len(zones) && slices.Equal(names[:len(zones)], zones) {
			return true
		}
	}
	return false
}

// cidrBlocks sets the subnets' ranges: by cidrsubnet's numbers where they have some.
func (d *deployment) cidrBlocks(vpc *Resource, public, private []*Resource) {
	d.want.set("network.cidrBlock", vpc.text("cidr_block"))
	network, err := netip.ParsePrefix(vpc.text("cidr_block"))
	if err == nil {
		bits, first, ok := numbers(network, public)
		more, second, too := numbers(network, private)
		if ok && too && min(bits, more) >= 2 && max(bits, more) <= 12 {
			d.want.set("network.subnetNewBits", more)
			if bits != more {
				d.want.set("network.publicSubnetNewBits", bits)
			}
			d.want.set("network.publicSubnetOffset", first)
			d.want.set("network.privateSubnetOffset", second)
			return
		}
	}
	for setting, subnets := range map[string][]*Resource{"publicSubnetCidrBlocks": public, "privateSubnetCidrBlocks": private} {
		var blocks []string
		for _, s := range subnets {
			blocks = append(blocks, s.text("cidr_block"))
		}
		d.want.set("network."+setting, blocks)
	}
}

// numbers are cidrsubnet's: how many bits the subnets add, and the number of the
// first one, if the others follow it.
func numbers(network netip.Prefix, subnets []*Resource) (bits, first int, ok bool) {
	for i, s := range subnets {
		p, err := netip.ParsePrefix(s.text("cidr_block"))
		if err != nil || !p.Addr().Is4() || p.Bits() <= network.Bits() {
			return 0, 0, false
		}
		added := p.Bits() - network.Bits()
		n := int((value(p.Addr()) - value(network.Addr())) >> (32 - p.Bits()))
		switch {
		case i == 0:
			bits, first = added, n
		case added != bits || n != first+i:
			return 0, 0, false
		}
	}
	return bits, first, true
}

func value(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
