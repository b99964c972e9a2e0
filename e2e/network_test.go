//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// What the emulator does not do, so that it is proven by the plan alone:
// endpoints and NAT gateways carry no traffic, and a trust policy's conditions
// are stored but not applied.

// network is a stack of this name with its own names, state in a file and the
// given settings.
func network(name, settings string) map[string]string {
	return map[string]string{name + ".yaml": `preset: readme
nameTag: ` + name + `
repository: null
serviceDiscovery: null
cluster:
  name: ` + name + `
taskExecutionRole:
  name: ` + name + `
terraform:
  backend:
    s3: null
    local:
      path: terraform.{stack}.tfstate
` + settings}
}

// The steps of a team that starts cheap, becomes careful, then thrifty.
const (
	perZone = `network:
  natGateways: per-availability-zone
`
	careful = perZone + `  mapPublicIpOnLaunch: false
  emptyDefaultSecurityGroup: true
  endpoints:
    s3: true
    interface: [ecr.api, ecr.dkr, logs, secretsmanager]
  flowLogs:
    trafficType: REJECT
securityGroup:
  ingress: []
  egress:
    - {protocol: tcp, fromPort: 443, toPort: 443, cidrBlocks: [0.0.0.0/0], description: Prefect Cloud and AWS APIs}
`
	thrifty = `network:
  natGateways: none
securityGroup:
  ingress: []
worker:
  assignPublicIp: true
`
)

func TestNetwork(t *testing.T) {
	p := newProject(t, network("net", ""))
	p.stack("net", nil).apply()

	t.Log("a NAT gateway in each zone adds two of each and keeps what there is")
	p.synth(network("net", perZone))
	s := p.stack("net", nil)
	s.does("create")
	s.apply()
	s.unchanged()

	t.Log("the way back takes away just these")
	p.synth(network("net", ""))
	p.stack("net", nil).does("delete")

	t.Log("endpoints and flow logs come on top; the open ports are closed")
	p.synth(network("net", careful))
	s = p.stack("net", nil)
	s.apply()
	if rules := attribute(s.parse(s.unchangedPlan()), "aws_security_group.prefect_sg", "ingress"); fmt.Sprint(rules) != "[]" {
		t.Errorf("ingress: got %v, want none", rules)
	}

	t.Log("without NAT gateways the private subnets lose their route")
	p.synth(network("net", thrifty))
	s = p.stack("net", nil)
	s.apply()
	if routes := attribute(s.parse(s.unchangedPlan()), "aws_route_table.private", "route"); fmt.Sprint(routes) != "[]" {
		t.Errorf("route: got %v, want none", routes)
	}
	s.destroy()
}

// does checks that a plan creates or deletes what a second and a third
// zone have, and else only moves their subnets to another route table.
func (s *stack) does(action string) {
	s.t.Helper()
	want := []string{"aws_route_table_association.private_assoc[1]: update", "aws_route_table_association.private_assoc[2]: update"}
	for _, address := range []string{"aws_eip.nat", "aws_nat_gateway.nat", "aws_route_table.private"} {
		want = append(want, address+"[1]: "+action, address+"[2]: "+action)
	}
	slices.Sort(want)
	if got := actions(s.plan()); !slices.Equal(got, want) {
		s.t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestExistingNetwork: one stack's network is another's.
func TestExistingNetwork(t *testing.T) {
	p := newProject(t, network("net", ""))
	owner := p.stack("net", nil)
	owner.apply()
	plan := owner.plan()
	vpc := attribute(plan, "aws_vpc.prefect", "id")
	private := attribute(plan, "aws_subnet.private[0]", "id")
	elsewhere := attribute(plan, "aws_vpc.prefect", "default_security_group_id")

	guest := func(vpc, subnet any) *stack {
		p.synth(network("guest", fmt.Sprintf(`  variables:
    vpc_cidr: ""
network:
  existing:
    vpcId: %s
    privateSubnetIds: [%s]
securityGroup:
  ingress: []
  egress:
    - {protocol: tcp, fromPort: 443, toPort: 443, securityGroupIds: [%s], description: The proxy}
`, vpc, subnet, elsewhere)))
		return p.stack("guest", nil)
	}
	out, err := guest("vpc-0123456789abcdef0", private).terraform("plan", "-input=false")
	if text := unwrapped(out); err == nil || !strings.Contains(text, "Of the 1 subnets that were given vpc-0123456789abcdef0 has these: []") {
		t.Errorf("got %v, want a plan that refuses another VPC's subnet\n%s", err, out)
	}
	s := guest(vpc, private)
	s.apply()
	s.unchanged()
	s.destroy()
	owner.unchanged()
}

// actions lists what a plan does.
func actions(plan *tfjson.Plan) []string {
	var all []string
	for _, rc := range plan.ResourceChanges {
		if !rc.Change.Actions.NoOp() && rc.Mode == tfjson.ManagedResourceMode {
			for _, action := range rc.Change.Actions {
				all = append(all, fmt.Sprintf("%s: %s", rc.Address, action))
			}
		}
	}
	slices.Sort(all)
	return all
}

// attribute is an attribute in the state that a plan started from.
func attribute(plan *tfjson.Plan, address, name string) any {
	for _, r := range plan.PriorState.Values.RootModule.Resources {
		if r.Address == address {
			return r.AttributeValues[name]
		}
	}
	return nil
}
