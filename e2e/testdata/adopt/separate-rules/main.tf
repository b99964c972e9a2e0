# The documents' deployment with routes and security group rules as resources of
# their own, a bucket for results and a policy that lets flow runs use it.
terraform {
  required_version = ">= 1.2.0"
}

provider "aws" {
  region = var.region
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "name_tag" {
  type    = string
  default = "prefect-sep"
}

variable "vpc_cidr" {
  type    = string
  default = "10.0.0.0/16"
}

variable "prefect_api_key" {
  type      = string
  sensitive = true
}

data "aws_availability_zones" "available" {}

data "aws_caller_identity" "current" {}

locals {
  azs = slice(data.aws_availability_zones.available.names, 0, 3)
}

resource "aws_vpc" "prefect" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name_tag }
}

resource "aws_subnet" "public" {
  count                   = length(local.azs)
  vpc_id                  = aws_vpc.prefect.id
  availability_zone       = local.azs[count.index]
  cidr_block              = cidrsubnet(var.vpc_cidr, 8, count.index)
  map_public_ip_on_launch = true
  tags                    = { Name = "${var.name_tag}-public-${count.index + 1}" }
}

resource "aws_subnet" "private" {
  count             = length(local.azs)
  vpc_id            = aws_vpc.prefect.id
  availability_zone = local.azs[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 8, count.index + 10)
  tags              = { Name = "${var.name_tag}-private-${count.index + 1}" }
}

resource "aws_internet_gateway" "igw" {
  vpc_id = aws_vpc.prefect.id
  tags   = { Name = "${var.name_tag}-igw" }
}

resource "aws_eip" "nat" {
  tags = { Name = "${var.name_tag}-nat-eip" }
}

resource "aws_nat_gateway" "nat" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public[0].id
  tags          = { Name = "${var.name_tag}-nat" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.prefect.id
  tags   = { Name = "${var.name_tag}-public-rt" }
}

resource "aws_route" "public_internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.igw.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.prefect.id
  tags   = { Name = "${var.name_tag}-private-rt" }
}

resource "aws_route" "private_nat" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.nat.id
}

resource "aws_route_table_association" "public_assoc" {
  count          = length(aws_subnet.public)
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
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
  tags        = { Name = "${var.name_tag}-sg" }
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.prefect_sg.id
  description       = "Prefect Cloud and AWS"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_ingress_rule" "metrics" {
  security_group_id = aws_security_group.prefect_sg.id
  ip_protocol       = "tcp"
  from_port         = 9090
  to_port           = 9090
  cidr_ipv4         = var.vpc_cidr
}

resource "aws_cloudwatch_log_group" "prefect" {
  name              = "/ecs/${var.name_tag}/dev-worker"
  retention_in_days = 14
  tags              = { Name = "${var.name_tag}-logs" }
}

resource "aws_iam_role" "task_execution_role" {
  name = "${var.name_tag}-task-execution-role"
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
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      Resource = aws_secretsmanager_secret.prefect_api.arn
    }]
  })
}

resource "aws_s3_bucket" "results" {
  bucket = "${var.name_tag}-results-${data.aws_caller_identity.current.account_id}"
  tags   = { Name = "${var.name_tag}-results" }
}

resource "aws_s3_bucket_versioning" "results" {
  bucket = aws_s3_bucket.results.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "results" {
  bucket                  = aws_s3_bucket.results.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_iam_role_policy" "results" {
  name = "${var.name_tag}-results"
  role = aws_iam_role.task_execution_role.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${aws_s3_bucket.results.arn}/*"
    }]
  })
}

resource "aws_secretsmanager_secret" "prefect_api" {
  name = "${var.name_tag}-prefect-api"
  tags = { Name = var.name_tag }
}

resource "aws_secretsmanager_secret_version" "prefect_api_value" {
  secret_id     = aws_secretsmanager_secret.prefect_api.id
  secret_string = var.prefect_api_key
}

resource "aws_ecr_repository" "my_prefect_flow" {
  name         = "${var.name_tag}-flow"
  force_delete = true
}

resource "aws_ecs_cluster" "prefect" {
  name = "${var.name_tag}-cluster"
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
  family                   = "${var.name_tag}-worker"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = "512"
  memory                   = "1024"
  execution_role_arn       = aws_iam_role.task_execution_role.arn
  task_role_arn            = aws_iam_role.task_execution_role.arn

  container_definitions = jsonencode([{
    name      = "dev-worker"
    image     = "${aws_ecr_repository.my_prefect_flow.repository_url}:v1"
    essential = true
    environment = [{
      name  = "PREFECT_API_URL"
      value = "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466"
    }]
    secrets = [{
      name      = "PREFECT_API_KEY"
      valueFrom = aws_secretsmanager_secret.prefect_api.arn
    }]
    command = ["prefect", "worker", "start", "--pool", "my-pool"]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.prefect.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "prefect"
      }
    }
  }])
  tags = { Name = "${var.name_tag}-taskdef" }
}

resource "aws_ecs_service" "prefect_service" {
  name            = "dev-worker"
  cluster         = aws_ecs_cluster.prefect.id
  task_definition = aws_ecs_task_definition.prefect_worker.arn
  desired_count   = 1
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

output "ecs_cluster_arn" {
  value = aws_ecs_cluster.prefect.arn
}

output "results_bucket" {
  value = aws_s3_bucket.results.bucket
}
