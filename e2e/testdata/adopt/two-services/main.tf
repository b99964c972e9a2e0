# One cluster, two workers for two pools: other sizes, other roles, one secret.
terraform {
  required_version = ">= 1.2.0"
}

provider "aws" {
  region = "eu-north-1"
}

variable "prefect_api_key" {
  type      = string
  sensitive = true
}

locals {
  api_url = "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466"
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

data "aws_availability_zones" "available" {}

resource "aws_vpc" "main" {
  cidr_block           = "10.70.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "workers" }
}

resource "aws_subnet" "public" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.70.${count.index}.0/24"
  availability_zone = data.aws_availability_zones.available.names[count.index]
  tags              = { Name = "workers-public-${count.index + 1}" }
}

resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.70.${count.index + 10}.0/24"
  availability_zone = data.aws_availability_zones.available.names[count.index]
  tags              = { Name = "workers-private-${count.index + 1}" }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "workers" }
}

resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = { Name = "workers" }
}

resource "aws_nat_gateway" "main" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public[0].id
  tags          = { Name = "workers" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
  tags = { Name = "workers-public" }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.main.id
  }
  tags = { Name = "workers-private" }
}

resource "aws_route_table_association" "public" {
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  count          = 2
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_security_group" "workers" {
  name        = "workers"
  description = "Prefect workers"
  vpc_id      = aws_vpc.main.id
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
  tags = { Name = "workers" }
}

resource "aws_secretsmanager_secret" "api_key" {
  name = "workers/prefect-api-key"
}

resource "aws_secretsmanager_secret_version" "api_key" {
  secret_id     = aws_secretsmanager_secret.api_key.id
  secret_string = var.prefect_api_key
}

resource "aws_iam_role" "execution" {
  name               = "workers-execution"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "execution_secret" {
  name = "secret"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.api_key.arn }]
  })
}

resource "aws_ecs_cluster" "main" {
  name = "workers"
}

# The pool of the data engineers: starts flow runs as tasks.

resource "aws_cloudwatch_log_group" "etl" {
  name              = "/workers/etl"
  retention_in_days = 14
}

resource "aws_iam_role" "etl" {
  name               = "workers-etl"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "etl" {
  name = "run-tasks"
  role = aws_iam_role.etl.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:RunTask", "ecs:StopTask",
        "ecs:DescribeTasks", "ecs:TagResource", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "logs:GetLogEvents", "iam:PassRole",
      ]
      Resource = "*"
    }]
  })
}

resource "aws_ecs_task_definition" "etl" {
  family                   = "etl-worker"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 512
  memory                   = 1024
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.etl.arn
  container_definitions = jsonencode([{
    name        = "worker"
    image       = "prefecthq/prefect-aws:0.5.13-python3.12-prefect3.4.25"
    essential   = true
    command     = ["prefect", "worker", "start", "--pool", "etl", "--type", "ecs"]
    environment = [{ name = "PREFECT_API_URL", value = local.api_url }]
    secrets     = [{ name = "PREFECT_API_KEY", valueFrom = aws_secretsmanager_secret.api_key.arn }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.etl.name
        awslogs-region        = "eu-north-1"
        awslogs-stream-prefix = "worker"
      }
    }
  }])
}

resource "aws_ecs_service" "etl" {
  name            = "etl-worker"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.etl.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.workers.id]
  }
}

# The pool of the data scientists: runs flows in its own, larger container.

resource "aws_cloudwatch_log_group" "ml" {
  name              = "/workers/ml"
  retention_in_days = 60
}

resource "aws_iam_role" "ml" {
  name               = "workers-ml"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachment" "ml" {
  role       = aws_iam_role.ml.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
}

resource "aws_ecs_task_definition" "ml" {
  family                   = "ml-worker"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 4096
  memory                   = 16384
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.ml.arn
  container_definitions = jsonencode([{
    name      = "worker"
    image     = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/ml:2026-10"
    essential = true
    command   = ["prefect", "worker", "start", "--pool", "ml", "--type", "process", "--limit", "4"]
    environment = [
      { name = "MODEL_CACHE", value = "/tmp/models" },
      { name = "PREFECT_API_URL", value = local.api_url },
    ]
    secrets = [{ name = "PREFECT_API_KEY", valueFrom = aws_secretsmanager_secret.api_key.arn }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.ml.name
        awslogs-region        = "eu-north-1"
        awslogs-stream-prefix = "worker"
      }
    }
  }])
}

resource "aws_ecs_service" "ml" {
  name            = "ml-worker"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.ml.arn
  desired_count   = 0
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.workers.id]
  }
}
