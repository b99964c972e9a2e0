# The cheapest there is: public subnets, a public address, Spot, no NAT gateway,
# no private subnets, the key in Parameter Store.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.30, < 7.0"
    }
  }
}

provider "aws" {
  region = "us-west-2"
}

variable "prefect_api_key" {
  type      = string
  sensitive = true
}

data "aws_availability_zones" "available" {}

resource "aws_vpc" "prefect" {
  cidr_block           = "192.168.0.0/20"
  enable_dns_hostnames = true
  tags                 = { Name = "hobby-prefect" }
}

resource "aws_internet_gateway" "igw" {
  vpc_id = aws_vpc.prefect.id
  tags   = { Name = "hobby-prefect" }
}

resource "aws_subnet" "public" {
  count                   = 2
  vpc_id                  = aws_vpc.prefect.id
  cidr_block              = cidrsubnet("192.168.0.0/20", 4, count.index)
  availability_zone       = data.aws_availability_zones.available.names[count.index]
  map_public_ip_on_launch = true
  tags                    = { Name = "hobby-prefect-${count.index}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.prefect.id
  tags   = { Name = "hobby-prefect" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.igw.id
}

resource "aws_route_table_association" "public" {
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_security_group" "prefect" {
  name   = "hobby-prefect"
  vpc_id = aws_vpc.prefect.id
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_ssm_parameter" "api_key" {
  name  = "/hobby/prefect-api-key"
  type  = "SecureString"
  value = var.prefect_api_key
}

resource "aws_cloudwatch_log_group" "prefect" {
  name              = "hobby-prefect"
  retention_in_days = 3
}

resource "aws_iam_role" "prefect" {
  name = "hobby-prefect"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "prefect" {
  for_each = toset([
    "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
  ])
  role       = aws_iam_role.prefect.name
  policy_arn = each.key
}

resource "aws_iam_role_policy" "api_key" {
  name = "api-key"
  role = aws_iam_role.prefect.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "ssm:GetParameters", Resource = aws_ssm_parameter.api_key.arn }]
  })
}

resource "aws_ecs_cluster" "prefect" {
  name = "hobby"
}

resource "aws_ecs_cluster_capacity_providers" "prefect" {
  cluster_name       = aws_ecs_cluster.prefect.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_ecs_task_definition" "prefect" {
  family                   = "hobby-prefect"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  execution_role_arn       = aws_iam_role.prefect.arn
  task_role_arn            = aws_iam_role.prefect.arn
  container_definitions = jsonencode([{
    name      = "prefect"
    image     = "prefecthq/prefect:3-latest"
    essential = true
    command   = ["prefect", "worker", "start", "--pool", "hobby", "--type", "process", "--limit", "2"]
    environment = [
      { name = "PREFECT_API_URL", value = "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466" },
    ]
    secrets = [{ name = "PREFECT_API_KEY", valueFrom = aws_ssm_parameter.api_key.arn }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.prefect.name
        awslogs-region        = "us-west-2"
        awslogs-stream-prefix = "p"
      }
    }
  }])
}

resource "aws_ecs_service" "prefect" {
  name            = "prefect"
  cluster         = aws_ecs_cluster.prefect.id
  task_definition = aws_ecs_task_definition.prefect.arn
  desired_count   = 1

  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = 1
  }

  network_configuration {
    subnets          = aws_subnet.public[*].id
    security_groups  = [aws_security_group.prefect.id]
    assign_public_ip = true
  }

  depends_on = [aws_ecs_cluster_capacity_providers.prefect]
}
