"""Prints what the rules of a stack make of events such as ECS sends.

The emulator delivers to SQS but not to SNS, so a twin of each rule, with the
same pattern and transformer, sends to a queue instead.
"""

import json
import sys

import boto3

prefix, cluster, service = sys.argv[1:]
events, sqs = boto3.client("events"), boto3.client("sqs")
queue = sqs.create_queue(QueueName="probe")["QueueUrl"]
queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
for rule in events.list_rules(NamePrefix=prefix)["Rules"]:
    target = events.list_targets_by_rule(Rule=rule["Name"])["Targets"][0]
    events.remove_targets(Rule=rule["Name"], Ids=[target["Id"]])
    events.put_rule(Name="probe-" + rule["Name"], EventPattern=rule["EventPattern"])
    events.put_targets(Rule="probe-" + rule["Name"], Targets=[{"Id": "probe", "Arn": queue_arn, "InputTransformer": target["InputTransformer"]}])


def send(kind, resource, detail):
    events.put_events(Entries=[{"Source": "aws.ecs", "DetailType": kind, "Resources": [resource], "Detail": json.dumps(detail)}])


def stopped(code, reason, group="service:dev-worker", status="STOPPED"):
    send("ECS Task State Change", "task-1", {"clusterArn": cluster, "group": group, "lastStatus": status, "stopCode": code, "stoppedReason": reason})


stopped("EssentialContainerExited", "Essential container in task exited")
stopped("EssentialContainerExited", "Essential container in task exited", status="DEPROVISIONING")
stopped("EssentialContainerExited", "Essential container in task exited", group="family:flow-run")
stopped("TaskFailedToStart", "CannotPullContainerError: not found")
stopped("ServiceSchedulerInitiated", "Scaling activity initiated by deployment ecs-svc/1")
stopped("ServiceSchedulerInitiated", "Task failed container health checks")
stopped("UserInitiated", "Task stopped by a person")
for name in ("SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_COMPLETED"):
    send("ECS Deployment State Change", service, {"eventName": name, "deploymentId": "ecs-svc/1", "reason": "tasks failed to start."})
for kind, name in (("INFO", "SERVICE_STEADY_STATE"), ("WARN", "SERVICE_TASK_START_IMPAIRED"), ("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE")):
    send("ECS Service Action", service, {"eventType": kind, "eventName": name, "reason": "RESOURCE:FARGATE"})
send("ECS Service Action", service + "-other", {"eventType": "ERROR", "eventName": "SERVICE_TASK_PLACEMENT_FAILURE", "reason": "RESOURCE:FARGATE"})

sentences = []
while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
    for message in messages:
        sentences.append(message["Body"])
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
print("\n".join(sentences))
