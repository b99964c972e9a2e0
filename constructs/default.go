package constructs

import (
	"cmp"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawssubnets"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsvpc"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// NewDefaultNetwork refers to the VPC that an account has in each region, and
// to its default subnets, which are public: what runs in them needs a public
// address.
// https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
func NewDefaultNetwork(scope constructs.Construct) *Network {
	g := newGroup(scope, "NewDefaultNetwork", "")
	found := once(g, "aws_vpc.default", dataawsvpc.NewDataAwsVpc, &dataawsvpc.DataAwsVpcConfig{Default: true})
	subnets := once(g, "aws_subnets.default", dataawssubnets.NewDataAwsSubnets, &dataawssubnets.DataAwsSubnetsConfig{
		Filter: []*dataawssubnets.DataAwsSubnetsFilter{
			{Name: jsii.String("vpc-id"), Values: jsii.Strings(found.Attr("id"))},
			{Name: jsii.String("default-for-az"), Values: jsii.Strings("true")},
		},
	})
	return &Network{VPCID: found.Attr("id"), PublicSubnetIDs: "${" + subnets.Address + ".ids}"}
}

// fillIn creates what a worker needs and was not given: names, a cluster, a
// log group, an execution role, and, in the account's default network, a
// security group that lets out what a worker polls by.
func (w *Worker) fillIn(scope constructs.Construct, g group) {
	p, id, scope := &w.Props, g.id, within{scope, g}
	name := cmp.Or(id, "prefect-worker")
	p.ServiceName, p.Family, p.ContainerName = cmp.Or(p.ServiceName, name), cmp.Or(p.Family, name), cmp.Or(p.ContainerName, name)
	fill(g, &p.Worker)
	p.Secret = g.secretOrNone(p.Secret)
	if p.ClusterARN == "" {
		p.Cluster.Name = cmp.Or(p.Cluster.Name, name)
		for _, c := range p.CapacityProviderStrategy { // ECS takes those that the cluster has
			if !slices.Contains(p.Cluster.CapacityProviders, c.CapacityProvider) {
				p.Cluster.CapacityProviders = append(slices.Clip(p.Cluster.CapacityProviders), c.CapacityProvider)
			}
		}
		w.Cluster = NewCluster(scope, id, ClusterProps{Cluster: p.Cluster})
		p.ClusterARN, p.Cluster, p.After = w.Cluster.Attr("id"), settings.Cluster{}, slices.Concat(p.After, w.Cluster.Ready)
	}
	if p.LogGroup == "" {
		p.LogGroup = NewLogGroup(scope, id, LogGroupProps{LogGroup: settings.LogGroup{Name: "/ecs/" + name, RetentionInDays: 30}}).Attr("name")
	}
	if p.LogRegion == "" {
		p.LogRegion = g.region()
	}
	if p.ExecutionRoleARN == "" {
		role := NewTaskExecutionRole(scope, id, TaskExecutionRoleProps{
			TaskExecutionRole: settings.TaskExecutionRole{Name: name + "-execution"}, Secret: p.Secret, ContainerSecretARNs: g.secretARNs(p.References()),
		})
		p.ExecutionRoleARN = role.Attr("arn")
		w.ExecutionRole = &role
		p.After = slices.Concat(p.After, role.Ready) // never in place: the props may be those of two workers
	}
	if p.SubnetIDs == "" {
		network := NewDefaultNetwork(scope)
		p.SubnetIDs, p.VPCID, p.AssignPublicIP = network.PublicSubnetIDs, network.VPCID, true
	}
	if p.SecurityGroupID == "" {
		p.SecurityGroupID = NewSecurityGroup(scope, id, SecurityGroupProps{
			SecurityGroup: settings.SecurityGroup{Egress: pollingEgress(p.APIURL)}, VPCID: p.VPCID,
		}).Attr("id")
	}
}

// pollingEgress lets a worker reach AWS and Prefect's API.
func pollingEgress(apiURL string) []settings.SecurityGroupRule {
	https := settings.SecurityGroupRule{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDRBlocks: []string{"0.0.0.0/0"}, Description: "AWS and Prefect APIs"}
	api := https
	api.FromPort = settings.APIPort(apiURL)
	if api.FromPort == 443 {
		return []settings.SecurityGroupRule{https}
	}
	api.ToPort, api.Description = api.FromPort, "Prefect API"
	return []settings.SecurityGroupRule{https, api}
}

// ofNetwork is the VPC of a network, one that exists already by a data source.
func (g group) ofNetwork(n *Network) string {
	if n.VPC != (Resource[vpc.Vpc]{}) {
		return n.VPC.Address
	}
	at := "aws_vpc." + g.prefixed("existing")
	if first := cmp.Or(g.registry.names[at], n.VPCID); first != n.VPCID {
		g.refuse("Network: got %s, but constructs of this id read %s already; pass another id", n.VPCID, first)
	}
	g.registry.names[at] = n.VPCID
	return once(g, at, dataawsvpc.NewDataAwsVpc, &dataawsvpc.DataAwsVpcConfig{Id: &n.VPCID}).Address
}
