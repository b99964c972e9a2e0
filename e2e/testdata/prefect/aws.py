"""What the AWS knows of a stack's workers and flow runs.

Usage: aws.py events CLUSTER QUEUE | aws.py start CLUSTER | aws.py runs CLUSTER | aws.py stop CLUSTER SERVICE
       aws.py lines GROUP | aws.py extend CLUSTER SERVICE QUEUE | aws.py beyond
"""

import fnmatch
import json
import os
import sys
import time
import urllib.request

import boto3

ecs, iam, logs = boto3.client("ecs"), boto3.client("iam"), boto3.client("logs")


def events(cluster, queue):
    """Prints whose events reach the queue: one of the cluster, or one of another."""
    client, sqs = boto3.client("events"), boto3.client("sqs")
    for where, task in (cluster + "-other", "other"), (cluster, "ours"):
        detail = json.dumps({"clusterArn": where, "taskArn": task})
        client.put_events(Entries=[{"Source": "aws.ecs", "DetailType": "ECS Task State Change", "Detail": detail}])
    messages = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], MaxNumberOfMessages=10).get("Messages", [])
    print(",".join(json.loads(m["Body"])["detail"]["taskArn"] for m in messages))


# A worker does so four minutes after it began with an event.
EXTEND = """import asyncio, sys
from prefect_aws.observers.ecs import SqsSubscriber
async def extend():
    async for message in SqsSubscriber(sys.argv[1]).stream_messages():
        sys.exit(0 if await message.extend_visibility() and await message.ack() else 1)
asyncio.run(extend())"""


def extend(cluster, service, queue):
    """Reads an event as a worker does, for longer than a worker of the test ever takes, and prints the exit code."""
    worker = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    definition = ecs.describe_task_definition(taskDefinition=worker["taskDefinition"])["taskDefinition"]
    container = {"name": "extend", "image": definition["containerDefinitions"][0]["image"], "command": ["python", "-c", EXTEND, queue]}
    given = ("cpu", "memory", "networkMode", "requiresCompatibilities", "executionRoleArn", "taskRoleArn")
    ecs.register_task_definition(family="extend", containerDefinitions=[container], **{name: definition[name] for name in given})
    # The task's own events are what it reads.
    [task] = ecs.run_task(cluster=cluster, taskDefinition="extend", launchType="FARGATE", networkConfiguration=worker["networkConfiguration"])["tasks"]
    while (task := ecs.describe_tasks(cluster=cluster, tasks=[task["taskArn"]])["tasks"][0])["lastStatus"] != "STOPPED":
        time.sleep(0.1)
    print(task["containers"][0].get("exitCode"), task.get("stoppedReason"))


def services(cluster):
    return ecs.list_services(cluster=cluster)["serviceArns"]


def start(cluster):
    """Starts a task of each service."""
    for service in services(cluster):
        ecs.update_service(cluster=cluster, service=service, desiredCount=1, forceNewDeployment=True)


def runs(cluster):
    """Prints each flow run's task once it has stopped, by the run's id, with its definition and its log."""
    found = {}
    for status in "RUNNING", "STOPPED":
        for arn in ecs.list_tasks(cluster=cluster, desiredStatus=status)["taskArns"]:
            task = ecs.describe_tasks(cluster=cluster, tasks=[arn], include=["TAGS"])["tasks"][0]
            tags = {tag["key"]: tag["value"] for tag in task.get("tags", [])}
            if "prefect.io/flow-run-id" not in tags:
                continue
            while task["lastStatus"] != "STOPPED":
                time.sleep(0.1)
                task = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0]
            definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
            options = definition["containerDefinitions"][0]["logConfiguration"]["options"]
            stream = f"{options['awslogs-stream-prefix']}/{task['containers'][0]['name']}/{arn.split('/')[-1]}"
            log = logs.get_log_events(logGroupName=options["awslogs-group"], logStreamName=stream, startFromHead=True)["events"]
            found[tags["prefect.io/flow-run-id"]] = {"task": task, "definition": definition, "log": [e["message"] for e in log]}
    json.dump(found, sys.stdout, default=str)


def lines(group):
    """Prints every line of a log group, as they came."""
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    print(*(e["message"] for e in sorted((e for page in pages for e in page["events"]), key=lambda e: e["timestamp"])), sep="\n")


def stop(cluster, service):
    """Stops a worker's task, and prints how it ended and what took its place."""
    [arn] = ecs.list_tasks(cluster=cluster, serviceName=service)["taskArns"]
    ecs.stop_task(cluster=cluster, task=arn, reason="by the test")
    while (task := ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0])["lastStatus"] != "STOPPED":
        time.sleep(0.1)
    while not (others := ecs.list_tasks(cluster=cluster, serviceName=service)["taskArns"]):
        time.sleep(0.1)
    print(task["stopCode"], task["stoppedReason"], task["containers"][0]["exitCode"], len(others))


def allowed(role):
    """The actions that a role's policies allow."""
    name, documents = role.split("/")[-1], []
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        documents.append(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        documents.append(iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"])
    for document in documents:
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                actions = statement["Action"]
                yield from [actions] if isinstance(actions, str) else actions


def beyond():
    """Prints each call that a role made, and whether its policies allow the action. Resources are not looked at."""
    with urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_ecs/calls") as answer:
        calls = json.load(answer)
    within = {}
    for call in calls:
        if call["action"] == "sts:GetCallerIdentity":  # needs no permission
            continue
        patterns = list(allowed(call["role"]))
        name = f"{call['role'].split('/')[-1]} {call['action']}"
        if any(fnmatch.fnmatchcase(call["action"].lower(), pattern.lower()) for pattern in patterns):
            within[name] = call["count"]
        else:
            print("not allowed:", name)
    print(*within, sep="\n")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
