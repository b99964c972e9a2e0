# The design deployment as a team has it today, written from the documents.
terraform {
  required_version = ">= 1.2.0"
}

provider "aws" {
  region = var.aws_region
}

variable "aws_region" {
  type    = string
  default = "us-east-1"
}
variable "prefect_api_key" {
  type      = string
  sensitive = true
}
variable "prefect_api_url" {
  type = string
}
variable "prefect_account_id" {
  type    = string
  default = ""
}
variable "prefect_workspace_id" {
  type    = string
  default = ""
}

data "aws_availability_zones" "available" {
  state = "available"
}

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "prefect-ecs" }
}

resource "aws_subnet" "public" {
  count                   = 3
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.0.${count.index + 1}.0/24"
  availability_zone       = data.aws_availability_zones.available.names[count.index]
  map_public_ip_on_launch = true
  tags                    = { Name = "prefect-public-${count.index + 1}" }
}

resource "aws_subnet" "private" {
  count             = 3
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.${count.index + 4}.0/24"
  availability_zone = data.aws_availability_zones.available.names[count.index]
  tags              = { Name = "prefect-private-${count.index + 1}" }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "prefect-ecs" }
}

resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = { Name = "prefect-nat" }
}

resource "aws_nat_gateway" "main" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public[0].id
  tags          = { Name = "prefect-nat" }
  depends_on    = [aws_internet_gateway.main]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
  tags = { Name = "prefect-public" }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.main.id
  }
  tags = { Name = "prefect-private" }
}

resource "aws_route_table_association" "public" {
  count          = 3
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  count          = 3
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_security_group" "prefect_worker" {
  vpc_id = aws_vpc.main.id
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
  tags = { Name = "prefect-worker-sg" }
}

resource "aws_cloudwatch_log_group" "prefect" {
  name              = "/ecs/prefect-worker"
  retention_in_days = 7
  tags              = { Name = "prefect-ecs" }
}

resource "aws_iam_role" "prefect_task_execution_role" {
  name = "prefect-task-execution-role"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Action    = "sts:AssumeRole"
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
  tags = { Name = "prefect-ecs" }
}

resource "aws_iam_role_policy_attachment" "ecs_task_execution_policy" {
  role       = aws_iam_role.prefect_task_execution_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "secrets_access" {
  name = "SecretsAccessPolicy"
  role = aws_iam_role.prefect_task_execution_role.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      Resource = [aws_secretsmanager_secret.prefect_api_key.arn]
    }]
  })
}

resource "aws_secretsmanager_secret" "prefect_api_key" {
  name = "prefect-api-key-new-2"
}

resource "aws_secretsmanager_secret_version" "prefect_api_key_version" {
  secret_id     = aws_secretsmanager_secret.prefect_api_key.id
  secret_string = var.prefect_api_key
}

resource "aws_ecs_cluster" "prefect" {
  name = "prefect-cluster"
  tags = { Name = "prefect-ecs" }
}

resource "aws_service_discovery_private_dns_namespace" "prefect" {
  name        = "prefect.local"
  description = "Private DNS namespace for Prefect ECS"
  vpc         = aws_vpc.main.id
}

resource "aws_service_discovery_service" "prefect" {
  name = "default"
  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.prefect.id
    dns_records {
      ttl  = 10
      type = "A"
    }
  }
  health_check_custom_config {
    failure_threshold = 1
  }
}

resource "aws_ecs_task_definition" "prefect_worker" {
  family                   = "prefect-worker"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = "256"
  memory                   = "512"
  execution_role_arn       = aws_iam_role.prefect_task_execution_role.arn
  container_definitions = jsonencode([{
    name    = "prefect-worker"
    image   = "prefecthq/prefect:2-latest"
    command = ["prefect", "worker", "start", "--pool", "ecs-work-pool", "--type", "ecs"]
    environment = [
      { name = "PREFECT_API_URL", value = var.prefect_api_url },
      { name = "PREFECT_WORK_POOL_NAME", value = "ecs-work-pool" },
    ]
    secrets = [{
      name      = "PREFECT_API_KEY"
      valueFrom = aws_secretsmanager_secret.prefect_api_key.arn
    }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.prefect.name
        "awslogs-region"        = var.aws_region
        "awslogs-stream-prefix" = "prefect"
      }
    }
  }])
  tags = { Name = "prefect-ecs" }
}

resource "aws_ecs_service" "prefect_worker" {
  name            = "dev-worker"
  cluster         = aws_ecs_cluster.prefect.id
  task_definition = aws_ecs_task_definition.prefect_worker.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.prefect_worker.id]
  }
  service_registries {
    registry_arn = aws_service_discovery_service.prefect.arn
  }
  tags = { Name = "prefect-ecs" }
}

output "ecs_cluster_arn" {
  value = aws_ecs_cluster.prefect.arn
}
