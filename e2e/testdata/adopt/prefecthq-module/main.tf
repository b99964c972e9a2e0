# PrefectHQ's module in the account's default VPC. The module itself has no
# licence, so that ./ecs-worker is ours, with its inputs, addresses and names
# (https://registry.terraform.io/modules/PrefectHQ/ecs-worker/prefect/0.0.3).
terraform {
  required_version = ">= 1.5.0"
}

provider "aws" {
  region = "us-west-1"
}

variable "prefect_api_key" {
  type      = string
  sensitive = true
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

module "prefect_ecs_worker" {
  source = "./ecs-worker"

  name                  = "analytics"
  prefect_account_id    = "9b649228-0419-40e1-9e0d-44954b5c0ab6"
  prefect_workspace_id  = "96bd3cf8-85c9-4545-9713-b4e3c3e03466"
  prefect_api_key       = var.prefect_api_key
  worker_work_pool_name = "analytics-ecs"
  vpc_id                = data.aws_vpc.default.id
  worker_subnets        = data.aws_subnets.default.ids
}

output "security_group" {
  value = module.prefect_ecs_worker.prefect_worker_security_group
}
