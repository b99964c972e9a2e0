# The README deployment as a team has it today, written from the documents.
terraform {
  required_version = ">= 1.2.0"
}

provider "aws" {
  region = var.region
}

data "aws_availability_zones" "available" {}
data "aws_caller_identity" "current" {}

locals {
  azs           = slice(data.aws_availability_zones.available.names, 0, 3)
  public_count  = length(local.azs)
  private_count = length(local.azs)
  secret_arn    = var.create_secret ? aws_secretsmanager_secret.prefect_api[0].arn : (length(var.prefect_secret_arn) > 0 ? var.prefect_secret_arn : null)
}

resource "aws_vpc" "prefect" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name_tag }
}

resource "aws_subnet" "public" {
  count                   = local.public_count
  vpc_id                  = aws_vpc.prefect.id
  availability_zone       = local.azs[count.index]
  cidr_block              = cidrsubnet(var.vpc_cidr, 8, count.index)
  map_public_ip_on_launch = true
  tags = {
    Name = "${var.name_tag}-public-${count.index + 1}"
  }
}

resource "aws_subnet" "private" {
  count             = local.private_count
  vpc_id            = aws_vpc.prefect.id
  availability_zone = local.azs[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 8, count.index + 10)
  tags = {
    Name = "${var.name_tag}-private-${count.index + 1}"
  }
}

resource "aws_internet_gateway" "igw" {
  vpc_id = aws_vpc.prefect.id
  tags   = { Name = "${var.name_tag}-igw" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.prefect.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.igw.id
  }
  tags = { Name = "${var.name_tag}-public-rt" }
}

resource "aws_route_table_association" "public_assoc" {
  count          = length(aws_subnet.public)
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_eip" "nat" {
  tags = { Name = "${var.name_tag}-nat-eip" }
}

resource "aws_nat_gateway" "nat" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public[0].id
  tags          = { Name = "${var.name_tag}-nat" }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.prefect.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.nat.id
  }
  tags = { Name = "${var.name_tag}-private-rt" }
}

resource "aws_route_table_association" "private_assoc" {
  count          = length(aws_subnet.private)
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_security_group" "prefect_sg" {
  name        = "${var.name_tag}-sg"
  description = "SG for Prefect ECS Fargate tasks"
  vpc_id      = aws_vpc.prefect.id

  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
  tags = { Name = "${var.name_tag}-sg" }
}

resource "aws_cloudwatch_log_group" "prefect" {
  name              = "/ecs/${var.cluster_name}/dev-worker"
  retention_in_days = 14
  tags              = { Name = "${var.name_tag}-logs" }
}

resource "aws_iam_role" "task_execution_role" {
  name = "prefect-task-execution-role"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
  tags = { Name = var.name_tag }
}

resource "aws_iam_role_policy_attachment" "ecs_task_execution" {
  role       = aws_iam_role.task_execution_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy_attachment" "ecs_task_execution_ecr" {
  role       = aws_iam_role.task_execution_role.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
}

resource "aws_iam_role_policy" "secrets_policy" {
  name = "prefect-secrets-policy"
  role = aws_iam_role.task_execution_role.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "secretsmanager:CreateSecret",
        "secretsmanager:PutSecretValue",
        "secretsmanager:GetSecretValue",
        "secretsmanager:DescribeSecret",
      ]
      Resource = local.secret_arn != null ? local.secret_arn : "*"
    }]
  })
}

resource "aws_secretsmanager_secret" "prefect_api" {
  count = var.create_secret ? 1 : 0
  name  = "${var.name_tag}-prefect-api"
  tags  = { Name = var.name_tag }
}

resource "aws_secretsmanager_secret_version" "prefect_api_value" {
  count         = var.create_secret ? 1 : 0
  secret_id     = aws_secretsmanager_secret.prefect_api[0].id
  secret_string = var.prefect_api_key
}

resource "aws_ecr_repository" "my_prefect_flow" {
  name         = "my-prefect-flow"
  force_delete = true
}

resource "aws_ecs_cluster" "prefect" {
  name = var.cluster_name
  tags = { Name = var.name_tag }
}

resource "aws_service_discovery_private_dns_namespace" "prefect_ns" {
  name        = "default.prefect.local"
  description = "Prefect private DNS namespace"
  vpc         = aws_vpc.prefect.id
}

resource "aws_service_discovery_service" "dev_worker_sd" {
  name = "dev-worker-sd"
  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.prefect_ns.id
    dns_records {
      ttl  = 10
      type = "A"
    }
    routing_policy = "MULTIVALUE"
  }
}

resource "aws_ecs_task_definition" "prefect_worker" {
  family                   = "dev-worker"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = "512"
  memory                   = "1024"
  execution_role_arn       = aws_iam_role.task_execution_role.arn
  task_role_arn            = aws_iam_role.task_execution_role.arn

  container_definitions = jsonencode([{
    name      = "dev-worker"
    image     = var.container_image
    essential = true
    environment = [{
      name  = "PREFECT_API_URL"
      value = var.prefect_api_url != "" ? var.prefect_api_url : "https://api.prefect.cloud/api/accounts/${var.prefect_account_id}/workspaces/${var.prefect_workspace_id}"
    }]
    secrets = local.secret_arn != null ? [{
      name      = "PREFECT_API_KEY"
      valueFrom = local.secret_arn
    }] : []
    command = ["prefect", "worker", "start", "--pool", var.work_pool_name]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.prefect.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "prefect"
      }
    }
  }])

  depends_on = [
    aws_secretsmanager_secret.prefect_api,
    aws_secretsmanager_secret_version.prefect_api_value,
  ]
  tags = { Name = "${var.name_tag}-taskdef" }
}

resource "aws_ecs_service" "prefect_service" {
  name            = "dev-worker"
  cluster         = aws_ecs_cluster.prefect.id
  task_definition = aws_ecs_task_definition.prefect_worker.arn
  desired_count   = var.desired_count
  launch_type     = "FARGATE"

  network_configuration {
    subnets          = aws_subnet.private[*].id
    security_groups  = [aws_security_group.prefect_sg.id]
    assign_public_ip = false
  }
  service_registries {
    registry_arn = aws_service_discovery_service.dev_worker_sd.arn
  }

  depends_on = [aws_nat_gateway.nat]
  tags       = { Name = "${var.name_tag}-service" }
}
