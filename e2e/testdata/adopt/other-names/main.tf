# A team's own names everywhere, default tags, policies as data sources, the
# worker's role apart from the execution role.
terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region = var.aws_region
  default_tags {
    tags = {
      Team      = "data-platform"
      ManagedBy = "Terraform"
    }
  }
}

variable "aws_region" {
  type    = string
  default = "eu-west-1"
}

variable "prefix" {
  type    = string
  default = "dp-orchestration"
}

variable "prefect_api_key" {
  type      = string
  sensitive = true
}

data "aws_availability_zones" "this" {
  state = "available"
}

data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block           = "172.31.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = var.prefix }
}

resource "aws_subnet" "pub" {
  count             = 3
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 4, count.index)
  availability_zone = data.aws_availability_zones.this.names[count.index]
  tags              = { Name = "${var.prefix}-public-${data.aws_availability_zones.this.names[count.index]}" }
}

resource "aws_subnet" "priv" {
  count             = 3
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 4, count.index + 3)
  availability_zone = data.aws_availability_zones.this.names[count.index]
  tags              = { Name = "${var.prefix}-private-${data.aws_availability_zones.this.names[count.index]}" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.prefix }
}

resource "aws_eip" "nat_gw" {
  domain = "vpc"
  tags   = { Name = "${var.prefix}-nat" }

  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  allocation_id = aws_eip.nat_gw.id
  subnet_id     = aws_subnet.pub[0].id
  tags          = { Name = var.prefix }
}

resource "aws_route_table" "pub" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }

  tags = { Name = "${var.prefix}-public" }
}

resource "aws_route_table" "priv" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.this.id
  }

  tags = { Name = "${var.prefix}-private" }
}

resource "aws_route_table_association" "pub" {
  count          = 3
  subnet_id      = aws_subnet.pub[count.index].id
  route_table_id = aws_route_table.pub.id
}

resource "aws_route_table_association" "priv" {
  count          = 3
  subnet_id      = aws_subnet.priv[count.index].id
  route_table_id = aws_route_table.priv.id
}

resource "aws_security_group" "worker" {
  name        = "${var.prefix}-worker"
  description = "Prefect worker, outbound only"
  vpc_id      = aws_vpc.this.id

  egress {
    description = "HTTPS"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_cloudwatch_log_group" "worker" {
  name              = "/${var.prefix}/prefect-worker"
  retention_in_days = 30
}

data "aws_iam_policy_document" "assume_ecs_tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "exec" {
  name               = "${var.prefix}-exec"
  description        = "Starts the Prefect worker"
  assume_role_policy = data.aws_iam_policy_document.assume_ecs_tasks.json
}

resource "aws_iam_role_policy_attachment" "exec" {
  role       = aws_iam_role.exec.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

data "aws_iam_policy_document" "exec_secret" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.api_key.arn]
  }
}

resource "aws_iam_role_policy" "exec_secret" {
  name   = "read-api-key"
  role   = aws_iam_role.exec.id
  policy = data.aws_iam_policy_document.exec_secret.json
}

resource "aws_iam_role" "task" {
  name               = "${var.prefix}-task"
  assume_role_policy = data.aws_iam_policy_document.assume_ecs_tasks.json
}

resource "aws_iam_role_policy" "task" {
  name = "run-flows"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "RunFlows"
        Effect = "Allow"
        Action = [
          "ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition",
          "ecs:RunTask", "ecs:StopTask", "ecs:DescribeTasks", "ecs:TagResource",
          "ec2:DescribeSubnets", "ec2:DescribeVpcs", "logs:GetLogEvents",
        ]
        Resource = "*"
      },
      {
        Sid      = "PassRoles"
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = [aws_iam_role.exec.arn, aws_iam_role.task.arn]
      },
    ]
  })
}

resource "aws_secretsmanager_secret" "api_key" {
  name                    = "${var.prefix}/prefect-api-key"
  description             = "Prefect Cloud API key of the worker"
  recovery_window_in_days = 7
}

resource "aws_secretsmanager_secret_version" "api_key" {
  secret_id     = aws_secretsmanager_secret.api_key.id
  secret_string = var.prefect_api_key
}

resource "aws_ecs_cluster" "this" {
  name = var.prefix

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "worker" {
  family                   = "${var.prefix}-worker"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = 2048
  execution_role_arn       = aws_iam_role.exec.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "ARM64"
  }

  container_definitions = jsonencode([
    {
      name      = "worker"
      image     = "prefecthq/prefect-aws:0.5.13-python3.12-prefect3.4.25"
      essential = true
      command   = ["prefect", "worker", "start", "--type", "ecs", "--pool", "ecs-arm", "--with-healthcheck"]
      environment = [
        { name = "PREFECT_API_URL", value = "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466" },
        { name = "PREFECT_LOGGING_LEVEL", value = "DEBUG" },
      ]
      secrets = [
        { name = "PREFECT_API_KEY", valueFrom = aws_secretsmanager_secret.api_key.arn },
      ]
      healthCheck = {
        command     = ["CMD-SHELL", "python -c \"import urllib.request as u; u.urlopen('http://localhost:8080/health', timeout=1)\""]
        interval    = 30
        timeout     = 5
        retries     = 3
        startPeriod = 60
      }
      stopTimeout = 120
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = aws_cloudwatch_log_group.worker.name
          "awslogs-region"        = data.aws_region.this.region
          "awslogs-stream-prefix" = "worker"
        }
      }
    }
  ])
}

resource "aws_ecs_service" "worker" {
  name                               = "prefect-worker"
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.worker.arn
  desired_count                      = 2
  launch_type                        = "FARGATE"
  enable_execute_command             = true
  propagate_tags                     = "SERVICE"
  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets         = aws_subnet.priv[*].id
    security_groups = [aws_security_group.worker.id]
  }
}

output "cluster" {
  value = aws_ecs_cluster.this.name
}

output "log_group" {
  value = aws_cloudwatch_log_group.worker.name
}
