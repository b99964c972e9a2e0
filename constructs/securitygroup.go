package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// SecurityGroupProps are the settings of a security group.
type SecurityGroupProps struct {
	settings.SecurityGroup        // AdditionalIDs are not used: they are the worker's AdditionalSecurityGroupIDs
	VPCID                  string // required: network.VPCID
}

// NewSecurityGroup makes a security group with its rules inline, so that a
// rule added by hand shows up in the next plan. Without Egress everything is let
// out, as by AWS's own default, which Terraform would take away; an empty list
// lets nothing out. Without Ingress nothing is let in, but what is added by other
// means stays; an empty list removes it.
func NewSecurityGroup(scope constructs.Construct, id string, p SecurityGroupProps) Resource[securitygroup.SecurityGroup] {
	g := newGroup(scope, "NewSecurityGroup", id)
	g.require(prop{"VPCID", p.VPCID, "network.VPCID"})
	fill(g, &p.SecurityGroup)
	checkRules(g, "Ingress", p.Ingress)
	checkRules(g, "Egress", p.Egress)
	if p.Egress == nil {
		p.Egress = []settings.SecurityGroupRule{{Protocol: "-1", CIDRBlocks: []string{"0.0.0.0/0"}}}
	}
	return add(g, "aws_security_group.prefect_sg", securitygroup.NewSecurityGroup, &securitygroup.SecurityGroupConfig{
		Name:        optional(p.Name),
		Description: optional(p.Description),
		VpcId:       &p.VPCID,
		Ingress:     inline(p.Ingress, toIngress),
		Egress:      inline(p.Egress, toEgress),
		Tags:        nameTag(p.NameTag),
	})
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
