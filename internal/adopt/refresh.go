package adopt

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// refresh writes into a state what a refresh would read: the routes and rules
// that other resources gave a route table, a security group or a network ACL. A
// state has them only once Terraform has refreshed it after they were made.
func (s *State) refresh() {
	byID := map[string]*Resource{}
	all := s.managed()
	for _, r := range all {
		byID[r.Type+" "+r.text("id")] = r
	}
	group := func(id string) *Resource {
		if g := byID["aws_security_group "+id]; g != nil {
			return g
		}
		return byID["aws_default_security_group "+id]
	}
	for _, r := range all {
		switch r.Type {
		case "aws_route":
			for _, kind := range []string{"aws_route_table ", "aws_default_route_table "} {
				if table := byID[kind+r.text("route_table_id")]; table != nil {
					addTo(table, "route", routeOf(r), func(a, b map[string]any) bool { return destination(a) == destination(b) })
				}
			}
		case "aws_security_group_rule", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule":
			if g := group(r.text("security_group_id")); g != nil {
				side, rule := ruleOf(r)
				addRule(g, side, rule)
			}
		}
	}
}

func addTo(r *Resource, attribute string, object map[string]any, same func(a, b map[string]any) bool) {
	for _, o := range r.blocks(attribute) {
		if same(o, object) {
			return
		}
	}
	list, _ := r.Values[attribute].([]any)
	r.Values[attribute] = append(slices.Clone(list), object)
}

// routeArguments are the targets and destinations of a route, by the names that
// aws_route and the blocks of aws_route_table give them.
var routeArguments = map[string]string{
	"cidr_block": "destination_cidr_block", "ipv6_cidr_block": "destination_ipv6_cidr_block", "destination_prefix_list_id": "destination_prefix_list_id",
	"carrier_gateway_id": "carrier_gateway_id", "core_network_arn": "core_network_arn", "egress_only_gateway_id": "egress_only_gateway_id",
	"gateway_id": "gateway_id", "local_gateway_id": "local_gateway_id", "nat_gateway_id": "nat_gateway_id", "network_interface_id": "network_interface_id",
	"transit_gateway_id": "transit_gateway_id", "vpc_endpoint_id": "vpc_endpoint_id", "vpc_peering_connection_id": "vpc_peering_connection_id",
}

func routeOf(r *Resource) map[string]any {
	route := map[string]any{}
	for inner, outer := range routeArguments {
		route[inner] = r.text(outer)
	}
	return route
}

func destination(route map[string]any) string {
	return textOf(route["cidr_block"]) + textOf(route["ipv6_cidr_block"]) + textOf(route["destination_prefix_list_id"])
}

var peerArguments = []string{"cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"}

// ruleOf is a rule as the blocks of aws_security_group have it.
func ruleOf(r *Resource) (side string, rule map[string]any) {
	rule = map[string]any{"description": r.text("description"), "self": false, "from_port": json.Number("0"), "to_port": json.Number("0")}
	for _, port := range []string{"from_port", "to_port"} {
		if text := r.text(port); text != "" {
			rule[port] = json.Number(text)
		}
	}
	list := func(text string) []any {
		if text == "" {
			return []any{}
		}
		return []any{text}
	}
	if r.Type == "aws_security_group_rule" {
		rule["protocol"], rule["self"] = protocol(r.text("protocol")), r.is("self")
		for _, peer := range peerArguments[:3] {
			rule[peer] = []any{}
			if given, ok := r.Values[peer].([]any); ok {
				rule[peer] = given
			}
		}
		rule["security_groups"] = list(r.text("source_security_group_id"))
		if rule["self"] == true || r.text("source_security_group_id") == r.text("security_group_id") {
			rule["self"], rule["security_groups"] = true, []any{}
		}
		return r.text("type"), rule
	}
	rule["protocol"] = protocol(r.text("ip_protocol"))
	rule["cidr_blocks"], rule["ipv6_cidr_blocks"] = list(r.text("cidr_ipv4")), list(r.text("cidr_ipv6"))
	rule["prefix_list_ids"], rule["security_groups"] = list(r.text("prefix_list_id")), list(r.text("referenced_security_group_id"))
	if r.text("referenced_security_group_id") == r.text("security_group_id") {
		rule["self"], rule["security_groups"] = true, []any{}
	}
	side = "ingress"
	if r.Type == "aws_vpc_security_group_egress_rule" {
		side = "egress"
	}
	return side, rule
}

// protocol is a protocol as EC2 returns it.
func protocol(name string) string {
	if name == "all" {
		return "-1"
	}
	return name
}

// addRule adds a rule, to one of the same ports and description where there is
// one, as EC2 returns them.
func addRule(g *Resource, side string, rule map[string]any) {
	list, _ := g.Values[side].([]any)
	for i, other := range g.blocks(side) {
		if !sameRule(other, rule) {
			continue
		}
		merged := maps.Clone(other)
		for _, peer := range peerArguments {
			peers, _ := other[peer].([]any)
			given, _ := rule[peer].([]any)
			for _, p := range given {
				if !slices.Contains(texts(peers), textOf(p)) {
					peers = append(slices.Clone(peers), p)
				}
			}
			merged[peer] = peers
		}
		if rule["self"] == true {
			merged["self"] = true
		}
		list = slices.Clone(list)
		list[i] = merged
		g.Values[side] = list
		return
	}
	g.Values[side] = append(slices.Clone(list), rule)
}

func sameRule(a, b map[string]any) bool {
	pick := func(m map[string]any) []string {
		return []string{protocol(textOf(m["protocol"])), textOf(m["from_port"]), textOf(m["to_port"]), textOf(m["description"])}
	}
	return reflect.DeepEqual(pick(a), pick(b))
}
