"""SQS and SNS."""

import json
import re

from refusal import Refusal

from .rule import rule

QUEUE_RANGES = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86400),
    "MaximumMessageSize": (1024, 1048576),
    "MessageRetentionPeriod": (60, 1209600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43200),
}


# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
@rule("sqs", "CreateQueue", "SetQueueAttributes")
def queue_attributes_have_ranges(params, where):
    for name, value in (params.get("Attributes") or {}).items():
        low, high = QUEUE_RANGES.get(name, (None, None))
        if low is not None and not (re.fullmatch(r"\d+", value) and low <= int(value) <= high):
            raise Refusal("InvalidAttributeValue", f"Invalid value for the parameter {name}. Reason: Must be an integer from {low} to {high}.")


# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
@rule("sqs", "CreateQueue", "SetQueueAttributes")
def dead_letters_have_a_queue(params, where):
    text = (params.get("Attributes") or {}).get("RedrivePolicy")
    if not text:
        return
    try:
        policy = json.loads(text)
        count = int(policy["maxReceiveCount"])
        arn = policy["deadLetterTargetArn"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal("InvalidAttributeValue", f"Value {text} for parameter RedrivePolicy is invalid. Reason: Redrive policy is not a valid JSON map.") from error
    if not 1 <= count <= 1000:
        raise Refusal(
            "InvalidAttributeValue",
            f"Value {text} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive.",
        )
    if not re.fullmatch(rf"arn:aws[a-z-]*:sqs:{where.region}:\d{{12}}:[A-Za-z0-9_-]+(\.fifo)?", arn):
        raise Refusal("InvalidAttributeValue", f"Value {text} for parameter RedrivePolicy is invalid. Reason: Invalid value for deadLetterTargetArn.")


# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
@rule("sns", "CreateTopic")
def topics_have_names(params, where):
    name = params.get("Name") or ""
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.fifo)?", name) or len(name) > 256:
        raise Refusal("InvalidParameter", "Invalid parameter: Topic Name")


# https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
@rule("sns", "Subscribe")
def subscriptions_have_endpoints(params, where):
    protocol, endpoint = params.get("Protocol"), params.get("Endpoint") or ""
    forms = {
        "http": r"http://\S+", "https": r"https://\S+", "email": r"[^\s@]+@[^\s@]+", "email-json": r"[^\s@]+@[^\s@]+", "sms": r"\+?[\d-]+",
        "sqs": r"arn:aws[a-z-]*:sqs:.+", "lambda": r"arn:aws[a-z-]*:lambda:.+", "firehose": r"arn:aws[a-z-]*:firehose:.+", "application": r"arn:aws[a-z-]*:sns:.+",
    }  # fmt: skip
    if protocol not in forms:
        raise Refusal("InvalidParameter", "Invalid parameter: Does not support this protocol string: " + str(protocol))
    if not re.fullmatch(forms[protocol], endpoint):
        raise Refusal("InvalidParameter", f"Invalid parameter: {protocol} endpoint")
    if protocol == "firehose" and not (params.get("Attributes") or {}).get("SubscriptionRoleArn"):
        raise Refusal("InvalidParameter", "Invalid parameter: Attributes Reason: SubscriptionRoleArn is required for the firehose protocol")
