# Two modules of a team's own, subnets by zone instead of by number, in the way
# of terraform-aws-modules: this[0], names with dashes, the VPC's default
# security group and route table taken over.
terraform {
  required_version = ">= 1.6"
}

provider "aws" {
  region = local.region
  default_tags {
    tags = { Repository = "github.com/acme/infra" }
  }
}

locals {
  name   = "acme-flows"
  region = "ca-central-1"
}

variable "prefect_api_key" {
  type      = string
  sensitive = true
}

module "vpc" {
  source = "./modules/network"

  name = local.name
  cidr = "10.8.0.0/16"
  zones = {
    ca-central-1a = { public = "10.8.0.0/24", private = "10.8.16.0/20" }
    ca-central-1b = { public = "10.8.1.0/24", private = "10.8.32.0/20" }
  }
}

module "worker" {
  source   = "./modules/worker"
  for_each = { "default-pool" = { cpu = 512, memory = 2048 } }

  name       = local.name
  work_pool  = each.key
  cpu        = each.value.cpu
  memory     = each.value.memory
  region     = local.region
  vpc_id     = module.vpc.id
  subnet_ids = module.vpc.private_subnet_ids
  api_key    = var.prefect_api_key
}
