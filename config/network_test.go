package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

const (
	existing = `network:
  existing:
    vpcId: vpc-0123456789abcdef0
    privateSubnetIds: [subnet-0123456789abcdef0, subnet-01234567]
terraform:
  variables: {vpc_cidr: ""}
`
	withEndpoints = `network:
  natGateways: none
  endpoints:
    s3: true
    interface: [ecr.api, ecr.dkr, logs, secretsmanager]
`
	inside = `prefect:
  apiUrl: http://prefect.internal:4200/api
terraform:
  variables: {prefect_api_url: ""}
`
)

const publicAlone = `network:
  existing:
    vpcId: vpc-0123456789abcdef0
    publicSubnetIds: [subnet-0123456789abcdef0]
terraform:
  variables: {vpc_cidr: ""}
`

func TestNetworkSettings(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"takes an existing VPC", existing, ""},
		{"takes an existing VPC with public subnets for a public worker", strings.Replace(existing, "terraform:", "    publicSubnetIds: [subnet-0aaaaaaaaaaaaaaaa]\nworker:\n  assignPublicIp: true\nterraform:", 1), ""},
		{"rejects other settings beside an existing VPC", strings.Replace(existing, "terraform:", "  availabilityZones: {}\n  mapPublicIpOnLaunch: false\n  endpoints: {s3: true}\n  flowLogs: {}\nterraform:", 1),
			`dev.yaml:6: network.availabilityZones: set with network.existing, which leaves it unused; remove one of them
dev.yaml:7: network.mapPublicIpOnLaunch: set with network.existing, which leaves it unused; remove one of them
dev.yaml:8: network.endpoints: set with network.existing, which leaves it unused; remove one of them
dev.yaml:9: network.flowLogs: set with network.existing, which leaves it unused; remove one of them`},
		{"rejects what an existing VPC leaves unused", strings.Replace(existing, "network:", "network:\n  cidrBlock: 10.1.0.0/16\n  nameTags:\n    vpc: x\n  natGateways: none", 1),
			`dev.yaml:3: network.cidrBlock: set with network.existing, which leaves it unused; remove one of them
dev.yaml:4: network.nameTags: set with network.existing, which leaves it unused; remove one of them
dev.yaml:6: network.natGateways: set with network.existing, which leaves it unused; remove one of them`},
		{"rejects the variable that an existing VPC leaves unused", strings.Split(existing, "terraform:")[0],
			`dev.yaml: terraform.variables.vpc_cidr (from preset readme): got network.cidrBlock, which network.existing leaves unused; remove the variable with vpc_cidr: ""`},
		{"rejects wrong ids", strings.NewReplacer("vpc-0123456789abcdef0", "vpc-main", "subnet-01234567]", "subnet-012345678]").Replace(existing),
			`dev.yaml:4: network.existing.vpcId: got "vpc-main", want an id such as vpc-0123456789abcdef0
dev.yaml:5: network.existing.privateSubnetIds[1]: got "subnet-012345678", want an id such as subnet-0123456789abcdef0`},
		{"rejects a subnet given twice", strings.Replace(existing, "subnet-01234567]", "subnet-0123456789abcdef0]", 1),
			"dev.yaml:5: network.existing.privateSubnetIds[1]: got \"subnet-0123456789abcdef0\" twice"},
		{"rejects an existing VPC without subnets", strings.Replace(existing, "[subnet-0123456789abcdef0, subnet-01234567]", "[]", 1),
			"dev.yaml:5: network.existing.privateSubnetIds: got none, want at least one subnet of vpc-0123456789abcdef0"},
		{"takes an existing VPC with public subnets alone", publicAlone + "worker:\n  assignPublicIp: true\n", ""},
		{"rejects a worker without a public address in public subnets alone", publicAlone,
			"dev.yaml:3: network.existing.privateSubnetIds: got none, but worker runs in private subnets; give at least one subnet of vpc-0123456789abcdef0, or set worker.assignPublicIp: true"},
		{"rejects a function in public subnets alone", publicAlone + "worker:\n  assignPublicIp: true\nlateRuns:\n  inVpc: true\n",
			"dev.yaml:11: lateRuns.inVpc: got true without network.existing.privateSubnetIds, and a function has no public address; remove inVpc"},
		{"rejects a public worker without public subnets", existing + "worker:\n  assignPublicIp: true\n",
			"dev.yaml:3: network.existing.publicSubnetIds: got none, want at least one subnet of vpc-0123456789abcdef0: a worker has assignPublicIp"},
		{"rejects public subnets that nothing uses", strings.Replace(existing, "terraform:", "    publicSubnetIds: [subnet-01234567]\nterraform:", 1),
			`dev.yaml:6: network.existing.publicSubnetIds[0]: got subnet-01234567, which privateSubnetIds has too
dev.yaml:6: network.existing.publicSubnetIds: got 1, which nothing uses; remove them, or set assignPublicIp: true for a worker`},

		{"rejects an unknown number of NAT gateways", "network:\n  natGateways: per-az\n",
			`dev.yaml:3: network.natGateways: got "per-az", want one of: single, per-availability-zone, none`},
		{"takes zones that need no opt-in, and leaves some out", "network:\n  availabilityZones:\n    optInStatus: opt-in-not-required\n    excludeZoneIds: [use1-az3]\n", ""},
		{"rejects zones by name, and the Local Zones alone", "network:\n  availabilityZones:\n    optInStatus: opted-in\n    excludeZoneIds: [us-east-1a, use1-az3, use1-az3]\n",
			`dev.yaml:4: network.availabilityZones.optInStatus: got "opted-in", want one of: opt-in-not-required
dev.yaml:5: network.availabilityZones.excludeZoneIds[0]: got "us-east-1a", want a zone's id such as use1-az3, which aws ec2 describe-availability-zones shows; a name such as us-east-1a may mean another zone in each account
dev.yaml:5: network.availabilityZones.excludeZoneIds[2]: got "use1-az3" twice`},
		{"rejects a number where there is one", "network:\n  nameTags:\n    vpc: main-{number}\n",
			`dev.yaml:4: network.nameTags.vpc: got "main-{number}", want no {number}: it numbers what each zone has one of: subnets, eip, natGateway and privateRouteTable in network.nameTags`},
		{"takes a number where there may be several", "network:\n  nameTags:\n    eip: nat-{number}\n", ""},
		{"rejects a worker without a way out", "network:\n  natGateways: none\n",
			"dev.yaml:3: network.natGateways: got none, but worker runs in private subnets and has no other way out; set worker.assignPublicIp: true, or network.endpoints and a prefect.apiUrl inside the network, or natGateways: single"},
		{"takes a public worker", "network:\n  natGateways: none\nworker:\n  assignPublicIp: true\n", ""},
		{"takes endpoints and a server inside", withEndpoints + inside, ""},
		{"takes endpoints where a variable gives the URL", withEndpoints, ""},
		{"rejects endpoints on the way to Prefect Cloud", withEndpoints + strings.Replace(inside, "http://prefect.internal:4200/api", "https://api.prefect.cloud/api/accounts/a/workspaces/b", 1),
			"dev.yaml:3: network.natGateways: got none, but worker polls Prefect Cloud, which is behind no endpoint of AWS; set natGateways: single, or worker.assignPublicIp: true, or a prefect.apiUrl inside the network"},
		{"takes Prefect Cloud over PrivateLink", withEndpoints + strings.Replace(inside, "http://prefect.internal:4200/api", "https://api.private.prefect.cloud/api/accounts/a/workspaces/b", 1), ""},
		{"rejects too few endpoints", strings.NewReplacer("s3: true", "s3: false", "ecr.dkr, logs, ", "").Replace(withEndpoints) + inside + "worker:\n  type: ecs\n",
			`dev.yaml:5: network.endpoints.s3: got false, want true: without a NAT gateway the layers of the image come through it
dev.yaml:6: network.endpoints.interface: natGateways: none also needs the interface endpoints ecr.dkr (to pull the image), logs (to write logs), ecs (to start flow runs), ec2 (to start flow runs)`},
		{"rejects an image that endpoints do not reach", withEndpoints + "prefect:\n  apiUrl: http://prefect.internal:4200/api\nterraform:\n  variables: {container_image: \"\"}\nworker:\n  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1\n",
			"dev.yaml:12: worker.image: got prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1, which is not in ECR, and without a NAT gateway the worker reaches no other registry; want " + settings.ImageWanted},

		{"guesses no word from a short one", "network:\n  natGateways: one\n", `dev.yaml:3: network.natGateways: got "one", want one of: single, per-availability-zone, none`},
		{"rejects what other sections need of endpoints too", withEndpoints + `crashEvents: {queueName: crashes}
worker:
  type: ecs
  healthCheck: {}
  enableExecuteCommand: true
  secrets: {DSN: "arn:aws:ssm:us-east-1:123456789012:parameter/dsn"}
  openTelemetry: {image: "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3"}
`, `dev.yaml:6: network.endpoints.interface: natGateways: none also needs the interface endpoints ssm (to read parameters), ecs (to start flow runs), ec2 (to start flow runs), sqs (to learn of crashes), ssmmessages (for ECS Exec), xray (for OpenTelemetry); Prefect Cloud stays out of reach even so, as no endpoint leads to it
dev.yaml:13: worker.openTelemetry.image: got public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3, which is not in ECR, and without a NAT gateway the worker reaches no other registry; want ` + settings.ImageWanted},
		{"rejects a second worker without a way out", "network:\n  natGateways: none\nworker:\n  assignPublicIp: true\nadditionalWorkers:\n  - {name: ml, assignPublicIp: false}\n",
			"dev.yaml:3: network.natGateways: got none, but additionalWorkers[0] runs in private subnets and has no other way out; set additionalWorkers[0].assignPublicIp: true, or network.endpoints and a prefect.apiUrl inside the network, or natGateways: single"},
		{"rejects endpoints to nothing", "network:\n  endpoints: {}\n", "dev.yaml:3: network.endpoints: got none, want s3: true or a service in interface; null creates no endpoints"},
		{"rejects unknown and repeated services", "network:\n  endpoints:\n    interface: [ecr.dk, s3, logs, logs]\n",
			`dev.yaml:4: network.endpoints.interface[0]: got "ecr.dk", did you mean "ecr.dkr"? (allowed: ` + "athena, batch, ec2, ecr.api, ecr.dkr, ecs, ecs-agent, ecs-telemetry, elasticfilesystem, events, glue, kinesis-streams, kms, lambda, logs, monitoring, rds-data, redshift-data, sagemaker.api, sagemaker.runtime, secretsmanager, sns, sqs, ssm, ssmmessages, states, sts, xray" + `)
dev.yaml:4: network.endpoints.interface[1]: got "s3", want network.endpoints.s3: true: ECR works with the gateway endpoint only, which is free
dev.yaml:4: network.endpoints.interface[3]: got "logs" twice`},
		{"rejects endpoints in China", "region: cn-north-1\nnetwork:\n  endpoints:\n    interface: [logs]\nterraform:\n  variables: {region: \"\"}\npartition: aws-cn\n",
			"dev.yaml:5: network.endpoints.interface: got endpoints in cn-north-1, whose names differ from com.amazonaws.<region>.<service>; create them outside this stack"},
		{"rejects a security group's name that begins with sg-", "network:\n  endpoints:\n    s3: true\n    securityGroupName: sg-endpoints\n",
			`dev.yaml:5: network.endpoints.securityGroupName: got "sg-endpoints", want a name that does not begin with sg-`},

		{"takes flow logs with nothing said", "network:\n  flowLogs: {}\n", ""},
		{"rejects what flow logs do not take", "network:\n  flowLogs:\n    trafficType: all\n    retentionInDays: 10\n    kmsKeyArn: alias/logs\n    logGroupName: aws/flow\n",
			`dev.yaml:4: network.flowLogs.trafficType: got "all", did you mean "ALL"? (allowed: ALL, ACCEPT, REJECT)
dev.yaml:5: network.flowLogs.retentionInDays: got 10, want one of [0 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653] (0 keeps logs forever)
dev.yaml:6: network.flowLogs.kmsKeyArn: got "alias/logs", want a key's ARN, arn:aws:kms:<region>:<12 digits>:key/<id>; an alias is not accepted
dev.yaml:7: network.flowLogs.logGroupName: got "aws/flow", want a name that does not begin with aws/`},
		{"checks the names that flow logs get by themselves", "nameTag: " + strings.Repeat("n", 60) + "\nnetwork:\n  flowLogs: {}\n",
			`dev.yaml:4: network.flowLogs.roleName: "{nameTag}-flow-logs" becomes "` + strings.Repeat("n", 60) + `-flow-logs": got 70 characters ("` + strings.Repeat("n", 40) + `"…), want at most 64`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": "preset: readme\n" + tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestSubnetsAndRoutes: ranges, addresses and routes of a network that is created.
func TestSubnetsAndRoutes(t *testing.T) {
	const (
		network = "network:\n  "
		fixed   = "terraform:\n  variables: {vpc_cidr: \"\"}\n" + network
		tgw     = "transitGatewayId: tgw-0123456789abcdef0"
	)
	for _, tt := range []struct{ name, text, want string }{
		{"takes small public subnets", network + "publicSubnetNewBits: 12\n", ""},
		{"takes large private subnets", network + "subnetNewBits: 3\n  publicSubnetNewBits: 8\n  privateSubnetOffset: 1\n", ""},
		{"rejects a large private subnet over the small public ones", network + "subnetNewBits: 3\n  publicSubnetNewBits: 8\n  privateSubnetOffset: 0\n",
			"dev.yaml:5: network.privateSubnetOffset: got 0, with which the private subnet 10.0.0.0/19 overlaps with the public 10.0.0.0/24; want another, or another publicSubnetOffset"},
		{"rejects public subnets that are too small", network + "cidrBlock: 10.0.0.0/20\n  publicSubnetNewBits: 9\n",
			"dev.yaml:3: network.cidrBlock: got 10.0.0.0/20, too small: with publicSubnetNewBits 9 its subnets would be /29 and AWS allows /28 at the smallest; want /16 to /19"},
		{"takes ranges that are given", fixed + "publicSubnetCidrBlocks: [10.0.0.0/26, 10.0.0.64/26, 10.0.0.128/26]\n  privateSubnetCidrBlocks: [10.0.64.0/18, 10.0.128.0/18, 10.0.192.0/18]\n", ""},
		{"takes ranges of the public subnets alone", fixed + "publicSubnetCidrBlocks: [10.0.0.0/26, 10.0.0.64/26, 10.0.0.128/26]\n", ""},
		{"rejects ranges that a variable would move", network + "privateSubnetCidrBlocks: [10.0.64.0/18, 10.0.128.0/18, 10.0.192.0/18]\n",
			`dev.yaml: terraform.variables.vpc_cidr (from preset readme): got network.cidrBlock, but the ranges of its subnets are given in the file; remove the variable with vpc_cidr: ""`},
		{"rejects too few ranges, one outside and one twice", fixed + "privateSubnetCidrBlocks: [10.1.0.0/24, 10.0.0.0/29]\n  publicSubnetCidrBlocks: [10.0.1.0/24, 10.0.1.0/25, 10.0.2.1/24]\n",
			`dev.yaml:5: network.privateSubnetCidrBlocks[0]: got 10.1.0.0/24, want a part of network.cidrBlock, 10.0.0.0/16
dev.yaml:5: network.privateSubnetCidrBlocks[1]: got 10.0.0.0/29, want a range between /16 and /28
dev.yaml:5: network.privateSubnetCidrBlocks: got 2, want 3: one for each availability zone (availabilityZoneCount)
dev.yaml:6: network.publicSubnetCidrBlocks[2]: got "10.0.2.1/24", want an IPv4 range without host bits
dev.yaml:6: network.publicSubnetCidrBlocks[1]: got 10.0.1.0/25, which overlaps with 10.0.1.0/24`},
		{"rejects ranges that overlap", fixed + "publicSubnetCidrBlocks: [10.0.1.0/24, 10.0.1.0/25, 10.0.2.0/24]\n",
			"dev.yaml:5: network.publicSubnetCidrBlocks[1]: got 10.0.1.0/25, which overlaps with 10.0.1.0/24"},
		{"rejects a private range over a public one", fixed + "publicSubnetCidrBlocks: [10.0.0.0/26, 10.0.0.64/26, 10.0.0.128/26]\n  privateSubnetCidrBlocks: [10.0.0.0/18, 10.0.128.0/18, 10.0.192.0/18]\n",
			"dev.yaml:6: network.privateSubnetCidrBlocks[0]: got 10.0.0.0/18, which overlaps with the public subnet 10.0.0.0/26"},
		{"rejects a public range over the private subnets", fixed + "publicSubnetCidrBlocks: [10.0.8.0/22, 10.0.0.64/26, 10.0.0.128/26]\n",
			"dev.yaml:5: network.publicSubnetCidrBlocks[0]: got 10.0.8.0/22, which overlaps with the private subnet 10.0.10.0/24"},
		{"rejects what ranges leave unused", fixed + "publicSubnetCidrBlocks: [10.0.0.0/26, 10.0.0.64/26, 10.0.0.128/26]\n  privateSubnetCidrBlocks: [10.0.64.0/18, 10.0.128.0/18, 10.0.192.0/18]\n  subnetNewBits: 4\n  publicSubnetNewBits: 8\n  publicSubnetOffset: 1\n  privateSubnetOffset: 2\n",
			`dev.yaml:7: network.subnetNewBits: set with both lists of subnets, which leaves it unused; remove one of them
dev.yaml:8: network.publicSubnetNewBits: set with network.publicSubnetCidrBlocks, which leaves it unused; remove one of them
dev.yaml:9: network.publicSubnetOffset: set with network.publicSubnetCidrBlocks, which leaves it unused; remove one of them
dev.yaml:10: network.privateSubnetOffset: set with network.privateSubnetCidrBlocks, which leaves it unused; remove one of them`},

		{"takes an address", network + "eipAllocationIds: [eipalloc-0123456789abcdef0]\n", ""},
		{"rejects one address for three NAT gateways", network + "natGateways: per-availability-zone\n  eipAllocationIds: [eipalloc-0123456789abcdef0]\n",
			"dev.yaml:4: network.eipAllocationIds: got 1, want 3: with natGateways per-availability-zone there are 3 NAT gateways"},
		{"rejects an address for no NAT gateway", network + "natGateways: none\n  eipAllocationIds: [eipalloc-0123456789abcdef0]\nworker:\n  assignPublicIp: true\n",
			"dev.yaml:4: network.eipAllocationIds: got 1, want 0: with natGateways none there are 0 NAT gateways"},
		{"rejects an address by its number", network + "eipAllocationIds: [203.0.113.7]\n", `dev.yaml:3: network.eipAllocationIds[0]: got "203.0.113.7", want an id such as eipalloc-0123456789abcdef0`},
		{"rejects what given addresses leave unused", network + "eipAllocationIds: [eipalloc-0123456789abcdef0]\n  eipDomain: vpc\n  nameTags: {eip: nat}\n",
			`dev.yaml:4: network.eipDomain: set with network.eipAllocationIds, which leaves it unused; remove one of them
dev.yaml:5: network.nameTags.eip: set with network.eipAllocationIds, which leaves it unused; remove one of them`},

		{"takes a route for all that goes out", network + "natGateways: none\n  privateRoutes:\n    - {destinationCidrBlock: 0.0.0.0/0, " + tgw + "}\n", ""},
		{"rejects it beside a NAT gateway", network + "privateRoutes:\n    - {destinationCidrBlock: 0.0.0.0/0, " + tgw + "}\n",
			"dev.yaml:4: network.privateRoutes[0].destinationCidrBlock: got 0.0.0.0/0, which goes to the NAT gateway; set natGateways: none"},
		{"rejects a route without ends, and one with two", network + "privateRoutes:\n    - {}\n    - {destinationCidrBlock: 10.8.0.0/16, destinationPrefixListId: pl-0123456789abcdef0, gatewayId: vgw-0123456789abcdef0, " + tgw + "}\n",
			`dev.yaml:4: network.privateRoutes[0]: got 0 destinations, want destinationCidrBlock or destinationPrefixListId
dev.yaml:4: network.privateRoutes[0]: got 0 targets, want one of transitGatewayId, vpcPeeringConnectionId, networkInterfaceId, vpcEndpointId or gatewayId
dev.yaml:5: network.privateRoutes[1]: got 2 destinations, want destinationCidrBlock or destinationPrefixListId
dev.yaml:5: network.privateRoutes[1]: got 2 targets, want one of transitGatewayId, vpcPeeringConnectionId, networkInterfaceId, vpcEndpointId or gatewayId`},
		{"rejects a destination twice", network + "privateRoutes:\n    - {destinationCidrBlock: 10.8.0.0/16, " + tgw + "}\n    - {destinationCidrBlock: 10.8.0.0/16, gatewayId: vgw-0123456789abcdef0}\n",
			"dev.yaml:5: network.privateRoutes[1]: got a route to 10.8.0.0/16 twice"},
		{"rejects a part of the VPC elsewhere", network + "privateRoutes:\n    - {destinationCidrBlock: 10.0.7.0/24, " + tgw + "}\n",
			"dev.yaml:4: network.privateRoutes[0].destinationCidrBlock: got 10.0.7.0/24, inside of the VPC's own 10.0.0.0/16, which AWS routes itself to all but a networkInterfaceId or a vpcEndpointId"},
		{"takes a part of the VPC through an appliance", network + "privateRoutes:\n    - {destinationCidrBlock: 10.0.7.0/24, networkInterfaceId: eni-0123456789abcdef0}\n", ""},
		{"rejects an internet gateway", network + "privateRoutes:\n    - {destinationCidrBlock: 10.8.0.0/16, gatewayId: igw-0123456789abcdef0}\n",
			`dev.yaml:4: network.privateRoutes[0].gatewayId: got "igw-0123456789abcdef0", want an id such as vgw-0123456789abcdef0`},

		{"takes a cluster's ARN", "cluster:\n  arn: arn:aws:ecs:us-east-1:123456789012:cluster/shared\nterraform:\n  variables: {cluster_name: \"\"}\n", ""},
		{"rejects a cluster's name beside its ARN", "cluster:\n  arn: arn:aws:ecs:us-east-1:123456789012:cluster/shared\n  name: shared\n  existing: true\n",
			`dev.yaml:4: cluster.name: set with cluster.arn, which already names the cluster; remove one of them
dev.yaml:5: cluster.existing: set with cluster.arn, which already names the cluster; remove one of them
dev.yaml: terraform.variables.cluster_name (from preset readme): got cluster.name, but cluster.arn already names the cluster; remove the variable with cluster_name: ""`},
		{"rejects a cluster of another region", "cluster:\n  arn: arn:aws:ecs:eu-west-1:123456789012:cluster/shared\nterraform:\n  variables: {cluster_name: \"\", region: \"\"}\n",
			`dev.yaml:3: cluster.arn: got "arn:aws:ecs:eu-west-1:123456789012:cluster/shared" of region eu-west-1, want one of us-east-1, where the stack is`},
		{"rejects a service as a cluster", "cluster:\n  arn: arn:aws:ecs:us-east-1:123456789012:service/shared/worker\n",
			`dev.yaml:3: cluster.arn: got "arn:aws:ecs:us-east-1:123456789012:service/shared/worker", want a cluster's ARN, arn:aws:ecs:<region>:<12 digits>:cluster/<name>
dev.yaml: terraform.variables.cluster_name (from preset readme): got cluster.name, but cluster.arn already names the cluster; remove the variable with cluster_name: ""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": "preset: readme\n" + tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestTCPEgress(t *testing.T) {
	tcp := func(from, to int) settings.SecurityGroupRule {
		return settings.SecurityGroupRule{Protocol: "tcp", FromPort: from, ToPort: to}
	}
	for _, tt := range []struct {
		name  string
		rules []settings.SecurityGroupRule
		want  string
	}{
		{"in order and once", []settings.SecurityGroupRule{tcp(8000, 9000), tcp(443, 443), {Protocol: "udp", FromPort: 53, ToPort: 53}, tcp(443, 443)}, "[443 8000 to 9000]"},
		{"every protocol is every port", []settings.SecurityGroupRule{tcp(443, 443), {Protocol: "-1"}}, "[0 to 65535]"},
		{"none", []settings.SecurityGroupRule{{Protocol: "icmp", FromPort: 8}}, "[]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint((&settings.SecurityGroup{Egress: tt.rules}).TCPEgress()); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSecurityGroupRules(t *testing.T) {
	const https = "    - {protocol: tcp, fromPort: 443, toPort: 443, cidrBlocks: [0.0.0.0/0]}\n"
	for _, tt := range []struct{ name, egress, rest, want string }{
		{"takes every kind of peer", https + "    - {protocol: tcp, fromPort: 5432, toPort: 5432, prefixListIds: [pl-01234567], securityGroupIds: [sg-0123456789abcdef0], description: the warehouse}\n", "", ""},
		{"takes an ICMP type above its code", https + "    - {protocol: icmp, fromPort: 8, toPort: 0, cidrBlocks: [10.0.0.0/8]}\n", "", ""},
		{"takes groups that exist", https + "  additionalIds: [sg-0123456789abcdef0]\n", "", ""},
		{"rejects more groups than an interface has", https + "  additionalIds: [sg-01234561, sg-01234562, sg-01234563, sg-01234564, sg-01234565]\n", "", "dev.yaml:5: securityGroup.additionalIds: got 5, want at most 4"},
		{"rejects a group's name and a group given twice", https + "  additionalIds: [warehouse, sg-01234561, sg-01234561]\n", "",
			`dev.yaml:5: securityGroup.additionalIds[0]: got "warehouse", want an id such as sg-0123456789abcdef0
dev.yaml:5: securityGroup.additionalIds[2]: got "sg-01234561" twice`},
		{"rejects wrong peers", https + "    - {protocol: tcp, fromPort: 1, toPort: 1, prefixListIds: [pl-x], securityGroupIds: [default], description: \"naïve\"}\n", "",
			`dev.yaml:5: securityGroup.egress[1].prefixListIds[0]: got "pl-x", want an id such as pl-0123456789abcdef0
dev.yaml:5: securityGroup.egress[1].securityGroupIds[0]: got "default", want an id such as sg-0123456789abcdef0
dev.yaml:5: securityGroup.egress[1].description: got "naïve", want 1 to 255 letters, digits, spaces or ._-:/()#,@[]+=&;{}!$*`},
		{"rejects a peer that has the port already", https + https, "",
			"dev.yaml:5: securityGroup.egress[1]: got 0.0.0.0/0 for ports 443 to 443 of tcp, which securityGroup.egress[0] has already"},
		{"rejects IPv6 without any", "    - {protocol: tcp, fromPort: 443, toPort: 443, ipv6CidrBlocks: [\"::/0\"]}\n", "",
			"dev.yaml:4: securityGroup.egress[0].ipv6CidrBlocks: got [::/0], but the VPC created here has no IPv6; remove them, or use network.existing"},
		{"takes IPv6 in an existing VPC", "    - {protocol: tcp, fromPort: 443, toPort: 443, ipv6CidrBlocks: [\"::/0\"]}\n", existing, ""},
		{"rejects a worker that reaches nothing", "    []\n", "",
			"dev.yaml:3: securityGroup.egress: no rule lets the worker reach tcp 443, through which it gets its image and its key and writes its logs; add {protocol: tcp, fromPort: 443, toPort: 443, cidrBlocks: [0.0.0.0/0]}"},
		{"rejects a server out of reach", https, inside, "dev.yaml:3: securityGroup.egress: no rule lets the worker reach tcp 4200, the port of prefect.apiUrl http://prefect.internal:4200/api"},
		{"takes a server on 443", https, strings.Replace(inside, "http://prefect.internal:4200", "https://prefect.internal", 1), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "preset: readme\nsecurityGroup:\n  egress:\n" + tt.egress + tt.rest
			if _, got := load(t, map[string]string{"dev.yaml": text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestNetworkWarnings(t *testing.T) {
	const quiet = "preset: readme\nsecurityGroup:\n  ingress: []\nsecret:\n  create: true\n"
	for _, tt := range []struct{ name, text, want string }{
		{"a URL that endpoints may not reach", quiet + withEndpoints + "worker:\n  image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:1\n",
			"network.natGateways: none leaves no way to Prefect Cloud: the worker runs only with a server inside the network in -var prefect_api_url=http://<host>:4200/api"},
		{"an image that endpoints may not reach", quiet + withEndpoints + "prefect:\n  apiUrl: http://prefect.internal:4200/api\nworker:\n  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1\n",
			"network.natGateways: none leaves no way to other registries than ECR: worker runs only with an image of ECR in -var container_image, not prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1"},
		{"a NAT gateway for nothing", quiet + "worker:\n  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1\n  assignPublicIp: true\n",
			"worker.assignPublicIp: the worker does not use the NAT gateway, which costs by the hour; set network.natGateways: none, unless flow runs use it"},
		{"groups of a VPC that does not exist yet", strings.Replace(quiet, "ingress: []", "ingress: []\n  additionalIds: [sg-0123456789abcdef0]", 1) + "worker:\n  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1\n",
			"securityGroup.additionalIds: a group must be in the service's VPC, which this stack creates, so it cannot exist before the first apply; add it afterwards"},
		{"a server out of reach by default", strings.Replace(quiet, "  ingress: []\n", "  ingress: []\n  egress:\n    - {protocol: tcp, fromPort: 443, toPort: 443, cidrBlocks: [0.0.0.0/0]}\n", 1) +
			"worker:\n  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1\nprefect:\n  apiUrl: http://prefect.internal:4200/api\n",
			"securityGroup.egress: no rule lets the worker reach tcp 4200, the port in the default of variable prefect_api_url"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, problem := load(t, map[string]string{"dev.yaml": tt.text})
			if problem != "" {
				t.Fatal(problem)
			}
			var got []string
			for _, w := range warningsOf(c) {
				if !strings.Contains(w, ": secret: no key by default") && !strings.Contains(w, ": no API URL by default") {
					got = append(got, w)
				}
			}
			if len(got) != 1 || !strings.HasSuffix(got[0], tt.want) {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), tt.want)
			}
		})
	}
}
