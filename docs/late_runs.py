"""Publishes how many flow runs of a Prefect work pool are late.

CloudWatch then has the metric that worker.autoScaling.queueDepth tracks:

    python late_runs.py WORK_POOL [--namespace Prefect] [--metric LateRuns] [--every SECONDS]

It reads PREFECT_API_URL, and PREFECT_API_KEY or PREFECT_API_AUTH_STRING, and
finds AWS credentials and region as boto3 does. Without --every it publishes
once. It needs Python 3.9 and boto3, which the prefecthq/prefect-aws images have.
"""

import argparse
import base64
import json
import os
import sys
import time
import urllib.request

import boto3


def late_runs(work_pool):
    """Counts the runs that should have started and have not.

    https://docs.prefect.io/v3/api-ref/rest-api/server/flow-runs/count-flow-runs
    """
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("PREFECT_API_KEY"):
        headers["Authorization"] = "Bearer " + key
    elif user := os.environ.get("PREFECT_API_AUTH_STRING"):
        headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    wanted = {
        "work_pools": {"name": {"any_": [work_pool]}},
        "flow_runs": {"state": {"name": {"any_": ["Late"]}}},
    }
    url = os.environ["PREFECT_API_URL"].rstrip("/") + "/flow_runs/count"
    request = urllib.request.Request(url, json.dumps(wanted).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return int(json.load(response))


def publish(options, cloudwatch):
    count = late_runs(options.work_pool)
    cloudwatch.put_metric_data(
        Namespace=options.namespace,
        MetricData=[{
            "MetricName": options.metric,
            "Dimensions": [{"Name": "WorkPool", "Value": options.work_pool}],
            "Value": count,
            "Unit": "Count",
        }],
    )
    print(f"{options.namespace} {options.metric} WorkPool={options.work_pool}: {count}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work_pool")
    parser.add_argument("--namespace", default="Prefect")
    parser.add_argument("--metric", default="LateRuns")
    parser.add_argument("--every", type=int, metavar="SECONDS", help="publish again and again; 60 suits target tracking")
    options = parser.parse_args()
    cloudwatch = boto3.client("cloudwatch")
    if not options.every:
        publish(options, cloudwatch)
        return
    while True:
        try:
            publish(options, cloudwatch)
        except Exception as error:  # noqa: BLE001 - the next minute may be better; a gap in the metric changes nothing
            print(f"not published: {error}", file=sys.stderr, flush=True)
        time.sleep(options.every)


if __name__ == "__main__":
    main()
