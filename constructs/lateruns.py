"""Counts the flow runs of work pools that are late, and those that run. A Lambda function, once a minute.

It prints one line for each pool and each of its work queues, in the embedded
metric format: CloudWatch makes metrics of them, without a permission of the
function's and without a way to CloudWatch's API.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

In the environment: PREFECT_API_URL, WORK_POOLS (a JSON list of names), NAMESPACE of the
metrics, and SECRET_ARN with SECRET_NAME, PREFECT_API_KEY or
PREFECT_API_AUTH_STRING, which says what the secret's value is. Without SECRET_ARN
the server has no authentication. Run by hand it counts once.
"""

import base64
import functools
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT_SECONDS = 10
PAGE = 200  # the most queues that the API returns at once

# Late is a name: its type is SCHEDULED, as that of runs whose time has not come.
# https://docs.prefect.io/v3/concepts/states
LATE = {"name": {"any_": ["Late"]}}
RUNNING = {"type": {"any_": ["RUNNING"]}}

HINTS = {
    401: "the API refuses the key: put the right one into the secret",
    403: "the API forbids it: let the key's owner read the workspace's flow runs and work pools",
    404: "there is no such work pool at this address: start its worker, which makes it, or correct the API's URL",
}


class Problem(Exception):
    """One line: what is wrong, and what to do."""


def secret_value(arn):
    """Reads a secret, arn:…:secret:NAME[:JSON-KEY[:STAGE[:VERSION]]], or an SSM parameter."""
    import boto3  # only where there is a secret
    from botocore.exceptions import BotoCoreError, ClientError

    fields = arn.split(":")
    try:
        if fields[2] == "ssm":
            found = boto3.client("ssm").get_parameters(Names=[arn], WithDecryption=True)["Parameters"]
            if not found:
                raise Problem(f"there is no parameter {arn}: make it")
            return found[0]["Value"]
        key, stage, version = (fields[7:] + ["", "", ""])[:3]
        which = {name: value for name, value in (("VersionStage", stage), ("VersionId", version)) if value}
        value = boto3.client("secretsmanager").get_secret_value(SecretId=":".join(fields[:7]), **which)["SecretString"]
    except (BotoCoreError, ClientError) as error:
        raise Problem(f"the secret {arn} cannot be read: give it a value, and let the function's role read it ({error})") from None
    if not key:
        return value
    try:
        return json.loads(value)[key]
    except (ValueError, KeyError, TypeError):
        raise Problem(f"the secret {arn} is no JSON object with the key {key}: correct its value or the ARN") from None


@functools.cache  # until a minute goes wrong: a new value of the secret is read then
def authorization():
    arn, name = os.environ.get("SECRET_ARN"), os.environ.get("SECRET_NAME")
    if not arn:
        return {}
    value = secret_value(arn)
    if value != value.strip() or not value.isprintable():  # a header cannot have it, and its error would repeat it
        raise Problem("the secret's value has a space or line break around it: put it in without")
    if name == "PREFECT_API_AUTH_STRING":
        return {"Authorization": "Basic " + base64.b64encode(value.encode()).decode()}
    return {"Authorization": "Bearer " + value}


def ask(path, body):
    """Posts to the API: both filters and counts are POST."""
    url = os.environ["PREFECT_API_URL"].rstrip("/") + path
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **authorization()})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise Problem(f"{HINTS.get(error.code, 'the API refuses it')} ({error.code} {error.reason} for {url})") from None
    except (OSError, ValueError) as error:  # no connection, or an answer that is no JSON
        where = "that the function can reach it: a server inside the VPC wants lateRuns.inVpc, and its port a rule of the security group"
        raise Problem(f"no Prefect API answers at {url}: check the URL, and {where} ({getattr(error, 'reason', error)})") from None


def queues(pool):
    path, names = f"/work_pools/{urllib.parse.quote(pool, safe='')}/queues/filter", []
    while True:
        page = ask(path, {"limit": PAGE, "offset": len(names)})
        names += [queue["name"] for queue in page]
        if len(page) < PAGE:
            return names


def count(pool, queue, state):
    """https://docs.prefect.io/v3/api-ref/rest-api/server/flow-runs/count-flow-runs"""
    return ask("/flow_runs/count", {
        "work_pools": {"name": {"any_": [pool]}},
        "work_pool_queues": {"name": {"any_": [queue]}},
        "flow_runs": {"state": state},
    })


def line(dimensions, late, running):
    declared = {
        "Namespace": os.environ["NAMESPACE"],
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in ("LateRuns", "RunningRuns")],
    }
    metrics = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [declared]}}
    return json.dumps({**metrics, **dimensions, "LateRuns": late, "RunningRuns": running})


def lines(pool):
    """Each flow run of a pool is in one of its queues, so that the pool's numbers are their sums."""
    counted = {queue: (count(pool, queue, LATE), count(pool, queue, RUNNING)) for queue in queues(pool)}
    yield line({"WorkPool": pool}, *(sum(of) for of in zip((0, 0), *counted.values())))
    for queue, (late, running) in counted.items():
        if queue.isascii():  # CloudWatch drops a line with another dimension
            yield line({"WorkPool": pool, "WorkQueue": queue}, late, running)


def handler(_event, _context):
    """A pool that cannot be counted does not keep the others from it; the invocation fails all the same."""
    problems = {}
    for pool in json.loads(os.environ["WORK_POOLS"]):
        try:
            print(*lines(pool), sep="\n", flush=True)
        except Problem as problem:
            problems.setdefault(str(problem), []).append(pool)
    if problems:
        authorization.cache_clear()
        raise Problem("; ".join(f"work pool {', '.join(pools)}: {problem}" for problem, pools in problems.items())) from None


if __name__ == "__main__":
    try:
        handler(None, None)
    except Problem as e:
        sys.exit(f"late-runs | ERROR   | {' '.join(str(e).split())}")
