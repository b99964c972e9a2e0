"""ECS: what a task definition may say."""

import json
import re

from .rule import client, rule

FARGATE_MEMORY = {
    256: [512, 1024, 2048],
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}


def on_fargate(task):
    return "FARGATE" in (task.get("requiresCompatibilities") or [])


def containers(task):
    return task.get("containerDefinitions") or []


def units(text, large, unit):
    """1024, "1024" or "1 vCPU" as a number."""
    found = re.fullmatch(rf"([\d.]+)\s*{unit}", str(text), re.IGNORECASE)
    if found:
        return int(float(found[1]) * large)
    return int(text) if re.fullmatch(r"\d+", str(text)) else None


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
@rule("ecs", "RegisterTaskDefinition")
def fargate_has_pairs_of_cpu_and_memory(task, where):
    if not on_fargate(task):
        return
    cpu, memory = units(task.get("cpu", ""), 1024, "vCPU"), units(task.get("memory", ""), 1024, "GB")
    if cpu is None:
        raise client("Fargate requires that 'cpu' be defined at the task level.")
    if memory is None:
        raise client("Fargate requires that 'memory' be defined at the task level.")
    if memory not in FARGATE_MEMORY.get(cpu, ()):
        raise client(f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS documentation for the valid values.")


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-networkmode
@rule("ecs", "RegisterTaskDefinition")
def fargate_has_one_network_mode(task, where):
    if on_fargate(task) and task.get("networkMode") != "awsvpc":
        raise client("Fargate only supports network mode 'awsvpc'.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
@rule("ecs", "RegisterTaskDefinition")
def containers_fit_into_their_task(task, where):
    for name, large, unit in (("cpu", 1024, "vCPU"), ("memory", 1024, "GB")):
        whole = units(task.get(name, ""), large, unit)
        if whole is None:
            continue
        parts = [c.get(name) or 0 for c in containers(task)]
        if sum(parts) > whole and (name == "cpu" or max(parts) > whole):
            raise client(f"Invalid '{name}' setting for task. The total of the containers' '{name}' ({sum(parts)}) is greater than the task's ({whole}).")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
@rule("ecs", "RegisterTaskDefinition")
def a_reservation_is_below_the_limit(task, where):
    for c in containers(task):
        if c.get("memory") and c.get("memoryReservation") and c["memoryReservation"] > c["memory"]:
            raise client(f"Invalid setting for container '{c.get('name')}'. 'memoryReservation' must be less than or equal to 'memory'.")
        if c.get("memory") is not None and c["memory"] < 6:
            raise client(f"Invalid setting for container '{c.get('name')}'. The memory must be at least 6 MiB.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
@rule("ecs", "RegisterTaskDefinition")
def containers_have_names_and_images(task, where):
    if not containers(task):
        raise client("Container list cannot be empty.")
    names = [c.get("name") for c in containers(task)]
    for c in containers(task):
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", c.get("name") or ""):
            raise client(f"Container.name contains invalid characters: {c.get('name')!r}")
        if not c.get("image"):
            raise client("Container.image should not be null or empty.")
        if len(c["image"]) > 255 or re.search(r"\s", c["image"]):
            raise client(f"Container.image contains invalid characters or is longer than 255: {c['image'][:40]}")
        if names.count(c["name"]) > 1:
            raise client(f"Container.name should be unique: {c['name']}")
    if not any(c.get("essential", True) for c in containers(task)):
        raise client("Task definition does not have any essential containers.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
@rule("ecs", "RegisterTaskDefinition")
def families_have_names(task, where):
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", task.get("family") or ""):
        raise client(f"Family contains invalid characters: {task.get('family')!r}. Use up to 255 letters, numbers, hyphens, and underscores.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
@rule("ecs", "RegisterTaskDefinition")
def fargate_waits_two_minutes_for_a_stop(task, where):
    for c in containers(task):
        timeout = c.get("stopTimeout")
        if timeout is not None and on_fargate(task) and not 2 <= timeout <= 120:
            raise client(f"Invalid setting for container '{c.get('name')}'. The stopTimeout value {timeout} must be between 2 and 120 seconds.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
@rule("ecs", "RegisterTaskDefinition")
def health_checks_have_ranges(task, where):
    ranges = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
    for c in containers(task):
        check = c.get("healthCheck")
        if not check:
            continue
        command = check.get("command") or [""]
        if command[0] not in ("CMD", "CMD-SHELL", "NONE"):
            raise client(f"Invalid healthCheck command for container '{c.get('name')}': it must start with CMD, CMD-SHELL or NONE.")
        for name, (low, high) in ranges.items():
            value = check.get(name)
            if value is not None and not low <= value <= high:
                raise client(f"Health check {name} must be between {low} and {high}: {value}")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html
@rule("ecs", "RegisterTaskDefinition")
def ephemeral_storage_has_a_range(task, where):
    size = (task.get("ephemeralStorage") or {}).get("sizeInGiB")
    if size is not None and not 21 <= size <= 200:
        raise client(f"Invalid ephemeral storage size {size}. The value must be between 21 and 200 GiB.")


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
@rule("ecs", "RegisterTaskDefinition")
def task_definitions_are_64_kib(task, where):
    size = len(json.dumps(task, separators=(",", ":"), ensure_ascii=False).encode())
    if size > 65536:
        raise client(f"Actual length: '{size}'. Max allowed length is '65536' bytes.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html
@rule("ecs", "RegisterTaskDefinition")
def secrets_and_variables_have_names_of_their_own(task, where):
    for c in containers(task):
        names = [v.get("name") for v in c.get("environment") or []]
        secrets = [s.get("name") for s in c.get("secrets") or []]
        for name in secrets:
            if name in names or secrets.count(name) > 1:
                raise client(
                    "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as "
                    f"'{name}'."
                )
        for name in names:
            if not name:
                raise client("Environment variable names must not be empty.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
@rule("ecs", "RegisterTaskDefinition")
def secrets_come_from_secrets_manager_or_parameters(task, where):
    arn = r"arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:\s]+(:[^:\s]*:[^:\s]*:[^:\s]*)?|ssm:[a-z0-9-]+:\d{12}:parameter/[A-Za-z0-9_.\-/]+)"
    for c in containers(task):
        for secret in c.get("secrets") or []:
            value = secret.get("valueFrom") or ""
            if not re.fullmatch(arn if value.startswith("arn:") else r"[A-Za-z0-9_.\-/]+", value):
                raise client(f"Invalid secret '{secret.get('name')}': valueFrom must be the ARN of a Secrets Manager secret or of a Systems Manager parameter.")
    if any(c.get("secrets") for c in containers(task)) and not task.get("executionRoleArn"):
        raise client("When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.")


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
@rule("ecs", "RegisterTaskDefinition")
def awslogs_has_its_options(task, where):
    known = {
        "awslogs-create-group", "awslogs-region", "awslogs-group", "awslogs-stream-prefix", "awslogs-datetime-format",
        "awslogs-multiline-pattern", "awslogs-endpoint", "mode", "max-buffer-size",
    }  # fmt: skip
    for c in containers(task):
        log = c.get("logConfiguration") or {}
        if log.get("logDriver") != "awslogs":
            continue
        options = log.get("options") or {}
        needed = ["awslogs-group", "awslogs-region"] + (["awslogs-stream-prefix"] if on_fargate(task) else [])
        for name in needed:
            if not options.get(name):
                raise client(f"Log driver awslogs requires options: {', '.join(needed)}. Missing: {name}.")
        unknown = sorted(set(options) - known)
        if unknown:
            raise client(f"Log driver awslogs disallows options: {', '.join(unknown)}")
        if on_fargate(task) and not task.get("executionRoleArn"):
            raise client("Fargate requires task definition to have execution role ARN to support log driver awslogs.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html, dependsOn
@rule("ecs", "RegisterTaskDefinition")
def dependencies_are_containers(task, where):
    by_name = {c.get("name"): c for c in containers(task)}
    for c in containers(task):
        for dependency in c.get("dependsOn") or []:
            other = by_name.get(dependency.get("containerName"))
            if other is None or other is c:
                raise client(f"Invalid dependsOn of container '{c.get('name')}': no other container is named {dependency.get('containerName')}.")
            if dependency.get("condition") == "HEALTHY" and not other.get("healthCheck"):
                raise client(f"Container '{other.get('name')}' has no healthCheck, which the condition HEALTHY of '{c.get('name')}' needs.")
            if dependency.get("condition") in ("COMPLETE", "SUCCESS") and other.get("essential", True):
                raise client(f"The condition {dependency['condition']} of '{c.get('name')}' cannot be set on the essential container '{other.get('name')}'.")
    waits = {name: {d.get("containerName") for d in c.get("dependsOn") or []} for name, c in by_name.items()}
    while waits:
        free = {name for name, others in waits.items() if not others & waits.keys()}
        if not free:
            raise client(f"Container dependencies contain a cycle: {', '.join(sorted(waits))}.")
        waits = {name: others for name, others in waits.items() if name not in free}


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
@rule("ecs", "RegisterTaskDefinition")
def tasks_have_ten_containers(task, where):
    if len(containers(task)) > 10:
        raise client(f"Too many containers in the task definition: {len(containers(task))}. The limit is 10.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-taskdef.html
@rule("ecs", "RegisterTaskDefinition")
def logs_go_where_fargate_sends_them(task, where):
    routers = [c for c in containers(task) if c.get("firelensConfiguration")]
    if len(routers) > 1:
        raise client("Only one container with a firelensConfiguration is supported in a task definition.")
    for c in routers:
        kind = (c["firelensConfiguration"].get("options") or {}).get("config-file-type", "file")
        if on_fargate(task) and kind != "file":
            raise client(f"Fargate does not support the config-file-type {kind} of a firelensConfiguration.")
    for c in containers(task):
        log = c.get("logConfiguration") or {}
        driver, options = log.get("logDriver"), log.get("options") or {}
        if driver and on_fargate(task) and driver not in ("awslogs", "splunk", "awsfirelens"):
            raise client(f"Log driver {driver} is not supported for Fargate.")
        if driver == "awsfirelens" and (not routers or c in routers):
            raise client("A container with the log driver awsfirelens needs another one with a firelensConfiguration.")
        given = [*options, *(s.get("name") for s in log.get("secretOptions") or [])]
        for name in ("splunk-url", "splunk-token") if driver == "splunk" else ():
            if name not in given:
                raise client(f"Log driver splunk requires options: splunk-url, splunk-token. Missing: {name}.")
        if options.get("mode", "blocking") not in ("blocking", "non-blocking"):
            raise client(f"Invalid value for the option mode: {options['mode']}.")
        if not re.fullmatch(r"[1-9]\d*[kmg]?", options.get("max-buffer-size", "1m")):
            raise client(f"Invalid value for the option max-buffer-size: {options['max-buffer-size']}.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EnvironmentFile.html
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerRestartPolicy.html
@rule("ecs", "RegisterTaskDefinition")
def environment_files_and_restarts_have_limits(task, where):
    for c in containers(task):
        files = c.get("environmentFiles") or []
        if len(files) > 10:
            raise client(f"Too many environment files in the container '{c.get('name')}': {len(files)}. The limit is 10.")
        for file in files:
            if not re.fullmatch(r"arn:aws[a-z-]*:s3:::[^/]+/.+\.env", file.get("value") or ""):
                raise client(f"Invalid environment file '{file.get('value')}': it must be the ARN of an object with the extension .env.")
        policy = c.get("restartPolicy") or {}
        if not 60 <= policy.get("restartAttemptPeriod", 300) <= 1800:
            raise client(f"Invalid restartAttemptPeriod {policy['restartAttemptPeriod']}. The value must be between 60 and 1800 seconds.")
        for code in policy.get("ignoredExitCodes") or []:
            if not 0 <= code <= 255:
                raise client(f"Invalid exit code {code} in ignoredExitCodes.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_MountPoint.html
@rule("ecs", "RegisterTaskDefinition")
def mounts_are_of_volumes(task, where):
    volumes = {v.get("name") for v in task.get("volumes") or []}
    for c in containers(task):
        for mount in c.get("mountPoints") or []:
            if mount.get("sourceVolume") not in volumes:
                raise client(f"Unknown volume '{mount.get('sourceVolume')}'.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSVolumeConfiguration.html
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSAuthorizationConfig.html
@rule("ecs", "RegisterTaskDefinition")
def file_systems_are_mounted_as_efs_allows(task, where):
    names = [v.get("name") for v in task.get("volumes") or []]
    for volume in task.get("volumes") or []:
        if names.count(volume.get("name")) > 1:
            raise client(f"Volume name should be unique: {volume.get('name')}")
        efs = volume.get("efsVolumeConfiguration")
        if not efs:
            continue
        authorization = efs.get("authorizationConfig") or {}
        encrypted = efs.get("transitEncryption") == "ENABLED"
        if not re.fullmatch(r"fs-([0-9a-f]{8}|[0-9a-f]{17})", efs.get("fileSystemId") or ""):
            raise client(f"Invalid EFS file system id: {efs.get('fileSystemId')!r}.")
        if authorization.get("accessPointId") and not re.fullmatch(r"fsap-[0-9a-f]{17}", authorization["accessPointId"]):
            raise client(f"Invalid EFS access point id: {authorization['accessPointId']!r}.")
        if authorization.get("accessPointId") and not encrypted:
            raise client("EFS transit encryption must be enabled when an access point is used.")
        if authorization.get("iam") == "ENABLED" and not encrypted:
            raise client("EFS transit encryption must be enabled when IAM authorization is used.")
        if authorization.get("iam") == "ENABLED" and not task.get("taskRoleArn"):
            raise client("EFS IAM authorization requires a task role.")
        if authorization.get("accessPointId") and efs.get("rootDirectory", "/") not in ("", "/"):
            raise client("The root directory must be omitted or / when an EFS access point is used.")
