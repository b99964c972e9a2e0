package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcendpoint"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// EndpointsProps are the settings of a network's VPC endpoints.
type EndpointsProps struct {
	settings.Endpoints          // required with Interface: SecurityGroupName
	Network            *Network // required: with S3 one that NewNetwork made, whose route tables are known
	Region             string   // "": the provider's
}

// NewEndpoints creates VPC endpoints: ways to AWS's services that need no NAT
// gateway. The interface endpoints lie in the private subnets under the
// services' usual names, which the whole VPC then resolves to them.
// https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
func NewEndpoints(scope constructs.Construct, id string, p EndpointsProps) []AnyResource {
	g := newGroup(scope, "NewEndpoints", id)
	fill(g, &p.Endpoints)
	if p.Network == nil {
		p.Network = &Network{}
	}
	g.require(prop{"Network", p.Network.VPCID, "the network that gets them"})
	if p.Region == "" {
		p.Region = g.region()
	}
	if len(p.Interface) > 0 {
		g.require(prop{"SecurityGroupName", p.SecurityGroupName, "the name of the endpoints' security group"})
	}
	if p.S3 {
		g.require(prop{"Network", p.Network.routeTableIDs, "a network whose route tables are known: a gateway endpoint of S3 is a route, and those of an existing network are another's"})
	}
	var made []AnyResource
	if p.S3 {
		made = append(made, add(g, "aws_vpc_endpoint.s3", vpcendpoint.NewVpcEndpoint, &vpcendpoint.VpcEndpointConfig{
			VpcId:           &p.Network.VPCID,
			ServiceName:     p.service("s3"),
			VpcEndpointType: jsii.String("Gateway"),
			RouteTableIds:   cdktf.Token_AsList(p.Network.routeTableIDs, nil),
			Tags:            p.tag("s3"),
		}).Any())
	}
	if len(p.Interface) > 0 {
		made = append(made, add(g, "aws_vpc_endpoint.interface", vpcendpoint.NewVpcEndpoint, &vpcendpoint.VpcEndpointConfig{
			ForEach:           cdktf.TerraformIterator_FromList(strs(p.Interface)),
			VpcId:             &p.Network.VPCID,
			ServiceName:       p.service("${each.key}"),
			VpcEndpointType:   jsii.String("Interface"),
			PrivateDnsEnabled: true,
			SubnetIds:         cdktf.Token_AsList(p.Network.PrivateSubnetIDs, nil),
			SecurityGroupIds:  jsii.Strings(g.endpointSecurityGroup(p).Attr("id")),
			Tags:              p.tag("${each.key}"),
		}).Any())
	}
	return made
}

func (p EndpointsProps) service(name string) *string {
	return jsii.String("com.amazonaws." + p.Region + "." + name)
}

func (p EndpointsProps) tag(service string) *map[string]*string {
	if p.NameTag == "" {
		return nil
	}
	return nameTag(p.NameTag + "-" + service)
}

// endpointSecurityGroup lets the VPC in on the port of AWS's APIs. Endpoints
// open no connections, so there is no egress.
func (g group) endpointSecurityGroup(p EndpointsProps) Resource[securitygroup.SecurityGroup] {
	return add(g, "aws_security_group.endpoints", securitygroup.NewSecurityGroup, &securitygroup.SecurityGroupConfig{
		Name:        &p.SecurityGroupName,
		Description: jsii.String("HTTPS from the VPC to its interface endpoints"),
		VpcId:       &p.Network.VPCID,
		Ingress: inline([]settings.SecurityGroupRule{{
			Protocol: "tcp", FromPort: 443, ToPort: 443, CIDRBlocks: []string{"${" + g.ofNetwork(p.Network) + ".cidr_block}"}, Description: "AWS APIs, from the VPC",
		}}, toIngress),
		Egress: inline([]settings.SecurityGroupRule{}, toEgress),
		Tags:   p.tag("endpoints"),
	})
}
