package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupegressrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcsecuritygroupingressrule"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// SecurityGroupProps are the settings of a security group.
type SecurityGroupProps struct {
	settings.SecurityGroup        // AdditionalIDs are not used: they are the worker's AdditionalSecurityGroupIDs
	VPCID                  string // required: network.VPCID
}

// SecurityGroup is a security group, and the rules that are separate resources.
type SecurityGroup struct {
	Resource[securitygroup.SecurityGroup]

	Rules []AnyResource // with SeparateRules, for After: without them tasks reach nothing
}

// NewSecurityGroup creates a security group with its rules inline, so that a rule added
// by hand shows up in the next plan, or with SeparateRules as separate resources,
// beside which others may have theirs. Without Egress everything is let out, as by
// AWS's own default, which Terraform would take away; an empty list lets nothing out.
// Without Ingress nothing is let in, but what is added by other means stays; an empty
// list removes it.
func NewSecurityGroup(scope constructs.Construct, id string, p SecurityGroupProps) SecurityGroup {
	g := newGroup(scope, "NewSecurityGroup", id)
	g.require(prop{"VPCID", p.VPCID, "network.VPCID"})
	fill(g, &p.SecurityGroup)
	checkRules(g, "Ingress", p.Ingress)
	checkRules(g, "Egress", p.Egress)
	if p.Egress == nil {
		p.Egress = []settings.SecurityGroupRule{{Protocol: "-1", CIDRBlocks: []string{"0.0.0.0/0"}}}
	}
	config := &securitygroup.SecurityGroupConfig{
		Name:        optional(p.Name),
		Description: optional(p.Description),
		VpcId:       &p.VPCID,
		Tags:        nameTag(p.NameTag),
	}
	if !p.SeparateRules {
		config.Ingress, config.Egress = inline(p.Ingress, toIngress), inline(p.Egress, toEgress)
	}
	made := SecurityGroup{Resource: add(g, "aws_security_group.prefect_sg", securitygroup.NewSecurityGroup, config)}
	if !p.SeparateRules {
		return made
	}
	if id := jsii.String(made.Attr("id")); len(p.Egress) > 0 {
		rules := add(g, "aws_vpc_security_group_egress_rule.prefect_sg", vpcsecuritygroupegressrule.NewVpcSecurityGroupEgressRule,
			&vpcsecuritygroupegressrule.VpcSecurityGroupEgressRuleConfig{SecurityGroupId: id, IpProtocol: jsii.String("${each.value.ip_protocol}")})
		made.Rules = append(made.Rules, separate(g, rules, "security_group_egress", p.Egress))
	}
	if id := jsii.String(made.Attr("id")); len(p.Ingress) > 0 {
		rules := add(g, "aws_vpc_security_group_ingress_rule.prefect_sg", vpcsecuritygroupingressrule.NewVpcSecurityGroupIngressRule,
			&vpcsecuritygroupingressrule.VpcSecurityGroupIngressRuleConfig{SecurityGroupId: id, IpProtocol: jsii.String("${each.value.ip_protocol}")})
		made.Rules = append(made.Rules, separate(g, rules, "security_group_ingress", p.Ingress))
	}
	return made
}

// separate creates one resource of each peer of each rule, as EC2 has them. Each is
// known by what it lets through, so that their order does not matter.
func separate[E cdktf.TerraformElement](g group, made Resource[E], local string, rules []settings.SecurityGroupRule) AnyResource {
	each, used := map[string]any{}, map[string]bool{}
	for i, r := range rules {
		for argument, peers := range map[string][]string{
			"cidr_ipv4": r.CIDRBlocks, "cidr_ipv6": r.IPv6CIDRBlocks, "prefix_list_id": r.PrefixListIDs, "referenced_security_group_id": r.SecurityGroupIDs,
		} {
			for n, peer := range peers {
				of := map[string]any{"ip_protocol": r.Protocol, argument: peer}
				if r.Protocol != "-1" { // every port, which may not be named
					of["from_port"], of["to_port"] = r.FromPort, r.ToPort
				}
				if r.Description != "" {
					of["description"] = r.Description
				}
				for name := range of {
					used[name] = true
				}
				if strings.Contains(peer, "${") { // not known before an apply, which a key must be
					peer = fmt.Sprintf("%s %d.%d", argument, i, n)
				}
				each[fmt.Sprintf("%s %d-%d %s", r.Protocol, r.FromPort, r.ToPort, peer)] = of
			}
		}
	}
	delete(used, "ip_protocol") // every rule has one
	made.Element.AddOverride(jsii.String("for_each"), "${"+g.local(local, each)+"}")
	for _, name := range slices.Sorted(maps.Keys(used)) {
		made.Element.AddOverride(&name, "${try(each.value."+name+", null)}")
	}
	return made.Any()
}

func checkRules(g group, prop string, rules []settings.SecurityGroupRule) {
	for i, r := range rules {
		if len(r.CIDRBlocks)+len(r.IPv6CIDRBlocks)+len(r.PrefixListIDs)+len(r.SecurityGroupIDs) == 0 {
			g.refuse("%s[%d].CIDRBlocks is missing; pass ranges such as 10.0.0.0/16, prefix lists or security groups", prop, i)
		}
		if r.ToPort == 0 && (r.Protocol == "tcp" || r.Protocol == "udp") {
			g.refuse("%s[%d].ToPort is missing; pass the last port", prop, i)
		}
	}
}

// inline are rules as the argument of a security group: nil leaves alone what
// there is, an empty list removes it.
func inline[R any](rules []settings.SecurityGroupRule, convert func(settings.SecurityGroupRule) R) any {
	if rules == nil {
		return nil
	}
	all := []R{}
	for _, r := range rules {
		all = append(all, convert(r))
	}
	return all
}

func toIngress(r settings.SecurityGroupRule) *securitygroup.SecurityGroupIngress {
	return (*securitygroup.SecurityGroupIngress)(toEgress(r))
}

func toEgress(r settings.SecurityGroupRule) *securitygroup.SecurityGroupEgress {
	return &securitygroup.SecurityGroupEgress{
		Protocol:       jsii.String(r.Protocol),
		FromPort:       jsii.Number(r.FromPort),
		ToPort:         jsii.Number(r.ToPort),
		CidrBlocks:     list(r.CIDRBlocks),
		Ipv6CidrBlocks: list(r.IPv6CIDRBlocks),
		PrefixListIds:  list(r.PrefixListIDs),
		SecurityGroups: list(r.SecurityGroupIDs),
		Description:    optional(r.Description),
	}
}

// list leaves an argument unset where the prop is empty.
func list(values []string) *[]*string {
	if len(values) == 0 {
		return nil
	}
	return strs(values)
}
