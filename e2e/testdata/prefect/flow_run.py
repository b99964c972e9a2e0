"""Takes work_pool_variables to a real Prefect, and a flow run to a task.

Usage: flow_run.py VARIABLES TEMPLATE PORT, with the local AWS in the
environment. VARIABLES is the output's JSON, TEMPLATE the base job template
with these defaults, which docs/first-flow.md makes. A
server starts on the port, a work pool is made from the template, a worker takes
one flow run of it and starts a task. Prints the task and its definition as the
AWS knows them, as JSON.
"""

import asyncio
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.request

import boto3

POOL = "ecs-work-pool"
KEY = "not-a-key"


def prefect(*args, **environment):
    command = [sys.executable, "-m", "prefect", *args]
    done = subprocess.run(command, env=os.environ | environment, text=True, capture_output=True, timeout=180, check=False)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr


def check(variables):
    """The variables are known to the ECS worker, and of the types it wants."""
    from prefect_aws.workers.ecs_worker import ECSVariables

    unknown = set(variables) - set(ECSVariables.model_fields)
    if unknown:
        sys.exit(f"not variables of the ECS work pool: {unknown}")
    ECSVariables.model_validate(variables)


def give_memory(template_file):
    """moto 5.2 fails on a Fargate container without memory of its own, which AWS allows."""
    with open(template_file) as f:
        template = json.load(f)
    template["job_configuration"]["task_definition"]["containerDefinitions"][0]["memory"] = 2048
    with open(template_file, "w") as f:
        json.dump(template, f)


def start_server(port):
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port]
    log = pathlib.Path(os.environ["PREFECT_HOME"]) / "server.log"
    with log.open("w") as output:
        # A session of its own: its children end with it.
        server = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=2)
            return server
        except OSError:
            time.sleep(0.5)
    stop(server)
    sys.exit("the server does not answer:\n" + log.read_text())


def stop(server):
    try:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)


async def schedule():
    from prefect import get_client

    async with get_client() as client:
        flow = await client.create_flow_from_name("hello")
        deployment = await client.create_deployment(
            flow_id=flow, name="on-ecs", work_pool_name=POOL, entrypoint="hello.py:hello", path="/opt/flows",
            job_variables={"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/my-prefect-flow:1"},
        )
        return await client.create_flow_run_from_deployment(deployment)


def started_task(cluster):
    ecs = boto3.client("ecs")
    for arn in ecs.list_tasks(cluster=cluster)["taskArns"]:
        task = ecs.describe_tasks(cluster=cluster, tasks=[arn], include=["TAGS"])["tasks"][0]
        if any(tag["key"] == "prefect.io/flow-run-id" for tag in task.get("tags", [])):
            definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])
            return {"task": task, "definition": definition["taskDefinition"]}
    return None


def main():
    variables_file, template_file, port = sys.argv[1:]
    with open(variables_file) as f:
        variables = json.load(f)
    # Before Prefect is imported: it reads its settings once.
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
    check(variables)
    give_memory(template_file)
    server = start_server(port)
    try:
        prefect("work-pool", "create", POOL, "--type", "ecs", "--base-job-template", template_file)
        asyncio.run(schedule())
        # The key is of no use to this server; it must not reach the task.
        log = prefect("worker", "start", "--pool", POOL, "--type", "ecs", "--run-once", PREFECT_API_KEY=KEY)
        started = started_task(variables["cluster"])
    finally:
        stop(server)
    if started is None:
        sys.exit(f"the worker started no task:\n{log}")
    json.dump(started, sys.stdout, default=str)


if __name__ == "__main__":
    main()
