# The account's default VPC, and a secret that the security team keeps, as JSON
# with one key for each environment.
terraform {
  required_version = ">= 1.0"
}

provider "aws" {
  region = "ap-southeast-2"
}

variable "secret_name" {
  type    = string
  default = "shared/prefect"
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

data "aws_secretsmanager_secret" "prefect" {
  name = var.secret_name
}

resource "aws_security_group" "prefect" {
  name        = "prefect-agent"
  description = "Managed by Terraform"
  vpc_id      = data.aws_vpc.default.id
}

resource "aws_security_group_rule" "out" {
  type              = "egress"
  security_group_id = aws_security_group.prefect.id
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_cloudwatch_log_group" "prefect" {
  name              = "/prefect/agent"
  retention_in_days = 365
}

resource "aws_iam_role" "execution" {
  name = "prefect-agent-execution"
  assume_role_policy = jsonencode({
    Version = "2008-10-17"
    Statement = [{
      Sid       = "AllowTasks"
      Effect    = "Allow"
      Principal = { Service = ["ecs-tasks.amazonaws.com"] }
      Action    = ["sts:AssumeRole"]
    }]
  })
  permissions_boundary = null
  max_session_duration = 7200
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "secret" {
  role = aws_iam_role.execution.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = data.aws_secretsmanager_secret.prefect.arn },
      { Effect = "Allow", Action = "kms:Decrypt", Resource = "*", Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.ap-southeast-2.amazonaws.com" } } },
    ]
  })
}

resource "aws_ecs_cluster" "prefect" {
  name = "prefect-agents"
}

resource "aws_ecs_task_definition" "agent" {
  family                   = "prefect-agent"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 2048
  memory                   = 8192
  execution_role_arn       = aws_iam_role.execution.arn
  ephemeral_storage {
    size_in_gib = 50
  }
  container_definitions = jsonencode([{
    name        = "agent"
    image       = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/agent:1.4.0"
    essential   = true
    command     = ["prefect", "worker", "start", "--pool=batch", "--type=process", "--name=agent-1"]
    environment = [{ name = "PREFECT_API_URL", value = "http://prefect.internal:4200/api" }]
    secrets     = [{ name = "PREFECT_API_KEY", valueFrom = "${data.aws_secretsmanager_secret.prefect.arn}:batch::" }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.prefect.name
        awslogs-region        = "ap-southeast-2"
        awslogs-stream-prefix = "agent"
        mode                  = "non-blocking"
        max-buffer-size       = "25m"
      }
    }
  }])
}

resource "aws_ecs_service" "agent" {
  name             = "agent"
  cluster          = aws_ecs_cluster.prefect.name
  task_definition  = "${aws_ecs_task_definition.agent.family}:${aws_ecs_task_definition.agent.revision}"
  desired_count    = 1
  launch_type      = "FARGATE"
  platform_version = "1.4.0"
  network_configuration {
    subnets          = data.aws_subnets.default.ids
    security_groups  = [aws_security_group.prefect.id]
    assign_public_ip = true
  }
}
