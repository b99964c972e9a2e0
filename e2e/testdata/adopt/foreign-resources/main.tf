# The design document's deployment in a state that has grown for years: buckets,
# alarms, a scheduled scaling, a sidecar, a bastion, a table, a peering.
terraform {
  required_version = ">= 1.2.0"
}

provider "aws" {
  region = var.aws_region
}

variable "aws_region" {
  type    = string
  default = "eu-west-2"
}

variable "prefect_api_key" {
  type      = string
  sensitive = true
}

data "aws_availability_zones" "available" {}

data "aws_caller_identity" "me" {}

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = "prefect-old" }
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

resource "aws_subnet" "database" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.${count.index + 200}.0/24"
  availability_zone = data.aws_availability_zones.available.names[count.index]
  tags              = { Name = "database-${count.index + 1}" }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "prefect-old" }
}

resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = { Name = "prefect-nat" }
}

resource "aws_nat_gateway" "main" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public[0].id
  tags          = { Name = "prefect-nat" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
  tags = { Name = "prefect-public" }
}

resource "aws_vpc_peering_connection" "warehouse" {
  vpc_id      = aws_vpc.main.id
  peer_vpc_id = aws_vpc.warehouse.id
  auto_accept = true
}

resource "aws_vpc" "warehouse" {
  cidr_block = "10.99.0.0/24"
  tags       = { Name = "warehouse" }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.main.id
  }
  route {
    cidr_block                = "10.99.0.0/24"
    vpc_peering_connection_id = aws_vpc_peering_connection.warehouse.id
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

resource "aws_security_group" "bastion" {
  name        = "bastion"
  description = "SSH from the office"
  vpc_id      = aws_vpc.main.id
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["203.0.113.0/24"]
  }
  egress {
    from_port       = 5432
    to_port         = 5432
    protocol        = "tcp"
    security_groups = [aws_security_group.prefect_worker.id]
  }
}

resource "aws_instance" "bastion" {
  ami                    = "ami-0123456789abcdef0"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.public[1].id
  vpc_security_group_ids = [aws_security_group.bastion.id]
  user_data              = "#!/bin/sh\nyum install -y postgresql # \"$${PGHOST}\" comes from SSM\n"
  tags                   = { Name = "bastion" }
}

resource "aws_dynamodb_table" "watermarks" {
  name         = "prefect-old-watermarks"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "flow"
  attribute {
    name = "flow"
    type = "S"
  }
}

resource "terraform_data" "release" {
  input = { version = "2026.11" }
}

resource "aws_cloudwatch_log_group" "prefect" {
  name              = "/ecs/prefect-worker-old"
  retention_in_days = 7
  tags              = { Name = "prefect-ecs" }
}

resource "aws_iam_role" "prefect_task_execution_role" {
  name = "prefect-old-task-execution-role"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
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
  name = "prefect-api-key-old"
}

resource "aws_secretsmanager_secret_version" "prefect_api_key_version" {
  secret_id     = aws_secretsmanager_secret.prefect_api_key.id
  secret_string = var.prefect_api_key
}

resource "aws_s3_bucket" "this" {
  for_each = toset(["artifacts", "landing.zone"])
  bucket   = "prefect-old-${each.key}"
}

resource "aws_s3_bucket_policy" "artifacts" {
  bucket = aws_s3_bucket.this["artifacts"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:DeleteObject"
      Resource  = "${aws_s3_bucket.this["artifacts"].arn}/audit/*"
    }]
  })
}

resource "aws_iam_policy" "artifacts" {
  name        = "prefect-old-artifacts"
  description = "Flow runs keep their artifacts"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:*"
      Resource = [for b in aws_s3_bucket.this : "${b.arn}/$${aws:PrincipalTag/team}/*"]
    }]
  })
}

resource "aws_iam_role_policy_attachment" "artifacts" {
  role       = aws_iam_role.prefect_task_execution_role.name
  policy_arn = aws_iam_policy.artifacts.arn
}

resource "aws_sns_topic" "oncall" {
  name = "prefect-old-oncall"
}

resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name          = "prefect-old-cpu"
  alarm_description   = "The worker is busy"
  namespace           = "AWS/ECS"
  metric_name         = "CPUUtilization"
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  threshold           = 80
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    ClusterName = aws_ecs_cluster.prefect.name
    ServiceName = aws_ecs_service.prefect_worker.name
  }
  alarm_actions = [aws_sns_topic.oncall.arn]
}

resource "aws_appautoscaling_target" "worker" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.prefect.name}/${aws_ecs_service.prefect_worker.name}"
  min_capacity       = 1
  max_capacity       = 3
}

resource "aws_appautoscaling_scheduled_action" "night" {
  name               = "night"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension
  resource_id        = aws_appautoscaling_target.worker.resource_id
  schedule           = "cron(0 22 * * ? *)"
  timezone           = "Europe/London"
  scalable_target_action {
    min_capacity = 0
    max_capacity = 0
  }
}

resource "aws_ecs_cluster" "prefect" {
  name = "prefect-old"
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
}

resource "aws_ecs_task_definition" "prefect_worker" {
  family                   = "prefect-worker-old"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = "512"
  memory                   = "1024"
  execution_role_arn       = aws_iam_role.prefect_task_execution_role.arn
  task_role_arn            = aws_iam_role.prefect_task_execution_role.arn
  volume {
    name = "scratch"
  }
  container_definitions = jsonencode([
    {
      name      = "prefect-worker"
      image     = "prefecthq/prefect:2-latest"
      essential = true
      command   = ["prefect", "worker", "start", "--pool", "ecs-work-pool", "--type", "ecs"]
      environment = [
        { name = "PREFECT_API_URL", value = "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466" },
        { name = "PREFECT_WORK_POOL_NAME", value = "ecs-work-pool" },
      ]
      secrets     = [{ name = "PREFECT_API_KEY", valueFrom = aws_secretsmanager_secret.prefect_api_key.arn }]
      mountPoints = [{ sourceVolume = "scratch", containerPath = "/scratch" }]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.prefect.name
          awslogs-region        = var.aws_region
          awslogs-stream-prefix = "prefect"
        }
      }
    },
    {
      name      = "datadog-agent"
      image     = "public.ecr.aws/datadog/agent:7"
      essential = false
      environment = [
        { name = "ECS_FARGATE", value = "true" },
        { name = "DD_TAGS", value = "team:data service:\"prefect\"" },
      ]
      secrets = [{ name = "DD_API_KEY", valueFrom = "arn:aws:ssm:${var.aws_region}:${data.aws_caller_identity.me.account_id}:parameter/datadog" }]
    },
  ])
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
  lifecycle {
    ignore_changes = [desired_count]
  }
}

output "ecs_cluster_arn" {
  value = aws_ecs_cluster.prefect.arn
}

output "bastion" {
  value = aws_instance.bastion.public_ip
}
