"""Makes moto's ECS run tasks: RunTask and services start the containers of Prefect's images as local processes.

A container is its command, run in a virtual environment with Prefect, see
tasks_container.py; it listens on the loopback alone and ends with this process.
moto stays what answers; here its task becomes one that runs (tasks_life.py), its
service one that has tasks (tasks_services.py), and a task's states become
events. Only an emulator that was asked to run tasks is changed.
"""

import copy
import json
import os
import queue
import sys
import threading
import time
import traceback

import answers
import tasks_services
from tasks_calls import Roles
from tasks_container import programs
from tasks_life import Life

TICK = 0.1  # seconds


def apply(app, python, folder, port):
    """Changes moto and returns the application with the paths that containers ask. python has Prefect."""
    if not sys.platform.startswith("linux"):
        print(f"tasks are not run: this is {sys.platform}, and what ends their processes is Linux's", flush=True)
    runner = Runner(python, os.path.join(folder, "tasks"), port)
    change_tasks(runner)
    tasks_services.change_services(runner)
    return answer(runner, app)


def answer(runner, app):
    def wrapped(environ, start_response):
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_ecs/"):
            found = runner.roles.answer(path)
            body = json.dumps(found if found is not None else {"message": f"{path}: not known here"}).encode()
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            start_response("200 OK" if found is not None else "404 Not Found", headers)
            return [body]
        if path == "/moto-api/reset":
            runner.reset()  # while the tasks are still known
        return app(environ, start_response)

    return wrapped


class Runner:
    """Runs all tasks, in a thread that starts with the first of them: none may run before a fork."""

    def __init__(self, python, folder, port):
        self.folder, self.port = folder, port
        self.path = programs(os.path.join(folder, "bin"), python)
        self.roles = Roles(port)
        self.lives = {}
        self.new = queue.SimpleQueue()
        self.lock = threading.Lock()  # one tick, or one reset, at a time
        self.thread = None

    def add(self, task):
        """Takes a task that moto has made."""
        self.new.put(task)
        self.begin()

    def begin(self):
        """Within a request to ECS, of which there is one at a time."""
        if self.thread is None:
            self.thread = threading.Thread(target=self.run, daemon=True)
            self.thread.start()

    def run(self):
        while True:
            with self.lock, answers.lock_of("ecs"):
                self.tick()
            time.sleep(TICK)

    def tick(self):
        try:
            tasks_services.reconcile(self)
        except Exception:  # noqa: BLE001 - the tasks that run must not wait for a service that cannot
            traceback.print_exc()
        while not self.new.empty():
            task = self.new.get()
            task.life = Life(task, self)
            self.lives[task] = task.life.run()
        for task, life in list(self.lives.items()):
            try:
                next(life)
            except StopIteration:
                del self.lives[task]
            except Exception:  # noqa: BLE001 - a fault of ours must not stop the others' tasks
                traceback.print_exc()
                task.life.kill()
                task.end("TaskFailedToStart", "local AWS emulator: see its log")
                task.move("STOPPED")
                del self.lives[task]

    def reset(self):
        with self.lock:
            for task in self.lives:
                task.life.kill()
            self.lives.clear()
            while not self.new.empty():
                self.new.get()


def change_tasks(runner):
    from moto.core.utils import utcnow
    from moto.ec2 import ec2_backends
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface
    from moto.ecs import models
    from moto.ecs.exceptions import EcsClientException, InvalidParameterException
    from moto.events import events_backends

    class RunningTask(models.Task):
        __module__ = models.__name__  # by which moto finds the service of a model
        # moto's is a property that goes on by itself, one step for each DescribeTasks.
        last_status = "PROVISIONING"

        def __init__(self, cluster, task_definition, *args, networking_configuration=None, **others):
            if networking_configuration:
                networking_configuration["awsvpcConfiguration"].setdefault("securityGroups", [])
            super().__init__(cluster, task_definition, *args, networking_configuration=networking_configuration, **others)
            self.definition = task_definition
            self.stop_code = self.stopped_reason = None
            self.started = False
            self.connectivity = "CONNECTED"
            self.health_status = "UNKNOWN"
            self.cpu, self.memory = task_definition.cpu, task_definition.memory
            self.version = 0
            self.created_at = utcnow()
            self.containers = []
            self.network_interfaces = []
            self.launch_type = self.launch_type or "FARGATE"
            for attachment in self.attachments:
                attachment["status"] = "ATTACHED"
                details = {d["name"]: d["value"] for d in attachment["details"]}
                self.network_interfaces.append({"attachmentId": attachment["id"], "privateIpv4Address": details["privateIPv4Address"]})
            self.tell()
            runner.add(self)

        def advance(self):
            pass

        def move(self, status):
            """Goes on to the next state, which is an event."""
            self.last_status = status
            now = utcnow()
            if status == "RUNNING":
                self.started, self.started_at = True, now
            elif status == "DEACTIVATING":
                self.stopping_at = now
            elif status == "STOPPED":
                self.desired_status, self.stopped_at = "STOPPED", now
            self.version += 1
            self.tell()

        def end(self, code, reason):
            """Says why the task is to stop. The first reason counts."""
            if not self.stop_code:
                self.stopped_reason, self.stop_code = reason, code
                self.desired_status = "STOPPED"

        def see_health(self, containers):
            checked = [c.description["healthStatus"] for c in containers if c.health and c.essential]
            if "UNHEALTHY" in checked:
                self.health_status = "UNHEALTHY"
            elif checked and all(status == "HEALTHY" for status in checked):
                self.health_status = "HEALTHY"

        def release_network(self):
            """A stopped task holds no address, so that its subnet can be deleted."""
            for attachment in self.attachments:
                attachment["status"] = "DELETED"
                for detail in attachment["details"]:
                    if detail["name"] == "networkInterfaceId":
                        ec2_backends[self._account_id][self.region_name].enis.pop(detail["value"], None)

        def tell(self):
            backend = events_backends[self._account_id][self.region_name]
            send_event(backend, "ECS Task State Change", [self.task_arn], describe(self))

    run_task, list_tasks = models.EC2ContainerServiceBackend.run_task, models.EC2ContainerServiceBackend.list_tasks

    def run_active_definition(self, cluster, definition, *args, **others):
        if self.describe_task_definition(definition).status != "ACTIVE":
            raise EcsClientException("TaskDefinition is inactive")
        return run_task(self, cluster, definition, *args, **others)

    def list_wanted_tasks(self, cluster=None, container_instance=None, family=None, started_by=None, service_name=None, desiredStatus=None):
        found = list_tasks(self, cluster, container_instance, None, started_by, None, desiredStatus or ("RUNNING" if cluster else None))
        if family:
            found = [t for t in found if t.definition.family == family]
        if service_name:
            found = [t for t in found if t.group == f"service:{service_name.split('/')[-1]}"]
        return found

    def stop_running_task(self, cluster, task, reason):
        tasks = self.tasks.get(self._get_cluster(cluster).name, {})
        for arn, found in list(tasks.items()):
            if task in (arn, arn.split("/")[-1]):
                found.end("UserInitiated", reason or "Task stopped by user")
                return found
        raise InvalidParameterException("The referenced task was not found.")

    NetworkInterface.private_dns_name = ""  # moto fails on a task in a VPC without DNS hostnames
    models.Task = RunningTask
    backend = models.EC2ContainerServiceBackend
    backend.run_task, backend.list_tasks, backend.stop_task = run_active_definition, list_wanted_tasks, stop_running_task
    backend.start_service_task = run_task
    # Nothing is placed by it, and moto fails on a container without memory, which Fargate allows.
    backend._calculate_task_resource_requirements = staticmethod(lambda _: {})


def describe(task):
    """A task as its events have it, which is as DescribeTasks has it but for the tags."""
    found = {
        "attachments": task.attachments,
        "clusterArn": task.cluster_arn,
        "connectivity": task.connectivity,
        "containers": task.containers,
        "cpu": task.cpu,
        "desiredStatus": task.desired_status,
        "group": task.group,
        "launchType": task.launch_type,
        "lastStatus": task.last_status,
        "memory": task.memory,
        "overrides": {"containerOverrides": [], **task.overrides},
        "platformVersion": task.platform_version or "1.4.0",
        "startedBy": task.started_by,
        "stopCode": task.stop_code,
        "stoppedReason": task.stopped_reason,
        "taskArn": task.task_arn,
        "taskDefinitionArn": task.task_definition_arn,
        "version": task.version,
    }
    for key, name in ("createdAt", "created_at"), ("startedAt", "started_at"), ("stoppingAt", "stopping_at"), ("stoppedAt", "stopped_at"):
        when = getattr(task, name, None)
        found[key] = f"{when:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z" if when else None
    return {key: value for key, value in copy.deepcopy(found).items() if value not in (None, "")}


def send_event(backend, detail_type, resources, detail):
    """Gives an event to each rule by itself: a target that moto lacks, SNS for one, keeps it from no other rule."""
    from moto.core.utils import unix_time
    from moto.moto_api._internal import mock_random

    event = {
        "version": "0",
        "id": str(mock_random.uuid4()),
        "detail-type": detail_type,
        "source": "aws.ecs",
        "account": backend.account_id,
        "time": unix_time(),
        "ingestion-time": unix_time(),
        "region": backend.region_name,
        "resources": resources,
        "detail": detail,
    }
    for rule in list(backend.describe_event_bus("default").rules.values()):
        try:
            rule.send_to_targets(copy.deepcopy(event))
        except NotImplementedError:
            pass
        except Exception as error:  # noqa: BLE001 - its queue may be gone, too
            print(f"rule {rule.name}: {error!r}", file=sys.stderr, flush=True)
