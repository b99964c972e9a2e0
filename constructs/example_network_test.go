package constructs_test

import (
	"fmt"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func ExampleNewNetwork() {
	stack := exampleStack()
	network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16"}})
	fmt.Println(network.VPCID, network.PrivateSubnetIDs)
	printAddresses(stack)
	// Output:
	// ${aws_vpc.prefect.id} ${aws_subnet.private[*].id}
	// data.aws_availability_zones.available
	// aws_eip.nat
	// aws_internet_gateway.igw
	// aws_nat_gateway.nat
	// aws_route_table.private
	// aws_route_table.public
	// aws_route_table_association.private_assoc
	// aws_route_table_association.public_assoc
	// aws_subnet.private
	// aws_subnet.public
	// aws_vpc.prefect
}

// Without NAT gateways, workers run in the public subnets, with AssignPublicIP.
func ExampleNewNetwork_withoutNATGateways() {
	stack := exampleStack()
	network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{
		CIDRBlock: "10.0.0.0/20", AvailabilityZoneCount: 2, NATGateways: settings.NATNone, EmptyDefaultSecurityGroup: true,
	}})
	fmt.Println(network.PublicSubnetIDs, len(network.NATGatewayIDs))
	printValue(stack, "resource", "aws_subnet", "public", "cidr_block")
	// Output:
	// ${aws_subnet.public[*].id} 0
	// "${cidrsubnet(\"10.0.0.0/20\", 8, count.index)}"
}

func ExampleNewExistingNetwork() {
	stack := exampleStack()
	network := constructs.NewExistingNetwork(stack, "", constructs.ExistingNetworkProps{ExistingNetwork: settings.ExistingNetwork{
		VPCID: "vpc-0123456789abcdef0", PrivateSubnetIDs: []string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"},
	}})
	fmt.Println(network.PrivateSubnetIDs)
	printAddresses(stack)
	// Output:
	// ${local.private_subnet_ids}
	// data.aws_subnets.existing
}

func ExampleNewDefaultNetwork() {
	stack := exampleStack()
	network := constructs.NewDefaultNetwork(stack)
	fmt.Println(network.VPCID, network.PublicSubnetIDs)
	printAddresses(stack)
	// Output:
	// ${data.aws_vpc.default.id} ${data.aws_subnets.default.ids}
	// data.aws_subnets.default
	// data.aws_vpc.default
}

func ExampleNewSecurityGroup() {
	stack := exampleStack()
	group := constructs.NewSecurityGroup(stack, "", constructs.SecurityGroupProps{
		SecurityGroup: settings.SecurityGroup{
			Ingress: []settings.SecurityGroupRule{}, // none, and one added by hand is removed
			Egress:  []settings.SecurityGroupRule{{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDRBlocks: []string{"0.0.0.0/0"}}},
		},
		VPCID: "vpc-0123456789abcdef0",
	})
	fmt.Println(group.Attr("id"))
	printValue(stack, "resource", "aws_security_group", "prefect_sg", "ingress")
	// Output:
	// ${aws_security_group.prefect_sg.id}
	// []
}

func ExampleNewEndpoints() {
	stack := exampleStack()
	network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16", NATGateways: settings.NATNone}})
	made := constructs.NewEndpoints(stack, "", constructs.EndpointsProps{
		Endpoints: settings.Endpoints{
			S3: true, Interface: []string{"ecr.api", "ecr.dkr", "logs", "secretsmanager"}, SecurityGroupName: "prefect-endpoints",
		},
		Network: network,
	})
	for _, endpoint := range made {
		fmt.Println(endpoint.Address)
	}
	// Output:
	// aws_vpc_endpoint.s3
	// aws_vpc_endpoint.interface
}

func ExampleNewFlowLogs() {
	stack := exampleStack()
	network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16"}})
	logs := constructs.NewFlowLogs(stack, "", constructs.FlowLogsProps{
		FlowLogs: settings.FlowLogs{LogGroupName: "/vpc/prefect", RoleName: "prefect-flow-logs", RetentionInDays: 30},
		Network:  network,
	})
	fmt.Println(logs.Address)
	printValue(stack, "resource", "aws_flow_log", "prefect", "traffic_type")
	// Output:
	// aws_flow_log.prefect
	// "ALL"
}

// A worker with a RegistryARN has the name worker.prefect.local in the VPC.
func ExampleNewServiceDiscovery() {
	stack := exampleStack()
	discovery := constructs.NewServiceDiscovery(stack, "", constructs.ServiceDiscoveryProps{
		ServiceDiscovery: settings.ServiceDiscovery{Namespace: "prefect.local", Service: "worker", TTLSeconds: 10},
		VPCID:            "vpc-0123456789abcdef0",
	})
	fmt.Println(discovery.Attr("arn"))
	printAddresses(stack)
	// Output:
	// ${aws_service_discovery_service.dev_worker_sd.arn}
	// aws_service_discovery_private_dns_namespace.prefect_ns
	// aws_service_discovery_service.dev_worker_sd
}
