# Two zones, ranges from the network team's plan, subnets of different sizes,
# no tags on most of it.
terraform {
  required_version = ">= 1.5"
}

provider "aws" {
  region = "eu-central-1"
}

variable "zones" {
  default = ["eu-central-1a", "eu-central-1b"]
}

variable "public_cidrs" {
  default = ["10.20.0.0/26", "10.20.0.64/26"]
}

variable "private_cidrs" {
  default = ["10.20.2.0/23", "10.20.4.0/23"]
}

variable "prefect_api_key" {
  sensitive = true
}

locals {
  name = "flows"
}

resource "aws_vpc" "flows" {
  cidr_block           = "10.20.0.0/21"
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = {
    Name       = local.name
    CostCenter = "4711"
  }
}

resource "aws_internet_gateway" "flows" {
  vpc_id = aws_vpc.flows.id
}

resource "aws_subnet" "public" {
  count = length(var.zones)

  vpc_id            = aws_vpc.flows.id
  availability_zone = var.zones[count.index]
  cidr_block        = var.public_cidrs[count.index]

  tags = { Name = "${local.name}-public-${count.index}" }
}

resource "aws_subnet" "private" {
  count = length(var.zones)

  vpc_id            = aws_vpc.flows.id
  availability_zone = var.zones[count.index]
  cidr_block        = var.private_cidrs[count.index]

  tags = { Name = "${local.name}-private-${count.index}" }
}

resource "aws_eip" "nat" {
  domain = "vpc"
}

resource "aws_nat_gateway" "flows" {
  allocation_id = aws_eip.nat.allocation_id
  subnet_id     = aws_subnet.public[0].id
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.flows.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.flows.id
  }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.flows.id

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.flows.id
  }
}

resource "aws_route_table_association" "public" {
  count          = length(var.zones)
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  count          = length(var.zones)
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_security_group" "worker" {
  name_prefix = "${local.name}-worker-"
  vpc_id      = aws_vpc.flows.id

  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "worker" {
  name = "/ecs/${local.name}"
}

resource "aws_iam_role" "worker" {
  name_prefix = "${local.name}-worker-"
  path        = "/ecs/"

  assume_role_policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "",
          "Effect": "Allow",
          "Principal": { "Service": "ecs-tasks.amazonaws.com" },
          "Action": "sts:AssumeRole"
        }
      ]
    }
  JSON
}

resource "aws_iam_role_policy_attachment" "worker" {
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_policy" "secret" {
  name_prefix = "${local.name}-secret-"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = aws_secretsmanager_secret.key.arn
    }]
  })
}

resource "aws_iam_role_policy_attachment" "secret" {
  role       = aws_iam_role.worker.name
  policy_arn = aws_iam_policy.secret.arn
}

resource "aws_secretsmanager_secret" "key" {
  name_prefix = "${local.name}-key-"
}

resource "aws_secretsmanager_secret_version" "key" {
  secret_id     = aws_secretsmanager_secret.key.id
  secret_string = var.prefect_api_key
}

resource "aws_ecs_cluster" "flows" {
  name = local.name
}

resource "aws_ecs_task_definition" "worker" {
  family                   = "${local.name}-worker"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 1024
  execution_role_arn       = aws_iam_role.worker.arn

  container_definitions = <<-JSON
    [
      {
        "name": "${local.name}",
        "image": "prefecthq/prefect:3.1-python3.11",
        "command": ["prefect", "worker", "start", "-p", "two zones"],
        "cpu": 0,
        "essential": true,
        "environment": [
          {"name": "PREFECT_API_URL", "value": "https://prefect.example.org/api"},
          {"name": "TZ", "value": "Europe/Berlin"}
        ],
        "secrets": [{"name": "PREFECT_API_KEY", "valueFrom": "${aws_secretsmanager_secret.key.arn}"}],
        "mountPoints": [],
        "portMappings": [],
        "volumesFrom": [],
        "systemControls": [],
        "logConfiguration": {
          "logDriver": "awslogs",
          "options": {
            "awslogs-group": "${aws_cloudwatch_log_group.worker.name}",
            "awslogs-region": "eu-central-1",
            "awslogs-stream-prefix": "ecs"
          }
        }
      }
    ]
  JSON
}

resource "aws_ecs_service" "worker" {
  name            = local.name
  cluster         = aws_ecs_cluster.flows.id
  task_definition = aws_ecs_task_definition.worker.arn
  desired_count   = 1
  launch_type     = "FARGATE"

  network_configuration {
    subnets          = aws_subnet.private.*.id
    security_groups  = [aws_security_group.worker.id]
    assign_public_ip = false
  }

  lifecycle {
    ignore_changes = [desired_count]
  }
}
