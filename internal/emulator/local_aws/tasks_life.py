"""The life of a task, from PROVISIONING to STOPPED.

It is a generator, which one thread resumes several times a second: moto's
backends have no locks, so nothing else writes to a task that runs.
"""

import os
import shutil

from tasks_calls import Refused
from tasks_container import Container, Log, NotStarted, pick, why_not

SECRETS_FAILED = "ResourceInitializationError: unable to pull secrets or registry auth: "


class Life:
    """What a running task has besides what moto knows of it."""

    def __init__(self, task, runner):
        self.task, self.runner = task, runner
        self.folder = os.path.join(runner.folder, task.id)
        self.credentials = None  # of the execution role
        self.address = None  # of the task role's credentials
        task.containers = [c.description for c in self.make_containers()]

    def make_containers(self):
        overrides = {o["name"]: o for o in self.task.overrides.get("containerOverrides") or []}
        self.containers = [Container(d, overrides.get(d["name"], {}), self.task) for d in self.task.definition.container_definitions]
        return self.containers

    def run(self):
        task = self.task
        yield
        try:
            task.move("PENDING")
            if not task.stop_code:
                self.prepare()
            while not task.stop_code:
                self.advance()
                yield
        except NotStarted as error:
            task.end("TaskFailedToStart", str(error))
        if task.started:
            task.move("DEACTIVATING")
        for container in self.containers:
            container.stop()
        while any(c.status != "STOPPED" for c in self.containers):
            yield
            for container in self.containers:
                container.poll()
        task.move("DEPROVISIONING")
        self.clean()
        task.move("STOPPED")

    def kill(self):
        for container in self.containers:
            container.kill()
        self.clean()

    def clean(self):
        if self.address:
            self.runner.roles.forget(self.address)
        self.task.release_network()
        shutil.rmtree(self.folder, ignore_errors=True)

    def prepare(self):
        """What ECS does before it starts the first container."""
        task, definition = self.task, self.task.definition
        for container in self.containers:
            reason = why_not(container.description["image"])
            if reason and container.essential:
                raise NotStarted(f"CannotPullContainerError: {reason}")
            if reason:
                container.description.update(lastStatus="STOPPED", reason=f"CannotPullContainerError: {reason}")
        execution = task.overrides.get("executionRoleArn") or getattr(definition, "execution_role_arn", None)
        role = task.overrides.get("taskRoleArn") or getattr(definition, "task_role_arn", None)
        try:
            if execution:
                self.credentials = self.runner.roles.assume(execution, task.region_name, task.id, "execution")
            if role:
                self.address = self.runner.roles.serve(role, task.region_name, task.id)
        except Refused as error:
            raise NotStarted(error.args[1]) from None
        self.secrets = {c.name: {s["name"]: self.secret(s["valueFrom"]) for s in c.secrets} for c in self.containers if c.status != "STOPPED"}
        for container in self.containers:
            files = container.definition.get("environmentFiles") or []
            container.environment = {**{k: v for f in files for k, v in self.file(f["value"]).items()}, **container.environment}
        self.volumes = {v["name"]: self.volume(v) for v in definition.volumes}
        for path in self.volumes.values():
            os.makedirs(path, exist_ok=True)

    def volume(self, volume):
        """A folder of the task's own, or of all tasks that mount the file system."""
        efs = volume.get("efsVolumeConfiguration")
        if not efs:
            return os.path.join(self.folder, "volumes", volume["name"])
        within = (efs.get("authorizationConfig") or {}).get("accessPointId") or (efs.get("rootDirectory") or "").strip("/").replace("/", "_")
        return os.path.join(self.runner.folder, efs["fileSystemId"], within)

    def file(self, arn):
        """The variables of an environment file. moto keeps S3's calls to itself, so none is made with a role."""
        from moto.s3.models import s3_backends

        bucket, _, key = arn.partition(":::")[2].partition("/")
        _, partition, _, _, account, *_ = self.task.task_arn.split(":")
        try:
            found = s3_backends[account][partition].get_object(bucket, key)
        except Exception:  # noqa: BLE001 - moto's own, of a bucket that is not there
            found = None
        if found is None or not self.credentials:
            raise NotStarted(f"ResourceInitializationError: failed to download env files: file download command: non empty error stream: {arn}")
        lines = (line.strip() for line in found.value.decode().splitlines())
        return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    def secret(self, value_from):
        """Reads a secret or a parameter with the execution role, as ECS does."""
        if not self.credentials:
            raise NotStarted(f"{SECRETS_FAILED}the task definition has no execution role to read {value_from} with")
        parts = value_from.split(":")
        if len(parts) > 5 and parts[2] == "secretsmanager":
            return self.from_secrets_manager(parts)
        region, name = self.task.region_name, value_from
        if len(parts) > 5 and parts[2] == "ssm":
            region, name = parts[3], parts[5].removeprefix("parameter")
            if "/" not in name[1:]:
                name = name.removeprefix("/")  # the ARN of a parameter without a path has a slash that its name has not
        try:
            answer = self.call(region, "ssm", "AmazonSSM.GetParameters", {"Names": [name], "WithDecryption": True})
        except Refused as error:
            raise NotStarted(f"{SECRETS_FAILED}execution resource retrieval failed: unable to retrieve secrets from ssm: {error.args[0]}: {error.args[1]}") from None
        if not answer["Parameters"]:
            raise NotStarted(f"{SECRETS_FAILED}unable to retrieve secrets from ssm: The task can't retrieve parameters: Invalid parameters: {name}")
        return answer["Parameters"][0]["Value"]

    def from_secrets_manager(self, parts):
        arn = ":".join(parts[:7])
        key, stage, version = (parts[7:] + ["", "", ""])[:3]
        request = {"SecretId": arn}
        if stage:
            request["VersionStage"] = stage
        if version:
            request["VersionId"] = version
        try:
            text = self.call(parts[3], "secretsmanager", "secretsmanager.GetSecretValue", request)["SecretString"]
            return pick(text, key) if key else text
        except Refused as error:
            code, message = error.args
            raise NotStarted(
                f"{SECRETS_FAILED}execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): "
                + (f"failed to fetch secret {arn} from secrets manager: {code}: {message}" if code else message)
            ) from None

    def call(self, region, service, target, body):
        if not self.credentials:
            raise Refused("AccessDeniedException", "the task definition has no execution role")
        return self.runner.roles.call(self.credentials, region or self.task.region_name, service, target, body)

    def advance(self):
        """Starts what may start, and sees what has ended."""
        task, by_name = self.task, {c.name: c for c in self.containers}
        for container in self.containers:
            container.poll()
            if container.status == "RUNNING" and container.health:
                container.health.poll()
        for container in self.containers:
            if container.status == "PENDING" and all(self.met(by_name[d["containerName"]], d["condition"], container) for d in container.depends_on):
                self.start(container)
        task.see_health(self.containers)
        if not task.started and not any(c.status == "PENDING" for c in self.containers):
            task.move("RUNNING")
        ended = [c for c in self.containers if c.essential and c.status == "STOPPED"]
        if ended or all(c.status == "STOPPED" for c in self.containers):
            task.end("EssentialContainerExited", "Essential container in task exited")

    def met(self, dependency, condition, container):
        """Whether a container may start. One that never may is NotStarted."""
        status, code = dependency.status, dependency.exit_code
        failed = f"dependency graph: failed to resolve container ordering dependency [{dependency.name}] for target [{container.name}]"
        if condition == "START":
            return status in ("RUNNING", "STOPPED")
        if condition == "HEALTHY":
            if status == "STOPPED" or dependency.description["healthStatus"] == "UNHEALTHY":
                raise NotStarted(f"{failed} as dependency is not healthy")
            return dependency.description["healthStatus"] == "HEALTHY"
        if condition == "SUCCESS" and status == "STOPPED" and code != 0:
            raise NotStarted(f"{failed} as dependency did not exit successfully: exit code {code}")
        return status == "STOPPED"

    def start(self, container):
        try:
            log = Log(container, self.task, self.call)
            container.start(self.folder, self.volumes, self.environment(), self.secrets[container.name], log)
        except NotStarted as error:
            container.description.update(lastStatus="STOPPED", reason=str(error))
            if container.essential or str(error).startswith("ResourceInitializationError"):
                raise

    def environment(self):
        """From scratch: nothing of the user's own AWS, nor of this process, gets into a container."""
        region = self.task.region_name
        env = {
            "PATH": self.runner.path,
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.runner.port}",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "DO_NOT_TRACK": "1",
        }
        if self.address:
            env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = self.address
        return env
