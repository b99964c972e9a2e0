"""Says hello, and who it is to AWS: what a flow may do is its role's."""

import boto3
from prefect import flow, get_run_logger


@flow(log_prints=True)
def hello():
    print("hello from", boto3.client("sts").get_caller_identity()["Arn"])
    print("12:00:00.000 | ERROR   | of another program")
    get_run_logger().error("a flow's own error")
