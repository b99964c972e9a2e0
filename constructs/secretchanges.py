"""Has ECS replace the tasks of services, whose secret has a new value. A Lambda function.

In the environment: CLUSTER, the ARN of the services' cluster, and SERVICES, a JSON
list of their ARNs. Which event it gets does not matter: the rule that sends it
says which secret's it is.
"""

import json
import os

import boto3
from botocore.exceptions import BotoCoreError, ClientError


def handler(_event, _context):
    """A service that cannot be restarted does not keep the others from it; the invocation fails all the same."""
    ecs, problems = boto3.client("ecs"), []
    for service in json.loads(os.environ["SERVICES"]):
        try:
            ecs.update_service(cluster=os.environ["CLUSTER"], service=service, forceNewDeployment=True)
        except (BotoCoreError, ClientError) as error:
            problems.append(f"{service} keeps the secret's old value: {error}")
        else:
            print(f"secret-changes | INFO    | {service} starts new tasks", flush=True)
    if problems:
        raise RuntimeError("; ".join(problems))


if __name__ == "__main__":
    handler(None, None)
