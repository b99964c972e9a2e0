"""Forks servers from a process that has loaded everything."""

import os
import signal
import sys

import strict

# What the stacks and the tests use: loaded before a fork it is loaded once.
SERVICES = [
    "applicationautoscaling", "awslambda", "backup", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "events", "iam", "kms", "logs",
    "moto_api", "s3", "s3control", "secretsmanager", "servicediscovery", "sns", "sqs", "ssm", "sts",
]  # fmt: skip

# The models of the same.
NAMES = {"applicationautoscaling": "application-autoscaling", "awslambda": "lambda"}
MODELS = [NAMES.get(s, s) for s in SERVICES if s != "moto_api"]


def run(dispatcher, serve, end_with):
    """Obeys standard input, see __main__."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.iam.models import iam_backends

    for service in SERVICES:
        dispatcher.app_instances[service] = dispatcher.create_app(service)
    strict.load(MODELS)
    iam_backends[DEFAULT_ACCOUNT_ID]["aws"]  # reads AWS's managed policies, a second's work
    # Nobody writes to it: the forks notice that it closes when this process ends.
    alive, held = os.pipe()
    servers = set()
    for line in sys.stdin:
        order = line.rstrip("\n")
        if order.startswith("-"):
            end(int(order[1:]), servers)
            print(order, flush=True)
            continue
        state, *options = order.split("\t")
        pid = os.fork()
        if pid:
            servers.add(pid)
            continue
        os.close(held)
        with open(os.path.join(os.path.dirname(state), "moto.log"), "ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        end_with(os.fdopen(alive, "rb"))
        serve(state, options)
    for pid in list(servers):
        end(pid, servers)


def end(pid, servers):
    """Ends a server and collects it. Its number stays taken until then, so that no other process is hit."""
    if pid in servers:
        servers.remove(pid)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
