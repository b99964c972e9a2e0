package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"
)

// SecurityGroupProps are the settings of a security group.
type SecurityGroupProps struct {
	VPCID       string
	Name        string // "": Terraform makes one up
	Description string // "": Terraform's default
	NameTag     string
	Ingress     []Rule // a worker only polls outbound and needs none
	Egress      []Rule
	Names       Names
}

// Rule is one rule of a security group.
type Rule struct {
	Protocol         string // tcp, udp, icmp, icmpv6 or -1 for all
	FromPort, ToPort int
	CIDRBlocks       []string
}

// NewSecurityGroup makes a security group with its rules inline, so that a
// rule added by hand shows up in the next plan.
func NewSecurityGroup(scope constructs.Construct, id string, p SecurityGroupProps) Resource {
	config := &securitygroup.SecurityGroupConfig{
		Name:        optional(p.Name),
		Description: optional(p.Description),
		VpcId:       &p.VPCID,
		Tags:        nameTag(p.NameTag),
	}
	if len(p.Ingress) > 0 {
		var rules []*securitygroup.SecurityGroupIngress
		for _, r := range p.Ingress {
			rules = append(rules, &securitygroup.SecurityGroupIngress{
				Protocol: jsii.String(r.Protocol), FromPort: jsii.Number(r.FromPort), ToPort: jsii.Number(r.ToPort), CidrBlocks: strs(r.CIDRBlocks),
			})
		}
		config.Ingress = rules
	}
	if len(p.Egress) > 0 {
		var rules []*securitygroup.SecurityGroupEgress
		for _, r := range p.Egress {
			rules = append(rules, &securitygroup.SecurityGroupEgress{
				Protocol: jsii.String(r.Protocol), FromPort: jsii.Number(r.FromPort), ToPort: jsii.Number(r.ToPort), CidrBlocks: strs(r.CIDRBlocks),
			})
		}
		config.Egress = rules
	}
	return add(newGroup(scope, id, p.Names), "aws_security_group.prefect_sg", securitygroup.NewSecurityGroup, config)
}
