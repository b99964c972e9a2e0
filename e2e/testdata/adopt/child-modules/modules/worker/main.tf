variable "name" { type = string }
variable "work_pool" { type = string }
variable "cpu" { type = number }
variable "memory" { type = number }
variable "region" { type = string }
variable "vpc_id" { type = string }
variable "subnet_ids" { type = list(string) }

variable "api_key" {
  type      = string
  sensitive = true
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "ApiKey"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.this.arn]
  }
}

data "aws_iam_policy_document" "task" {
  statement {
    sid       = "Run"
    actions   = ["ecs:*TaskDefinition", "ecs:RunTask", "ecs:StopTask", "ecs:DescribeTasks", "ecs:TagResource", "ec2:Describe*"]
    resources = ["*"]
  }
  statement {
    sid       = "Pass"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.this["execution"].arn]
  }
}

locals {
  policies = {
    execution = data.aws_iam_policy_document.execution.json
    task      = data.aws_iam_policy_document.task.json
  }
}

resource "aws_iam_role" "this" {
  for_each           = toset(["execution", "task"])
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_policy" "this" {
  for_each = toset(["execution", "task"])
  name     = "${var.name}-${each.key}"
  policy   = local.policies[each.key]
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = toset(["execution", "task"])
  role       = aws_iam_role.this[each.key].name
  policy_arn = aws_iam_policy.this[each.key].arn
}

resource "aws_iam_role_policy_attachment" "managed" {
  role       = aws_iam_role.this["execution"].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_secretsmanager_secret" "this" {
  name = "${var.name}-api-key"
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id     = aws_secretsmanager_secret.this.id
  secret_string = var.api_key
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/ecs/${var.name}/${var.work_pool}"
  retention_in_days = 30
}

resource "aws_security_group" "this" {
  name        = "${var.name}-${var.work_pool}"
  description = "Prefect worker"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-${var.work_pool}" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each          = { https = 443, postgres = 5432 }
  security_group_id = aws_security_group.this.id
  description       = each.key
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_ecs_cluster" "this" {
  name = var.name
  setting {
    name  = "containerInsights"
    value = "enhanced"
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = "${var.name}-${var.work_pool}"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.this["execution"].arn
  task_role_arn            = aws_iam_role.this["task"].arn
  skip_destroy             = true
  container_definitions = jsonencode([{
    name      = "prefect"
    image     = "prefecthq/prefect-aws:0.5.13-python3.12-prefect3.4.25"
    essential = true
    command   = ["prefect", "worker", "start", "--pool", var.work_pool, "--type", "ecs", "--with-healthcheck"]
    environment = [
      { name = "PREFECT_API_URL", value = "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466" },
    ]
    secrets = [{ name = "PREFECT_API_KEY", valueFrom = aws_secretsmanager_secret.this.arn }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = var.region
        awslogs-stream-prefix = var.work_pool
      }
    }
  }])
}

resource "aws_ecs_service" "this" {
  name                               = "${var.name}-${var.work_pool}"
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = 1
  launch_type                        = "FARGATE"
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  deployment_minimum_healthy_percent = 66
  deployment_maximum_percent         = 200
  network_configuration {
    subnets         = var.subnet_ids
    security_groups = [aws_security_group.this.id]
  }
}
