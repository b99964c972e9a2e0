"""Services that have tasks: as many as desired, of the newest deployment.

A new deployment starts all of its tasks before those of the old one are
stopped, which is what 100 and 200 percent, ECS's defaults, come to.
"""

import time

LONGEST_WAIT = 60  # seconds between two tasks of a service whose tasks fail
STABLE = 60  # seconds after which a task no longer counts as a failed start
FAILED = ("TaskFailedToStart", "EssentialContainerExited")  # what stops a task that nobody has stopped


class Progress:
    """What a service's tasks have come to."""

    def __init__(self):
        self.failures = 0
        self.retry_at = 0.0
        self.seen = set()  # stopped tasks that were counted
        self.running_since = {}
        self.steady = False


def change_services(runner):
    from moto.core.utils import utcnow
    from moto.ecs import models
    from moto.ecs.exceptions import EcsClientException
    from moto.moto_api._internal import mock_random

    backend = models.EC2ContainerServiceBackend
    create_service, delete_service = backend.create_service, backend.delete_service

    def create_running_service(self, *args, network_configuration=None, **others):
        if network_configuration:
            network_configuration["awsvpcConfiguration"].setdefault("securityGroups", [])
        service = create_service(self, *args, network_configuration=network_configuration, **others)
        service.progress = Progress()
        service.pending_count = service.running_count = 0
        for deployment in service.deployments:
            deployment.update(pendingCount=0, runningCount=0)
        runner.begin()
        return service

    def update_running_service(self, properties):
        service = self._get_service(properties.pop("cluster", "default"), properties.pop("service"))
        definition = properties.pop("task_definition", None)
        anew = properties.pop("force_new_deployment", False)
        if definition:
            found = self.describe_task_definition(definition)
            if found.status != "ACTIVE":
                raise EcsClientException("TaskDefinition is inactive")
            anew = anew or found.arn != service.task_definition
            service.task_definition = found.arn
        network = properties.get("network_configuration")
        anew = anew or (network is not None and network != service.network_configuration)
        for name, value in properties.items():
            if value is not None:
                setattr(service, name, value)
        if anew:
            now, number = utcnow(), f"ecs-svc/{mock_random.randint(10**18, 10**19 - 1)}"
            for deployment in service.deployments:
                deployment["status"] = "ACTIVE"
            service.deployments.insert(0, {
                **service.deployments[0], "id": number, "createdAt": now, "updatedAt": now, "status": "PRIMARY", "failedTasks": 0,
                "taskDefinition": service.task_definition, "networkConfiguration": service.network_configuration,
                "pendingCount": 0, "runningCount": 0, "rolloutState": "IN_PROGRESS",
                "rolloutStateReason": f"ECS deployment {number} in progress.",
            })  # fmt: skip
            service.progress = Progress()
        return service

    def delete_running_service(self, cluster_name, service_name, force):
        service = delete_service(self, cluster_name, service_name, force)
        service.desired_count = 0
        if any(t.last_status != "STOPPED" for t in tasks_of(self, service)):
            service.status = "DRAINING"  # until they have stopped
        return service

    backend.create_service = create_running_service
    backend.update_service = update_running_service
    backend.delete_service = delete_running_service


def tasks_of(backend, service):
    return [t for t in list(backend.tasks.get(service.cluster_name, {}).values()) if t.group == f"service:{service.name}"]


def reconcile(runner):
    """Brings every service nearer to what it should be."""
    from moto.ecs import ecs_backends

    for regions in list(ecs_backends.values()):
        for backend in list(regions.values()):
            for service in list(backend.services.values()):
                if service.status != "INACTIVE" and service.deployments:
                    reconcile_service(backend, service)
            for cluster in list(backend.clusters.values()):
                states = [t.last_status for t in list(backend.tasks.get(cluster.name, {}).values())]
                cluster.running_tasks_count = states.count("RUNNING")
                cluster.pending_tasks_count = states.count("PROVISIONING") + states.count("PENDING")


def reconcile_service(backend, service):
    tasks, progress, now = tasks_of(backend, service), service.progress, time.monotonic()
    for task in tasks:
        if task.last_status != "STOPPED" and task.health_status == "UNHEALTHY":
            task.end("ServiceSchedulerInitiated", f"Task failed container health checks in (service {service.name})")
    # Before failures are counted, and with those that are about to be: each is replaced when it has been counted.
    alive = [t for t in tasks if t.last_status != "STOPPED"]
    wanted = [t for t in alive if t.desired_status == "RUNNING" or t.stop_code in FAILED]
    count_failures(service, tasks, now)
    primary = service.deployments[0]
    new = [t for t in wanted if t.started_by == primary["id"]]
    old = [t for t in wanted if t.started_by != primary["id"]]
    ready = [t for t in new if t.last_status == "RUNNING" and (t.health_status == "HEALTHY" or not checked(t))]
    for _ in range(service.desired_count - len(new) if now >= progress.retry_at else 0):
        start_task(backend, service, primary)
    superfluous = new[service.desired_count :]
    if len(ready) >= service.desired_count:
        superfluous += old
    for task in superfluous:
        task.end("ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {primary['id']})")
    service.deployments[1:] = [d for d in service.deployments[1:] if any(t.started_by == d["id"] for t in alive)]
    for deployment in service.deployments:
        states = [t.last_status for t in alive if t.started_by == deployment["id"]]
        deployment["runningCount"] = states.count("RUNNING")
        deployment["pendingCount"] = states.count("PROVISIONING") + states.count("PENDING")
        deployment["desiredCount"] = service.desired_count if deployment is primary else 0
    service.running_count = sum(d["runningCount"] for d in service.deployments)
    service.pending_count = sum(d["pendingCount"] for d in service.deployments)
    see_steady(service, primary, len(ready) >= service.desired_count and len(alive) == service.desired_count)
    if service.status == "DRAINING" and not alive:
        service.status = "INACTIVE"


def checked(task):
    return any(d.get("healthCheck") and d.get("essential", True) for d in task.definition.container_definitions)


def start_task(backend, service, deployment):
    tags = {}
    if service.propagate_tags == "SERVICE":
        tags = {t["key"]: t["value"] for t in service.tags}
    elif service.propagate_tags == "TASK_DEFINITION":
        tags = {t["key"]: t["value"] for t in backend.describe_task_definition(service.task_definition).tags}
    # Whatever the launch type or the capacity provider is: there is only one place to run it.
    [task] = backend.start_service_task(
        service.cluster_name, service.task_definition, 1, None, deployment["id"], [{"key": k, "value": v} for k, v in tags.items()],
        "FARGATE", service.network_configuration or None, f"service:{service.name}", service.platform_version,
    )  # fmt: skip
    say(service, f"(service {service.name}) has started 1 tasks: (task {task.id}).")


def count_failures(service, tasks, now):
    """A service whose tasks fail starts the next one later and later."""
    progress = service.progress
    for task in tasks:
        if task.last_status == "RUNNING":
            since = progress.running_since.setdefault(task.id, now)
            if now - since > STABLE:
                progress.failures = 0
        if task.last_status != "STOPPED" or task.id in progress.seen:
            continue
        progress.seen.add(task.id)
        if task.stop_code not in FAILED or task.started_by != service.deployments[0]["id"]:
            continue
        progress.failures += 1
        progress.retry_at = now + min(LONGEST_WAIT, 2 ** (progress.failures - 1))
        service.deployments[0]["failedTasks"] += 1
        if progress.failures == 3:
            say(service, f"(service {service.name}) is unable to consistently start tasks successfully. {task.stopped_reason}")


def see_steady(service, primary, steady):
    if steady and not service.progress.steady:
        say(service, f"(service {service.name}) has reached a steady state.")
        primary.update(rolloutState="COMPLETED", rolloutStateReason=f"ECS deployment {primary['id']} completed.")
    service.progress.steady = steady


def say(service, message):
    from moto.core.utils import utcnow
    from moto.moto_api._internal import mock_random

    service.events.insert(0, {"id": str(mock_random.uuid4()), "createdAt": utcnow(), "message": message})
    del service.events[100:]
