variable "name" { type = string }
variable "prefect_account_id" { type = string }
variable "prefect_workspace_id" { type = string }
variable "worker_work_pool_name" { type = string }
variable "vpc_id" { type = string }
variable "worker_subnets" { type = list(string) }

variable "prefect_api_key" {
  type      = string
  sensitive = true
}

variable "worker_task_role_arn" {
  type    = string
  default = null
}

data "aws_region" "current" {}

locals {
  worker = "prefect-worker-${var.name}"
  policy = { for policy, statement in {
    api_key    = { Effect = "Allow", Action = ["kms:Decrypt", "secretsmanager:GetSecretValue", "ssm:GetParameters"], Resource = [aws_secretsmanager_secret.prefect_api_key.arn] }
    log_group  = { Effect = "Allow", Action = ["logs:CreateLogGroup"], Resource = "*" }
    flow_runs  = { Effect = "Allow", Action = local.flow_run_actions, Resource = "*" }
    assumption = { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }
  } : policy => jsonencode({ Version = "2012-10-17", Statement = [statement] }) }
  flow_run_actions = concat(
    [for action in ["DescribeSubnets", "DescribeVpcs"] : "ec2:${action}"],
    [for action in ["BatchCheckLayerAvailability", "BatchGetImage", "GetAuthorizationToken", "GetDownloadUrlForLayer"] : "ecr:${action}"],
    [for action in ["DeregisterTaskDefinition", "DescribeTaskDefinition", "DescribeTasks", "RegisterTaskDefinition", "RunTask", "StopTask", "TagResource"] : "ecs:${action}"],
    ["iam:PassRole"],
    [for action in ["CreateLogGroup", "CreateLogStream", "GetLogEvents", "PutLogEvents"] : "logs:${action}"],
  )
}

resource "aws_ecs_cluster" "prefect_worker_cluster" {
  name = local.worker
}

resource "aws_ecs_cluster_capacity_providers" "prefect_worker_cluster_capacity_providers" {
  cluster_name       = aws_ecs_cluster.prefect_worker_cluster.name
  capacity_providers = ["FARGATE"]
}

resource "aws_secretsmanager_secret" "prefect_api_key" {
  name                    = "prefect-api-key-${var.name}"
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "prefect_api_key_version" {
  secret_id     = aws_secretsmanager_secret.prefect_api_key.id
  secret_string = var.prefect_api_key
}

resource "aws_cloudwatch_log_group" "prefect_worker_log_group" {
  name              = "prefect-worker-log-group-${var.name}"
  retention_in_days = 30
}

resource "aws_iam_role" "prefect_worker_execution_role" {
  name               = "prefect-worker-execution-role-${var.name}"
  assume_role_policy = local.policy.assumption
}

resource "aws_iam_role_policy_attachment" "prefect_worker_ecs_policy" {
  role       = aws_iam_role.prefect_worker_execution_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "ssm_allow_read_prefect_api_key" {
  name   = "ssm-allow-read-prefect-api-key-${var.name}"
  role   = aws_iam_role.prefect_worker_execution_role.id
  policy = local.policy.api_key
}

resource "aws_iam_role_policy" "allow_create_log_group" {
  name   = "logs-allow-create-log-group-${var.name}"
  role   = aws_iam_role.prefect_worker_execution_role.id
  policy = local.policy.log_group
}

resource "aws_iam_role" "prefect_worker_task_role" {
  count              = var.worker_task_role_arn == null ? 1 : 0
  name               = "prefect-worker-task-role-${var.name}"
  assume_role_policy = local.policy.assumption
}

resource "aws_iam_role_policy" "prefect_worker_allow_ecs_task" {
  count  = var.worker_task_role_arn == null ? 1 : 0
  name   = "prefect-worker-allow-ecs-task-${var.name}"
  role   = aws_iam_role.prefect_worker_task_role[0].id
  policy = local.policy.flow_runs
}

resource "aws_security_group" "prefect_worker" {
  name        = "prefect-worker-sg-${var.name}"
  description = "ECS Prefect worker"
  vpc_id      = var.vpc_id
}

resource "aws_security_group_rule" "network_outbound" {
  description       = "Security group rule for Prefect Server running in Fargate."
  type              = "egress"
  security_group_id = aws_security_group.prefect_worker.id
  protocol          = "all"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_ecs_task_definition" "prefect_worker_task_definition" {
  family                   = local.worker
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = 2048
  execution_role_arn       = aws_iam_role.prefect_worker_execution_role.arn
  task_role_arn            = coalesce(var.worker_task_role_arn, one(aws_iam_role.prefect_worker_task_role[*].arn))

  container_definitions = jsonencode([{
    name    = local.worker
    image   = "prefecthq/prefect:3-python3.11"
    command = ["prefect", "worker", "start", "-p", var.worker_work_pool_name, "--type", "ecs"]
    cpu     = 1024
    memory  = 2048
    environment = [for name, value in {
      PREFECT_API_URL    = "https://api.prefect.cloud/api/accounts/${var.prefect_account_id}/workspaces/${var.prefect_workspace_id}"
      EXTRA_PIP_PACKAGES = "prefect-aws s3fs"
    } : { name = name, value = value }]
    secrets = [{ name = "PREFECT_API_KEY", valueFrom = aws_secretsmanager_secret.prefect_api_key.arn }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.prefect_worker_log_group.name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = local.worker
      }
    }
  }])
}

resource "aws_ecs_service" "prefect_worker_service" {
  name            = local.worker
  cluster         = aws_ecs_cluster.prefect_worker_cluster.id
  task_definition = aws_ecs_task_definition.prefect_worker_task_definition.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  network_configuration {
    subnets          = var.worker_subnets
    security_groups  = [aws_security_group.prefect_worker.id]
    assign_public_ip = false
  }
}

output "prefect_worker_security_group" {
  value = aws_security_group.prefect_worker.id
}
