"""Makes a work pool, or sets this stack's values in it. The worker comes after it.

Usage: workpool.py POOL TYPE VARIABLES, with Prefect's settings in the
environment. VARIABLES is a JSON object: each value becomes the default of the
variable of that name in the pool's base job template. Everything else in the
pool is left as it is. Any number of tasks may do this at once.
"""

import json
import os
import sys

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound, ObjectUnsupported
from prefect.workers.base import BaseWorker

HINTS = {
    401: "the API refuses the key: put the right one into the secret, then restart the workers",
    403: "the API forbids it: give the pool a name that does not begin with prefect, or the key's owner the right to edit work pools",
    404: "there is no Prefect API at this address: correct the worker's API URL, or the account's and the workspace's id in it",
}


def say(level, text):
    """One line, as the alarms and saved queries look for it in the worker's log."""
    return f"prepare-work-pool | {level:7} | {' '.join(text.split())[:1000]}"


def set_defaults(template, variables):
    """Lists the variables whose default was another one."""
    properties = template.get("variables", {}).get("properties", {})
    given = {name: value for name, value in variables.items() if value is not None}
    for name in sorted(given.keys() - properties.keys()):
        print(say("WARNING", f"the base job template has no variable {name}, so flow runs do not get it: add it, or delete the pool to have it created again"))
    changed = [name for name, value in given.items() if name in properties and properties[name].get("default") != value]
    for name in changed:
        properties[name]["default"] = given[name]
    return changed


def prepare(client, name, kind, variables):
    worker = BaseWorker.get_worker_class_from_type(kind)
    if worker is None:
        raise ValueError(f"the image has no worker of type {kind}: use an image of prefecthq/prefect-aws")
    default = worker.get_default_base_job_template()
    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        set_defaults(default, variables)
        try:
            client.create_work_pool(WorkPoolCreate(name=name, type=kind, base_job_template=default))
        except ObjectAlreadyExists:  # another task was first
            pool = client.read_work_pool(name)
        else:
            return "created"
    if pool.type != kind:
        raise ValueError(f"it is of type {pool.type}, and the worker of type {kind}: give the worker a pool of another name, or delete this one")
    template = pool.base_job_template or default
    changed = set_defaults(template, variables)
    if not changed:
        return "nothing to change"
    client.update_work_pool(name, WorkPoolUpdate(base_job_template=template))
    return "changed " + ", ".join(changed)


def main(name, kind, variables):
    for secret in "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING":
        value = os.environ.get(secret, "")
        if value != value.strip() or not value.isprintable():  # httpx would repeat it in its error
            raise ValueError(f"the value of {secret} has a space or line break around it: put it into the secret without, then restart the workers")
    with get_client(sync_client=True) as client:
        try:
            return prepare(client, name, kind, variables)
        except (httpx.HTTPStatusError, ObjectNotFound, ObjectUnsupported) as error:
            answer = getattr(error, "http_exc", error)
            raise ValueError(f"{HINTS.get(answer.response.status_code, 'the API refuses it')} ({answer})") from error
        except (httpx.RequestError, json.JSONDecodeError) as error:
            raise ValueError(f"no Prefect API answers at {client.api_url}: check the worker's API URL, and that its security group allows traffic to it ({error!r})") from error


if __name__ == "__main__":
    try:
        print(say("INFO", f"work pool {sys.argv[1]}: {main(*sys.argv[1:3], json.loads(sys.argv[3]))}"))
    except ValueError as e:
        sys.exit(say("ERROR", f"work pool {sys.argv[1]}: {e}"))
