package cost

import (
	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// natGateways are billed by the hour, by the data through them and for their public
// addresses.
func (e *estimator) natGateways(gateways []synthesized.Instance) {
	at := addresses(gateways)
	e.add(Line{Key: "nat", Group: Network, Name: "NAT gateways: " + english.Plural(len(gateways), "gateway", ""), Addresses: at,
		Quantity: Hours * float64(len(gateways)), Unit: "hours", Price: e.price("nat-gateway")})
	gb := e.assume("nat-gb")
	e.add(Line{Key: "nat data", Group: Network, Name: "Data through NAT gateways", Addresses: at,
		Quantity: gb, Unit: "GB", Price: e.price("nat-gateway-data"), Usage: true, Assumption: stated("nat-gb")})
	// What leaves by a gateway in another zone is paid to there and back. Each zone is
	// assumed to have as much.
	if zones := e.privateZones(); zones > len(gateways) {
		away := float64(zones-len(gateways)) / float64(zones)
		e.add(Line{Key: "zone data", Group: Network, Name: "Data between zones, to NAT gateways and back", Addresses: at,
			Quantity: gb * away * 2, Unit: "GB", Price: e.price("zone-data"), Usage: true, Assumption: stated("nat-gb")})
	}
	public := 0
	for _, g := range gateways {
		if g.Text("connectivity_type") != "private" {
			public++
		}
	}
	if made := len(e.of("aws_eip")); made < public { // addresses that exist already
		e.add(e.ipv4(float64(public-made)*Hours, at))
	}
}

// privateZones are how many zones the services' tasks run in.
func (e *estimator) privateZones() int {
	zones := 0
	for _, service := range e.of("aws_ecs_service") {
		zones = max(zones, len(service.List("network_configuration", "subnets")))
	}
	return zones
}

// addresses are billed by the hour, used or not.
func (e *estimator) addresses(addressesOf []synthesized.Instance) {
	e.add(e.ipv4(float64(len(addressesOf))*Hours, addresses(addressesOf)))
}

func (e *estimator) ipv4(hours float64, at []string) Line {
	return Line{Key: "ipv4", Group: Network, Name: "Public IPv4 addresses of NAT gateways", Addresses: at, Quantity: hours, Unit: "hours", Price: e.price("public-ipv4")}
}

// endpoints of the type Interface are billed by the hour in each zone, and by the data.
func (e *estimator) endpoints(endpoints []synthesized.Instance) {
	zones, at := 0, []string(nil)
	for _, i := range endpoints {
		if i.Text("vpc_endpoint_type") == "Interface" {
			zones += max(1, len(i.List("subnet_ids")))
			at = append(at, i.Address())
		}
	}
	if zones == 0 {
		return // gateway endpoints are free
	}
	e.add(Line{Key: "endpoints", Group: Network, Name: "Interface endpoints: " + english.Plural(len(at), "service", "") + ", " + english.Plural(zones, "network interface", ""), Addresses: at,
		Quantity: float64(zones) * Hours, Unit: "hours", Price: e.price("endpoint")})
	e.add(Line{Key: "endpoint data", Group: Network, Name: "Data through interface endpoints", Addresses: at,
		Quantity: e.assume("endpoint-gb"), Unit: "GB", Price: e.price("endpoint-data"), Usage: true, Assumption: stated("endpoint-gb")})
}

// flowLogs are ingested at their own price. Keeping them is paid with the other
// logs.
func (e *estimator) flowLogs(logs []synthesized.Instance) {
	e.add(Line{Key: "flow logs", Group: Monitoring, Name: "VPC flow logs ingested", Addresses: addresses(logs),
		Quantity: e.assume("flow-log-gb") * float64(len(logs)), Unit: "GB", Price: e.price("flow-logs"), Usage: true, Assumption: stated("flow-log-gb")})
}

// hostedZones are the private DNS zones of service discovery.
func (e *estimator) hostedZones(namespaces []synthesized.Instance) {
	e.add(Line{Key: "zones", Group: Network, Name: "Private hosted zones", Addresses: addresses(namespaces), Quantity: float64(len(namespaces)), Unit: "zones", Price: e.price("hosted-zone")})
}

// stated says which assumption a line is by.
func stated(name string) string { return "by " + name }
