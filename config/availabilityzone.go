package config

import (
	"fmt"
	"slices"
)

// AvailabilityZones say which zones of the region the subnets may be in. A
// region lists the Local Zones that an account has opted in to among them, and
// neither NAT gateways nor Fargate are in all of those.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html
type AvailabilityZones struct {
	OptInStatus    string   `yaml:"optInStatus"`    // opt-in-not-required: no Local Zones; empty: every zone the account sees
	ExcludeZoneIDs []string `yaml:"excludeZoneIds"` // such as use1-az3: ids, as each account has names of its own
}

// OptInNotRequired is the status of a region's own zones.
const OptInNotRequired = "opt-in-not-required"

var zoneID = pattern(`[a-z0-9]+-az[0-9]+`, 63, "a zone's id such as use1-az3, which aws ec2 describe-availability-zones shows; a name such as us-east-1a may mean another zone in each account")

func (z AvailabilityZones) check(c checker) {
	const path = "network.availabilityZones."
	if z.OptInStatus != "" {
		c.choice(path+"optInStatus", z.OptInStatus, OptInNotRequired)
	}
	for i, id := range z.ExcludeZoneIDs {
		at := fmt.Sprintf("%sexcludeZoneIds[%d]", path, i)
		c.text(at, id, zoneID)
		if slices.Contains(z.ExcludeZoneIDs[:i], id) {
			c.fail(at, fmt.Errorf("got %s twice", id))
		}
	}
}
