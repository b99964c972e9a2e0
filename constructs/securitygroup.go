package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// SecurityGroupProps are the settings of a security group.
type SecurityGroupProps struct {
	settings.SecurityGroup
	VPCID string // required: network.VPCID
}

// NewSecurityGroup makes a security group with its rules inline, so that a
// rule added by hand shows up in the next plan. An empty list of rules removes
// all there are; nil leaves them alone.
func NewSecurityGroup(scope constructs.Construct, id string, p SecurityGroupProps) Resource[securitygroup.SecurityGroup] {
	require("NewSecurityGroup", prop{"VPCID", p.VPCID, "network.VPCID"})
	return add(newGroup(scope, id), "aws_security_group.prefect_sg", securitygroup.NewSecurityGroup, &securitygroup.SecurityGroupConfig{
		Name:        optional(p.Name),
		Description: optional(p.Description),
		VpcId:       &p.VPCID,
		Ingress:     inline(p.Ingress, toIngress),
		Egress:      inline(p.Egress, toEgress),
		Tags:        nameTag(p.NameTag),
	})
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
