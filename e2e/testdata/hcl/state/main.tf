# A bucket and a table as dev's backend names them, and nothing more: the stack
# state-backend itself waits half a minute for its lifecycle rules, which is
# enough for one test.
provider "aws" {
  region = "us-east-1"
}

resource "aws_s3_bucket" "state" {
  bucket        = "prefect-assessment-yasir-bucket"
  force_destroy = true
}

resource "aws_dynamodb_table" "lock" {
  name         = "terraform-lock"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "LockID"
  attribute {
    name = "LockID"
    type = "S"
  }
}
