"""What the demo asks of the local AWS, with the emulator in the environment.

Usage: aws.py log CLUSTER RUN | aws.py troubles CLUSTER | aws.py role CLUSTER SERVICE
"""

import fnmatch
import sys
import time

import boto3

# What a worker of type ecs does with its role.
NEEDED = [
    "ecs:RegisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:RunTask", "ecs:DescribeTasks", "ecs:StopTask", "ecs:TagResource",
    "iam:PassRole", "ec2:DescribeVpcs", "ec2:DescribeSubnets", "logs:GetLogEvents",
]  # fmt: skip

ecs = boto3.client("ecs")


def tasks(cluster):
    """Each task once: one that stops between the two lists is in both."""
    arns = [arn for status in ("RUNNING", "STOPPED") for arn in ecs.list_tasks(cluster=cluster, desiredStatus=status)["taskArns"]]
    for arn in dict.fromkeys(arns):
        yield ecs.describe_tasks(cluster=cluster, tasks=[arn], include=["TAGS"])["tasks"][0]


def log(cluster, run):
    """Prints a flow run's log stream, once its task has stopped."""
    [task] = [t for t in tasks(cluster) if {"key": "prefect.io/flow-run-id", "value": run} in t.get("tags", [])]
    while task["lastStatus"] != "STOPPED":
        time.sleep(0.1)
        task = ecs.describe_tasks(cluster=cluster, tasks=[task["taskArn"]])["tasks"][0]
    definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]["containerDefinitions"][0]
    options = definition["logConfiguration"]["options"]
    group, stream = options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{definition['name']}/{task['taskArn'].split('/')[-1]}"
    print(f"log group {group}, stream {stream}:")
    for event in boto3.client("logs").get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]:
        print(" ", event["message"])
    print(f"task {task['taskArn'].split('/')[-1]}: exit code {task['containers'][0]['exitCode']}, {task['stoppedReason']}")


def troubles(cluster):
    """Prints why tasks have stopped."""
    for task in tasks(cluster):
        codes = {c["name"]: c.get("exitCode") for c in task["containers"]}
        print(task["group"], task["lastStatus"], task.get("stopCode", ""), task.get("stoppedReason", ""), codes)


def role(cluster, service):
    """Prints what the role of a service's tasks allows, and what a worker of type ecs would need besides."""
    iam = boto3.client("iam")
    definition = ecs.describe_services(cluster=cluster, services=[service])["services"][0]["taskDefinition"]
    name = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]["taskRoleArn"].split("/")[-1]
    documents = {}
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        documents[policy] = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)
        documents[policy["PolicyName"]] = found["PolicyVersion"]["Document"]
    patterns = []
    for policy, document in sorted(documents.items()):
        for statement in document["Statement"]:
            actions, resources = ([v] if isinstance(v, str) else v for v in (statement["Action"], statement["Resource"]))
            patterns += actions
            print(f"{name}: {policy}: {statement['Effect']} {', '.join(actions)} on {', '.join(resources)}")
    missing = [a for a in NEEDED if not any(fnmatch.fnmatchcase(a.lower(), p.lower()) for p in patterns)]
    print(f"{name}: what a worker that starts flow runs as tasks needs and this role does not allow: {', '.join(missing) or 'nothing'}")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
