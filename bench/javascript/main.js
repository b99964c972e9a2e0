// The dev stack of this repository, written in JavaScript as one would: deep
// imports, one provider module for each resource type. `go run ./bench` checks
// that its output is the Go program's, byte for byte.
//
// Usage: node main.js [stack …]
"use strict";
const { App, S3Backend, TerraformLocal, TerraformStack, TerraformVariable, Token } = require("cdktf");
const { CloudwatchLogGroup } = require("@cdktf/provider-aws/lib/cloudwatch-log-group");
const { DataAwsAvailabilityZones } = require("@cdktf/provider-aws/lib/data-aws-availability-zones");
const { DataAwsCallerIdentity } = require("@cdktf/provider-aws/lib/data-aws-caller-identity");
const { EcrRepository } = require("@cdktf/provider-aws/lib/ecr-repository");
const { EcsCluster } = require("@cdktf/provider-aws/lib/ecs-cluster");
const { EcsService } = require("@cdktf/provider-aws/lib/ecs-service");
const { EcsTaskDefinition } = require("@cdktf/provider-aws/lib/ecs-task-definition");
const { Eip } = require("@cdktf/provider-aws/lib/eip");
const { IamRole } = require("@cdktf/provider-aws/lib/iam-role");
const { IamRolePolicy } = require("@cdktf/provider-aws/lib/iam-role-policy");
const { IamRolePolicyAttachment } = require("@cdktf/provider-aws/lib/iam-role-policy-attachment");
const { InternetGateway } = require("@cdktf/provider-aws/lib/internet-gateway");
const { NatGateway } = require("@cdktf/provider-aws/lib/nat-gateway");
const { AwsProvider } = require("@cdktf/provider-aws/lib/provider");
const { RouteTable } = require("@cdktf/provider-aws/lib/route-table");
const { RouteTableAssociation } = require("@cdktf/provider-aws/lib/route-table-association");
const { SecretsmanagerSecret } = require("@cdktf/provider-aws/lib/secretsmanager-secret");
const { SecretsmanagerSecretVersion } = require("@cdktf/provider-aws/lib/secretsmanager-secret-version");
const { SecurityGroup } = require("@cdktf/provider-aws/lib/security-group");
const { ServiceDiscoveryPrivateDnsNamespace } = require("@cdktf/provider-aws/lib/service-discovery-private-dns-namespace");
const { ServiceDiscoveryService } = require("@cdktf/provider-aws/lib/service-discovery-service");
const { Subnet } = require("@cdktf/provider-aws/lib/subnet");
const { Vpc } = require("@cdktf/provider-aws/lib/vpc");

// The 13 variables and the texts of the checks are data here as they are there.
const texts = require("./texts.json");

function dev(app, name) {
  const stack = new TerraformStack(app, name);
  const add = (Type, address, config) => {
    const resource = new Type(stack, address, config);
    resource.overrideLogicalId(address.split(".").pop());
    return resource;
  };
  const local = (id, value) => add(TerraformLocal, `local.${id}`, value);
  const tags = (suffix) => ({ Name: `\${var.name_tag}${suffix}` });

  new AwsProvider(stack, "aws", { region: "${var.region}" });
  stack.addOverride("terraform", {
    required_version: ">= 1.2.0",
    required_providers: { aws: { source: "hashicorp/aws", version: ">= 5.82.0, < 7.0.0" } },
  });
  new S3Backend(stack, {
    bucket: "prefect-assessment-yasir-bucket",
    key: `${name}/terraform.tfstate`,
    region: "us-east-1",
    encrypt: true,
    dynamodbTable: "terraform-lock",
  });
  for (const [id, v] of Object.entries(texts.variables)) {
    const validation = v.validation?.map((c) => ({ condition: c.condition, errorMessage: c.error_message }));
    add(TerraformVariable, `var.${id}`, { ...v, validation });
  }
  new DataAwsCallerIdentity(stack, "current", {});

  // Network
  const checks = (list) => list.map((c) => ({ condition: c.condition, errorMessage: c.error_message }));
  add(DataAwsAvailabilityZones, "data.aws_availability_zones.available", { lifecycle: { postcondition: checks(texts.zones) } });
  local("azs", "${slice(data.aws_availability_zones.available.names, 0, 3)}");
  add(Vpc, "aws_vpc.prefect", {
    cidrBlock: "${var.vpc_cidr}",
    enableDnsSupport: true,
    enableDnsHostnames: true,
    tags: tags(""),
  });
  const subnets = (side, netnum, more) => {
    local(`${side}_count`, "${length(local.azs)}");
    add(Subnet, `aws_subnet.${side}`, {
      count: Token.asNumber(`\${local.${side}_count}`),
      vpcId: "${aws_vpc.prefect.id}",
      availabilityZone: "${local.azs[count.index]}",
      cidrBlock: `\${cidrsubnet(var.vpc_cidr, 8, ${netnum})}`,
      tags: tags(`-${side}-\${count.index + 1}`),
      ...more,
    });
  };
  subnets("public", "count.index", { mapPublicIpOnLaunch: true });
  subnets("private", "count.index + 10", {});
  const gateway = add(InternetGateway, "aws_internet_gateway.igw", { vpcId: "${aws_vpc.prefect.id}", tags: tags("-igw") });
  add(Eip, "aws_eip.nat", { tags: tags("-nat-eip") });
  const nat = add(NatGateway, "aws_nat_gateway.nat", {
    allocationId: "${aws_eip.nat.id}",
    subnetId: "${aws_subnet.public[0].id}",
    tags: tags("-nat"),
    dependsOn: [gateway],
  });
  const routes = (side, route) => {
    add(RouteTable, `aws_route_table.${side}`, { vpcId: "${aws_vpc.prefect.id}", route: [route], tags: tags(`-${side}-rt`) });
    add(RouteTableAssociation, `aws_route_table_association.${side}_assoc`, {
      count: Token.asNumber(`\${length(aws_subnet.${side})}`),
      subnetId: `\${aws_subnet.${side}[count.index].id}`,
      routeTableId: `\${aws_route_table.${side}.id}`,
    });
  };
  routes("public", { cidrBlock: "0.0.0.0/0", gatewayId: "${aws_internet_gateway.igw.id}" });
  routes("private", { cidrBlock: "0.0.0.0/0", natGatewayId: "${aws_nat_gateway.nat.id}" });

  // Security group
  const rule = (protocol, port) => ({ protocol, fromPort: port, toPort: port, cidrBlocks: ["0.0.0.0/0"] });
  add(SecurityGroup, "aws_security_group.prefect_sg", {
    vpcId: "${aws_vpc.prefect.id}",
    name: "${var.name_tag}-sg",
    description: "SG for Prefect ECS Fargate tasks",
    ingress: [rule("tcp", 80), rule("tcp", 22), rule("tcp", 443)],
    egress: [rule("-1", 0)],
    tags: tags("-sg"),
  });

  // Secret
  const secret = add(SecretsmanagerSecret, "aws_secretsmanager_secret.prefect_api", {
    count: Token.asNumber("${var.create_secret ? 1 : 0}"),
    name: "${var.name_tag}-prefect-api",
    tags: tags(""),
    lifecycle: { precondition: checks(texts.secret) },
  });
  const version = add(SecretsmanagerSecretVersion, "aws_secretsmanager_secret_version.prefect_api_value", {
    count: Token.asNumber("${var.create_secret ? 1 : 0}"),
    secretId: "${aws_secretsmanager_secret.prefect_api[0].id}",
    secretString: "${var.prefect_api_key}",
  });
  local(
    "secret_arn",
    '${var.create_secret ? aws_secretsmanager_secret.prefect_api[0].arn : (var.prefect_secret_arn != "" ? var.prefect_secret_arn : null)}',
  );

  // Role
  local("task_execution_role_trust", {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
  add(IamRole, "aws_iam_role.task_execution_role", {
    name: "prefect-task-execution-role",
    assumeRolePolicy: "${jsonencode(local.task_execution_role_trust)}",
    tags: tags(""),
  });
  const attach = (id, policy) =>
    add(IamRolePolicyAttachment, `aws_iam_role_policy_attachment.${id}`, {
      role: "${aws_iam_role.task_execution_role.name}",
      policyArn: `arn:aws:iam::aws:policy/${policy}`,
    });
  attach("ecs_task_execution", "service-role/AmazonECSTaskExecutionRolePolicy");
  attach("ecs_task_execution_ecr", "AmazonEC2ContainerRegistryReadOnly");
  local("secrets_policy", {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["CreateSecret", "PutSecretValue", "GetSecretValue", "DescribeSecret"].map((a) => `secretsmanager:${a}`),
        Resource: '${local.secret_arn != null ? join(":", slice(split(":", local.secret_arn), 0, 7)) : "*"}',
      },
    ],
  });
  add(IamRolePolicy, "aws_iam_role_policy.secrets_policy", {
    name: "prefect-secrets-policy",
    role: "${aws_iam_role.task_execution_role.id}",
    policy: "${jsonencode(local.secrets_policy)}",
  });

  // Cluster, logs, repository, service discovery
  add(EcsCluster, "aws_ecs_cluster.prefect", { name: "${var.cluster_name}", tags: tags("") });
  add(CloudwatchLogGroup, "aws_cloudwatch_log_group.prefect", {
    name: "/ecs/${var.cluster_name}/dev-worker",
    retentionInDays: 14,
    tags: tags("-logs"),
  });
  add(EcrRepository, "aws_ecr_repository.my_prefect_flow", { name: "my-prefect-flow", forceDelete: true });
  add(ServiceDiscoveryPrivateDnsNamespace, "aws_service_discovery_private_dns_namespace.prefect_ns", {
    name: "default.prefect.local",
    description: "Prefect private DNS namespace",
    vpc: "${aws_vpc.prefect.id}",
  });
  add(ServiceDiscoveryService, "aws_service_discovery_service.dev_worker_sd", {
    name: "dev-worker-sd",
    dnsConfig: {
      namespaceId: "${aws_service_discovery_private_dns_namespace.prefect_ns.id}",
      routingPolicy: "MULTIVALUE",
      dnsRecords: [{ type: "A", ttl: 10 }],
    },
  });

  // Worker
  local("container_definitions", [
    {
      name: "dev-worker",
      image: "${var.container_image}",
      essential: true,
      command: ["prefect", "worker", "start", "--pool", "${var.work_pool_name}"],
      environment: [
        {
          name: "PREFECT_API_URL",
          value:
            '${var.prefect_api_url != "" ? var.prefect_api_url : "https://api.prefect.cloud/api/accounts/${var.prefect_account_id}/workspaces/${var.prefect_workspace_id}"}',
        },
      ],
      secrets: '${local.secret_arn != null ? [{ name = "PREFECT_API_KEY", valueFrom = local.secret_arn }] : []}',
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": "${aws_cloudwatch_log_group.prefect.name}",
          "awslogs-region": "${var.region}",
          "awslogs-stream-prefix": "prefect",
        },
      },
    },
  ]);
  add(EcsTaskDefinition, "aws_ecs_task_definition.prefect_worker", {
    family: "dev-worker",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "512",
    memory: "1024",
    executionRoleArn: "${aws_iam_role.task_execution_role.arn}",
    taskRoleArn: "${aws_iam_role.task_execution_role.arn}",
    containerDefinitions: "${jsonencode(local.container_definitions)}",
    tags: tags("-taskdef"),
    dependsOn: [secret, version],
  });
  add(EcsService, "aws_ecs_service.prefect_service", {
    name: "dev-worker",
    cluster: "${aws_ecs_cluster.prefect.id}",
    taskDefinition: "${aws_ecs_task_definition.prefect_worker.arn}",
    launchType: "FARGATE",
    desiredCount: Token.asNumber("${var.desired_count}"),
    networkConfiguration: {
      subnets: Token.asList("${aws_subnet.private[*].id}"),
      securityGroups: ["${aws_security_group.prefect_sg.id}"],
      assignPublicIp: false,
    },
    serviceRegistries: { registryArn: "${aws_service_discovery_service.dev_worker_sd.arn}" },
    tags: tags("-service"),
    dependsOn: [nat],
  });

  // Outputs: see stacks/output.go for why they are not TerraformOutputs
  const output = (description, value) => ({ description, value });
  stack.addOverride("output", {
    ecs_cluster_arn: output("ECS cluster ARN", "${aws_ecs_cluster.prefect.arn}"),
    ecs_service_name: output("ECS service name", "${aws_ecs_service.prefect_service.name}"),
    prefect_secret_arn: output("Prefect API secret ARN (created or provided)", "${local.secret_arn}"),
    secret_arn_local: output("Locally computed secret ARN, for use in scripting or modular workflows", "${local.secret_arn}"),
  });
  const shown = {
    ecs_cluster_arn: "ecs_cluster_arn",
    ecs_service_name: "ecs_service_name",
    secret: { prefect_secret_arn: "prefect_secret_arn", secret_arn_local: "secret_arn_local" },
  };
  stack.addOverride("//", { outputs: { [name]: shown } });
}

const app = new App();
for (const name of process.argv.length > 2 ? process.argv.slice(2) : ["dev"]) dev(app, name);
app.synth();
