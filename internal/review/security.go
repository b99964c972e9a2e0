package review

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"
)

// security is what a change opens, allows or leaves without protection, and what it
// closes: as facts of the stack before and after, whichever resources say so.
func security(in Input) []Line {
	s := &facts{before: &view{}, after: &view{}}
	for _, c := range in.Changes {
		if c.before != nil && c.Type != "" {
			s.before.add(c, c.before)
		}
		if c.after != nil && c.Type != "" && c.Action != Destroy && c.Action != Forget {
			s.after.add(c, c.after)
		}
	}
	s.openings()
	s.permissions()
	s.public()
	s.settings()
	s.containers()
	s.protection(in)
	slices.SortStableFunc(s.lines, func(a, b Line) int {
		if a.Widens == b.Widens {
			return 0
		} else if a.Widens {
			return -1
		}
		return 1
	})
	return s.lines
}

// facts compares a stack before and after.
type facts struct {
	before, after *view
	lines         []Line
	merged        []merged
}

func (s *facts) line(widens bool, addresses []string, text string, attributes ...Attribute) {
	slices.Sort(addresses)
	addresses = slices.Compact(addresses)
	l := Line{Group: Security, Addresses: addresses, Text: sentence(text), Widens: widens, Attributes: attributes}
	if len(addresses) > 0 {
		if l.Address = addresses[0]; len(addresses) > 1 {
			l.Address = base(addresses[0])
		}
	}
	s.lines = append(s.lines, l)
}

// about adds what is true of one resource, and puts it together with the same of others
// of its type.
func (s *facts) about(widens bool, address, what, name, of, rest string, attribute Attribute) {
	for n := range s.merged {
		m := &s.merged[n]
		if m.widens == widens && m.what == what && m.of == of && m.rest == rest && m.attribute.Before == attribute.Before && m.attribute.After == attribute.After {
			m.names, m.addresses = append(m.names, name), append(m.addresses, address)
			s.lines[m.at].Addresses = m.addresses
			s.lines[m.at].Text = sentence(m.what + "s " + list(m.names, 4) + m.of + " " + plural(rest))
			return
		}
	}
	s.line(widens, []string{address}, strings.TrimSpace(what+" "+name)+of+" "+rest, attribute)
	s.merged = append(s.merged, merged{len(s.lines) - 1, widens, what, of, rest, attribute, []string{name}, []string{address}})
}

// merged is a line about several resources.
type merged struct {
	at             int
	widens         bool
	what, of, rest string
	attribute      Attribute
	names          []string
	addresses      []string
}

// plural is what is said of one thing, said of several.
func plural(rest string) string {
	verb, more, _ := strings.Cut(rest, " ")
	switch verb {
	case "has":
		verb = "have"
	case "is":
		verb = "are"
	case "may", "can", "no":
	default:
		verb = strings.TrimSuffix(verb, "s")
	}
	return verb + " " + strings.NewReplacer(" its ", " their ").Replace(more)
}

// because says which attribute's cause is that of the last line.
func (s *facts) because(path string) { s.lines[len(s.lines)-1].asks = path }

// view is a stack's resources, before or after.
type view struct{ all []seen }

// seen is a resource as it is, with what happens to it.
type seen struct {
	ResourceChange
	values map[string]any
}

func (v *view) add(c ResourceChange, values map[string]any) {
	v.all = append(v.all, seen{c, values})
}

func (v *view) of(types ...string) []seen {
	var all []seen
	for _, r := range v.all {
		if slices.Contains(types, r.Type) {
			all = append(all, r)
		}
	}
	return all
}

func (v *view) at(address string) (seen, bool) {
	i := slices.IndexFunc(v.all, func(r seen) bool { return r.Address == address })
	if i < 0 {
		return seen{}, false
	}
	return v.all[i], true
}

// find is the resource that a value refers to: by its address, or by its id, ARN or name.
func (v *view) find(value any, types ...string) (seen, bool) {
	text := textOf(value)
	if text == "" {
		return seen{}, false
	}
	for _, r := range v.of(types...) {
		if strings.HasPrefix(text, r.Address+".") || strings.HasPrefix(text, base(r.Address)+".") {
			return r, true
		}
		for _, key := range []string{"id", "arn", "name", "url"} {
			if textOf(r.values[key]) == text {
				return r, true
			}
		}
	}
	return seen{}, false
}

// title is what a reader calls a resource.
func (r seen) title() string { return kindOf(r.Type).singular() + " " + r.called() }

// called is its name.
func (r seen) called() string {
	if name := r.name(); name != "" {
		return name
	}
	return strings.ReplaceAll(r.label(), "_", " ") + instance(r.Address)
}

// rule is one of a security group.
type rule struct {
	protocol, from, to string

	inbound bool
	group   string // The security group's address, or what is known of it.
	peer    string
	title   string // The security group's.
	address string // Of the resource that has the rule.
}

// services are well-known ports.
var services = map[string]string{"22": "SSH", "80": "HTTP", "443": "HTTPS", "3389": "remote desktop", "5432": "PostgreSQL", "3306": "MySQL", "6379": "Redis", "4200": "Prefect's API"}

// ports says which a rule is about.
func (r rule) ports() string {
	protocol := strings.ToLower(r.protocol)
	switch {
	case protocol == "-1" || protocol == "all" || protocol == "":
		return "all ports"
	case strings.HasPrefix(protocol, "icmp"):
		return protocol
	case r.from == r.to || r.to == "":
		return protocol + " " + r.from
	case r.from == "0" && r.to == "65535":
		return "all " + protocol + " ports"
	}
	return protocol + " " + r.from + "-" + r.to
}

func (r rule) key() string {
	return fmt.Sprint(r.inbound, r.group, r.ports(), r.peer)
}

// rules are those of all security groups: inline, and as separate resources.
func (v *view) rules() map[string]rule {
	all := map[string]rule{}
	put := func(r rule, peers ...any) {
		for _, p := range peers {
			for _, peer := range listOf(p) {
				if r.peer = textOf(peer); peer == true {
					r.peer = "itself"
				}
				if r.peer != "" && peer != false {
					all[r.key()] = r
				}
			}
		}
	}
	for _, group := range v.of("aws_security_group", "aws_default_security_group") {
		for _, direction := range []string{"ingress", "egress"} {
			for _, b := range listOf(group.values[direction]) {
				put(rule{protocol: textOf(at(b, "protocol")), from: textOf(at(b, "from_port")), to: textOf(at(b, "to_port")),
					inbound: direction == "ingress", group: group.Address, title: group.title(), address: group.Address},
					at(b, "cidr_blocks"), at(b, "ipv6_cidr_blocks"), at(b, "prefix_list_ids"), at(b, "security_groups"), at(b, "self"))
			}
		}
	}
	for _, own := range v.of("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule", "aws_security_group_rule") {
		r := rule{protocol: cmp.Or(textOf(own.values["ip_protocol"]), textOf(own.values["protocol"])), from: textOf(own.values["from_port"]), to: textOf(own.values["to_port"]),
			inbound: own.Type == "aws_vpc_security_group_ingress_rule" || own.values["type"] == "ingress", address: own.Address}
		if group, ok := v.find(own.values["security_group_id"], "aws_security_group", "aws_default_security_group"); ok {
			r.group, r.title = group.Address, group.title()
		} else {
			r.group = textOf(own.values["security_group_id"])
			r.title = "security group " + r.group
		}
		put(r, own.values["cidr_ipv4"], own.values["cidr_ipv6"], own.values["prefix_list_id"], own.values["referenced_security_group_id"],
			own.values["cidr_blocks"], own.values["ipv6_cidr_blocks"], own.values["prefix_list_ids"], own.values["source_security_group_id"], own.values["self"])
	}
	return all
}

// openings are ports that are opened and closed.
func (s *facts) openings() {
	before, after := s.before.rules(), s.after.rules()
	for _, side := range []struct {
		these, others map[string]rule
		opens         bool
	}{{after, before, true}, {before, after, false}} {
		type opening struct {
			rule
			ports, addresses []string
		}
		all := map[string]*opening{}
		for key, r := range side.these {
			if _, ok := side.others[key]; ok {
				continue
			}
			if _, ok := s.after.at(r.group); !side.opens && !ok && strings.HasPrefix(r.group, "aws_") {
				continue // It is closed with its group.
			}
			at := fmt.Sprint(!r.inbound, r.peer != "0.0.0.0/0" && r.peer != "::/0", r.group, r.peer)
			if all[at] == nil {
				all[at] = &opening{rule: r}
			}
			all[at].ports, all[at].addresses = append(all[at].ports, r.ports()), append(all[at].addresses, r.address)
		}
		for _, key := range slices.Sorted(maps.Keys(all)) {
			o := all[key]
			slices.Sort(o.ports)
			s.line(side.opens, o.addresses, o.words(o.ports, side.opens))
			if strings.HasPrefix(o.addresses[0], "aws_security_group.") {
				s.because(map[bool]string{true: "ingress", false: "egress"}[o.inbound])
			}
		}
	}
}

func (r rule) words(ports []string, opens bool) string {
	for i, p := range ports {
		if _, port, ok := strings.Cut(p, " "); ok && services[port] != "" {
			ports[i] += " (" + services[port] + ")"
		}
	}
	on := " on " + strings.Join(ports, ", ")
	peer := r.peer
	if prefix, err := netip.ParsePrefix(peer); err == nil {
		switch {
		case prefix.Bits() == 0:
			peer = "the whole internet (" + peer + ")"
		case !prefix.Addr().IsPrivate():
			peer = "the public range " + peer
		}
	} else if peer == "itself" {
		peer = "members of the same group"
	}
	verb := " can now"
	if !opens {
		verb = " can no longer"
	}
	if r.inbound {
		return peer + verb + " reach " + r.title + on
	}
	return r.title + verb + " connect to " + peer + on
}

// public is what has a public address, or a way from the internet.
func (s *facts) public() {
	flag := func(kind string, path []string, on, off string) {
		for _, is := range []bool{true, false} {
			var these []seen
			for _, r := range s.after.of(kind) {
				was, existed := s.before.at(r.Address)
				if now, before := at(r.values, path...) == true, existed && at(was.values, path...) == true; now == is && before != is && (is || existed) {
					these = append(these, r)
				}
			}
			for len(these) > 0 {
				same := base(these[0].Address)
				var addresses []string
				for _, r := range these {
					if base(r.Address) == same {
						addresses = append(addresses, r.Address)
					}
				}
				title := these[0].title()
				if len(addresses) > 1 {
					title = these[0].several(len(addresses))
				}
				s.line(is, addresses, title+": "+map[bool]string{true: on, false: off}[is], Attribute{Path: strings.Join(path, "."), Before: fmt.Sprint(!is), After: fmt.Sprint(is)})
				these = slices.DeleteFunc(these, func(r seen) bool { return base(r.Address) == same })
			}
		}
	}
	flag("aws_ecs_service", []string{"network_configuration", "assign_public_ip"}, "tasks get public addresses (assign_public_ip)", "tasks no longer have public addresses")
	flag("aws_subnet", []string{"map_public_ip_on_launch"}, "whatever starts there gets a public address (map_public_ip_on_launch)", "what starts there no longer gets a public address by itself")

	addresses := func(v *view) (all []string) {
		for _, r := range v.of("aws_eip") {
			all = append(all, r.Address)
		}
		return all
	}
	switch before, after := addresses(s.before), addresses(s.after); {
	case len(after) > len(before):
		s.line(true, slices.DeleteFunc(after, func(a string) bool { return slices.Contains(before, a) }), fmt.Sprintf("%s (was %d)", english.Plural(len(after), "public address", ""), len(before)))
	case len(before) > len(after):
		s.line(false, slices.DeleteFunc(before, func(a string) bool { return slices.Contains(after, a) }), fmt.Sprintf("%s (was %d)", english.Plural(len(after), "public address", ""), len(before)))
	}
	before, after := s.before.routed(), s.after.routed()
	missing := func(of, in map[string]bool, still *view) []string {
		var all []string
		for address := range of {
			if _, ok := still.at(address); !in[address] && ok {
				all = append(all, address)
			}
		}
		return all
	}
	if all := missing(after, before, s.after); len(all) > 0 {
		s.line(true, all, subnets(all)+" routed to the internet gateway: anything there with a public address can be reached from the internet if its security group allows it")
	}
	if all := missing(before, after, s.after); len(all) > 0 {
		s.line(false, all, subnets(all)+" no longer routed to the internet gateway")
	}
}

func subnets(all []string) string {
	if len(all) == 1 {
		return "subnet " + strings.TrimPrefix(all[0], "aws_subnet.") + " is"
	}
	return fmt.Sprintf("%d subnets are", len(all))
}

// routed are the subnets whose route table leads to an internet gateway.
func (v *view) routed() map[string]bool {
	open := map[string]bool{}
	leads := func(route any) bool {
		to := textOf(at(route, "gateway_id"))
		return strings.HasPrefix(to, "igw-") || strings.HasPrefix(to, "aws_internet_gateway.")
	}
	for _, table := range v.of("aws_route_table") {
		if slices.ContainsFunc(listOf(table.values["route"]), leads) {
			open[table.Address] = true
		}
	}
	for _, route := range v.of("aws_route") {
		if table, ok := v.find(route.values["route_table_id"], "aws_route_table"); ok && leads(route.values) {
			open[table.Address] = true
		}
	}
	all := map[string]bool{}
	for _, a := range v.of("aws_route_table_association") {
		table, known := v.find(a.values["route_table_id"], "aws_route_table")
		if !known || !open[table.Address] {
			continue
		}
		if subnet, ok := v.find(a.values["subnet_id"], "aws_subnet"); ok {
			all[subnet.Address] = true
		}
	}
	return all
}

// protection says which resources may now be destroyed that Terraform refused to destroy.
func (s *facts) protection(in Input) {
	if in.Before == nil || in.After == nil {
		return
	}
	was := map[string]bool{}
	for _, r := range in.Before.Resources() {
		was[r.Address()] = r.PreventsDestroy()
	}
	for _, r := range in.After.Resources() {
		before, existed := was[r.Address()]
		switch {
		case before && !r.PreventsDestroy():
			s.line(true, []string{r.Address()}, "Terraform may now destroy "+r.Address()+": prevent_destroy is gone")
		case existed && !before && r.PreventsDestroy():
			s.line(false, []string{r.Address()}, "Terraform now refuses to destroy "+r.Address()+" (prevent_destroy)")
		}
	}
}
