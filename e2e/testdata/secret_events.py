"""Prints which of the events that Secrets Manager sends invoke a function, by its rule.

The emulator runs no functions, so a twin of the rule, with the same pattern,
sends to a queue instead; the rule itself loses its target.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
"""

import json
import sys

import boto3

rule, secret, other = sys.argv[1:]
events, sqs = boto3.client("events"), boto3.client("sqs")
queue = sqs.create_queue(QueueName="probe")["QueueUrl"]
queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
events.remove_targets(Rule=rule, Ids=[target["Id"] for target in events.list_targets_by_rule(Rule=rule)["Targets"]])
events.put_rule(Name="probe", EventPattern=events.describe_rule(Name=rule)["EventPattern"])
events.put_targets(Rule="probe", Targets=[{"Id": "probe", "Arn": queue_arn}])


def send(name, arn, label="AWSCURRENT", source="aws.secretsmanager", kind="Secret Label Updated"):
    detail = {"name": name, "labelUpdated": label, "versionId": "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111"}
    events.put_events(Entries=[{"Source": source, "DetailType": kind, "Resources": [arn], "Detail": json.dumps(detail)}])


send("a new value", secret)
send("another label", secret, label="BLUE")
send("another secret", other)
send("a secret whose name goes on", secret[:-7] + "-of-others" + secret[-7:])
send("another source", secret, source="acme.secrets")
send("another event", secret, kind="AWS API Call via CloudTrail")

while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
    for message in messages:
        print(json.loads(message["Body"])["detail"]["name"])
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
