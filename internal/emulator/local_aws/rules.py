"""What AWS refuses and no model says: one function for one rule.

A rule gets a request's parameters and where it goes, and raises a Refusal.
@rule names the service and its operations. Above each stands the page that says
so. A new rule gets a row in e2e/strict_test.go.
"""

import collections
import datetime
import fnmatch
import ipaddress
import json
import re
import zoneinfo

from refusal import Refusal

ACCOUNT = "123456789012"

Where = collections.namedtuple("Where", "operation region")

RULES = collections.defaultdict(list)


def rule(service, *operations):
    def register(function):
        for operation in operations:
            RULES[service, operation].append(function)
        return function

    return register


def check(request):
    name = request.operation.name
    for function in [*RULES.get((request.service, name), ()), *EVERYWHERE]:
        function(request.params, Where(name, request.region))


def client(message):
    """ECS's refusal of what a task definition says."""
    return Refusal("ClientException", message)


def invalid(message):
    return Refusal("InvalidParameterException", message)


# ECS: task definitions.

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


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_MountPoint.html
@rule("ecs", "RegisterTaskDefinition")
def mounts_are_of_volumes(task, where):
    volumes = {v.get("name") for v in task.get("volumes") or []}
    for c in containers(task):
        for mount in c.get("mountPoints") or []:
            if mount.get("sourceVolume") not in volumes:
                raise client(f"Unknown volume '{mount.get('sourceVolume')}'.")


# ECS: roles.


def role(arn):
    """The role in the emulator; None where it is another account's."""
    from moto.iam.models import iam_backends

    found = re.fullmatch(rf"arn:[^:]+:iam::{ACCOUNT}:role/(?:.*/)?([^/]+)", arn)
    if not found:
        return None
    for role in iam_backends[ACCOUNT]["aws"].roles.values():
        if role.arn == arn:
            return role
    raise client("Role is not valid")


def as_list(value):
    return value if isinstance(value, list) else [value]


def lets_ecs_in(document, region):
    """True for a trust policy by which a task can have the role."""
    about = {"aws:sourceaccount": ACCOUNT, "aws:sourcearn": f"arn:aws:ecs:{region}:{ACCOUNT}:*"}
    for statement in as_list(json.loads(document).get("Statement") or []):
        principal = statement.get("Principal") or {}
        services = ["*"] if principal == "*" else as_list(principal.get("Service") or [])
        actions = as_list(statement.get("Action") or [])
        if statement.get("Effect") != "Allow" or not {"*", "ecs-tasks.amazonaws.com"} & set(services):
            continue
        if not any(fnmatch.fnmatchcase("sts:AssumeRole", action) for action in actions):
            continue
        met = True
        for operator, conditions in (statement.get("Condition") or {}).items():
            for key, values in conditions.items():
                value = about.get(key.lower())
                if value is None or operator not in ("StringEquals", "ArnLike", "StringLike", "ArnEquals"):
                    continue
                if operator == "StringEquals":
                    met = met and value in as_list(values)
                else:
                    met = met and any(fnmatch.fnmatchcase(value, wanted) for wanted in as_list(values))
        if met:
            return True
    return False


# A role that is not there AWS refuses here. Of one that ECS cannot assume it says so when a task starts: RunTask fails, and a
# service has an event, which after an apply nobody reads. Here it is an error as soon as it can be known.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
@rule("ecs", "RegisterTaskDefinition")
def tasks_have_roles_that_ecs_can_assume(task, where):
    for name in ("executionRoleArn", "taskRoleArn"):
        if task.get(name):
            may_be_assumed(task[name], where)


def may_be_assumed(arn, where):
    if not arn.startswith("arn:"):
        return
    if ":role/" not in arn:
        raise client("Role is not valid")
    found = role(arn)
    document = found and found.assume_role_policy_document
    if document and not lets_ecs_in(document, where.region):
        raise client(
            f"ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role being passed has "
            "the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
        )


def task_definition(name, region):
    """The task definition of a service or task, the newest of a family; None where there is none."""
    from moto.ecs.models import ecs_backends

    family, _, revision = name.rpartition("/")[2].partition(":")
    revisions = ecs_backends[ACCOUNT][region].task_definitions.get(family) or {}
    if revision:
        return revisions.get(int(revision)) if revision.isdigit() else None
    return max((d for d in revisions.values() if d.status == "ACTIVE"), key=lambda d: d.revision, default=None)


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
@rule("ecs", "CreateService", "UpdateService", "RunTask")
def only_active_task_definitions_start(params, where):
    definition = params.get("taskDefinition") and task_definition(params["taskDefinition"], where.region)
    if definition and definition.status == "INACTIVE":
        error = invalid if where.operation == "RunTask" else client
        raise error("TaskDefinition is inactive")


# The trust may have changed since, see tasks_have_roles_that_ecs_can_assume.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
@rule("ecs", "CreateService", "UpdateService", "RunTask")
def what_starts_has_roles_that_ecs_can_assume(params, where):
    definition = params.get("taskDefinition") and task_definition(params["taskDefinition"], where.region)
    override = params.get("overrides") or {}
    for name, attribute in (("executionRoleArn", "execution_role_arn"), ("taskRoleArn", "task_role_arn")):
        arn = override.get(name) or (definition and getattr(definition, attribute, None))
        if arn:
            may_be_assumed(arn, where)


# ECS: services, tasks and clusters.


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
@rule("ecs", "CreateCluster", "CreateService")
def clusters_and_services_have_names(params, where):
    name = params.get("clusterName" if where.operation == "CreateCluster" else "serviceName")
    if name is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
        raise invalid("The name must consist of up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterSetting.html
@rule("ecs", "CreateCluster", "UpdateCluster", "UpdateClusterSettings")
def insights_have_three_levels(params, where):
    for setting in params.get("settings") or []:
        if setting.get("value") not in ("enabled", "disabled", "enhanced"):
            raise invalid(f"Invalid value for setting {setting.get('name')}: {setting.get('value')}. Valid values are enabled, disabled, enhanced.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
@rule("ecs", "CreateService", "RunTask")
def launch_type_or_strategy(params, where):
    if params.get("launchType") and params.get("capacityProviderStrategy"):
        raise invalid("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
@rule("ecs", "CreateService", "UpdateService", "RunTask", "CreateCluster", "PutClusterCapacityProviders")
def strategies_have_one_base_and_a_weight(params, where):
    items = params.get("capacityProviderStrategy") or params.get("defaultCapacityProviderStrategy") or []
    names = [item.get("capacityProvider") for item in items]
    if sum(1 for item in items if item.get("base")) > 1:
        raise invalid("The specified capacity provider strategy cannot contain more than one capacity provider with a base value defined.")
    if len(set(names)) < len(names):
        raise invalid("The specified capacity provider strategy cannot contain a capacity provider more than once.")
    if len(items) > 20:
        raise invalid("The specified capacity provider strategy cannot contain more than 20 capacity providers.")
    if len(items) > 1 and not any(item.get("weight") for item in items):
        raise invalid("The specified capacity provider strategy must contain at least one capacity provider with a weight greater than 0.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html
@rule("ecs", "CreateService", "UpdateService", "RunTask")
def strategies_name_the_clusters_providers(params, where):
    from moto.ecs.models import ecs_backends

    name = (params.get("cluster") or "default").rpartition("/")[2]
    cluster = ecs_backends[ACCOUNT][where.region].clusters.get(name)
    if cluster is None:
        return
    for item in params.get("capacityProviderStrategy") or []:
        if item.get("capacityProvider") not in (cluster.capacity_providers or []):
            raise invalid(
                "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. "
                "Associate the capacity provider with the cluster and try again."
            )


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html
@rule("ecs", "CreateCluster", "PutClusterCapacityProviders")
def providers_exist(params, where):
    from moto.ecs.models import ecs_backends

    own = ecs_backends[ACCOUNT][where.region].capacity_providers
    for name in params.get("capacityProviders") or []:
        if name not in ("FARGATE", "FARGATE_SPOT") and name not in own:
            raise invalid(f"The specified capacity provider '{name}' was not found. Specify a valid name or ARN and try again.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
@rule("ecs", "CreateService", "UpdateService")
def deployments_can_move(params, where):
    deployment = params.get("deploymentConfiguration") or {}
    low, high = deployment.get("minimumHealthyPercent", 100), deployment.get("maximumPercent", 200)
    if not 0 <= low <= 100 or not 100 <= high <= 200:
        raise invalid(f"minimumHealthyPercent must be from 0 to 100 and maximumPercent from 100 to 200: {low}, {high}")
    if low == high == 100:
        raise invalid("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.")
    breaker = deployment.get("deploymentCircuitBreaker") or {}
    if breaker.get("rollback") and not breaker.get("enable"):
        raise invalid("The deployment circuit breaker must be enabled to use rollback.")


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
@rule("ecs", "CreateService", "UpdateService")
def rebalancing_needs_room(params, where):
    high = (params.get("deploymentConfiguration") or {}).get("maximumPercent", 200)
    if params.get("availabilityZoneRebalancing") == "ENABLED" and high <= 100:
        raise invalid("Availability Zone rebalancing requires a maximumPercent greater than 100.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html, desiredCount
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
@rule("ecs", "CreateService", "UpdateService")
def desired_counts_have_a_range(params, where):
    count = params.get("desiredCount")
    if count is not None and not 0 <= count <= 5000:
        raise invalid(f"Invalid desired count {count}: it must be from 0 to 5000.")


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html
@rule("ecs", "CreateService", "UpdateService", "RunTask")
def fargate_has_platforms(params, where):
    version = params.get("platformVersion")
    if version and version not in ("LATEST", "1.4.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0"):
        raise Refusal("PlatformUnknownException", "The specified platform version does not exist.")
    if version in ("1.2.0", "1.1.0", "1.0.0"):
        raise Refusal("PlatformUnknownException", f"The platform version {version} is no longer available.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_NetworkConfiguration.html
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
@rule("ecs", "CreateService", "RunTask")
def awsvpc_needs_a_network(params, where):
    definition = params.get("taskDefinition") and task_definition(params["taskDefinition"], where.region)
    network = (params.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    mode = definition and definition.network_mode
    if mode == "awsvpc" and not network:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if definition and mode != "awsvpc" and network:
        raise invalid("Network Configuration is not valid for the given networkMode of this task definition.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
@rule("ecs", "CreateService", "UpdateService", "RunTask")
def networks_are_one_vpcs(params, where):
    from moto.ec2.models import ec2_backends

    network = (params.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if not network:
        return
    backend = ec2_backends[ACCOUNT][where.region]
    subnets, groups = network.get("subnets") or [], network.get("securityGroups") or []
    if not subnets:
        raise invalid("subnets can not be empty.")
    if len(subnets) > 16:
        raise invalid("subnets can have at most 16 items.")
    if len(groups) > 5:
        raise invalid("securityGroups can have at most 5 items.")
    vpcs = set()
    known = {s.id: s for zone in backend.subnets.values() for s in zone.values()}
    for subnet in subnets:
        if subnet not in known:
            raise invalid(f"Error retrieving subnet information for [{subnet}]: The subnet ID '{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)")
        vpcs.add(known[subnet].vpc_id)
    for group in groups:
        found = backend.get_security_group_from_id(group)
        if found is None:
            raise invalid(
                f"Error retrieving security group information for [{group}]: The security group '{group}' does not exist (ErrorCode: InvalidGroup.NotFound)"
            )
        vpcs.add(found.vpc_id)
    if len(vpcs) > 1:
        raise invalid("The subnets and security groups must be of one VPC.")


# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
@rule("ecs", "CreateCluster", "UpdateCluster")
def exec_logs_go_somewhere(params, where):
    execute = (params.get("configuration") or {}).get("executeCommandConfiguration") or {}
    if execute and (execute.get("logging") == "OVERRIDE") != bool(execute.get("logConfiguration")):
        raise invalid("logConfiguration must be specified if and only if logging is OVERRIDE.")


# CloudWatch Logs.

RETENTION = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
@rule("logs", "PutRetentionPolicy")
def logs_are_kept_for_so_many_days(params, where):
    days = params.get("retentionInDays")
    if days not in RETENTION:
        raise invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: {RETENTION}"
        )


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
@rule("logs", "CreateLogGroup")
def log_groups_of_aws_are_aws(params, where):
    if (params.get("logGroupName") or "").startswith("aws/"):
        raise invalid("Log groups starting with AWS/ are reserved for AWS.")


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html, kmsKeyId
@rule("logs", "CreateLogGroup", "AssociateKmsKey")
def logs_have_keys_by_arn(params, where):
    key = params.get("kmsKeyId")
    if key and not re.fullmatch(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/.+", key):
        raise invalid("The specified KMS key identifier is not valid: it must be the ARN of a key.")


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
@rule("logs", "PutMetricFilter")
def metric_filters_have_a_default_or_dimensions(params, where):
    for t in params.get("metricTransformations") or []:
        if t.get("dimensions") and t.get("defaultValue") is not None:
            raise invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")


# CloudWatch.


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
@rule("cloudwatch", "PutMetricAlarm")
def alarms_have_periods(params, where):
    periods = [params.get("Period")] + [(m.get("MetricStat") or {}).get("Period") or m.get("Period") for m in params.get("Metrics") or []]
    for period in periods:
        if period is not None and period not in (10, 20, 30) and (period < 60 or period % 60):
            raise Refusal("ValidationError", f"Invalid period {period}: it must be 10, 20, 30 or a multiple of 60")


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, EvaluationPeriods
@rule("cloudwatch", "PutMetricAlarm")
def alarms_look_back_a_day_or_a_week(params, where):
    period, count = params.get("Period"), params.get("EvaluationPeriods")
    if period is None or count is None:
        return
    if period < 3600 and period * count > 86400:
        raise Refusal("ValidationError", "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
    if period >= 3600 and period * count > 604800:
        raise Refusal("ValidationError", "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).")


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, DatapointsToAlarm
@rule("cloudwatch", "PutMetricAlarm")
def alarms_count_datapoints_of_their_periods(params, where):
    points, count = params.get("DatapointsToAlarm"), params.get("EvaluationPeriods")
    if points is not None and count is not None and points > count:
        raise Refusal("ValidationError", "DatapointsToAlarm must be less than or equal to EvaluationPeriods")


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
@rule("cloudwatch", "PutMetricAlarm")
def alarms_are_of_a_metric(params, where):
    ways = [bool(params.get("MetricName")), bool(params.get("Metrics"))]
    if sum(ways) != 1:
        raise Refusal("ValidationError", "An alarm needs either MetricName, with Namespace and Period, or Metrics")
    if params.get("MetricName") and not (params.get("Namespace") and params.get("Period")):
        raise Refusal("ValidationError", "MetricName needs Namespace and Period")
    if params.get("MetricName") and bool(params.get("Statistic")) == bool(params.get("ExtendedStatistic")):
        raise Refusal("ValidationError", "Exactly one of Statistic and ExtendedStatistic must be specified")


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
@rule("cloudwatch", "PutDashboard")
def dashboards_are_json(params, where):
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", params.get("DashboardName") or ""):
        raise Refusal("InvalidParameterValue", "The dashboard name must be 1 to 255 of A-Z, a-z, 0-9, - and _")
    try:
        body = json.loads(params.get("DashboardBody") or "")
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("widgets"), list):
        raise Refusal("InvalidParameterInput", "The field DashboardBody must be a valid JSON object with widgets")


# EventBridge.

OPERATORS = {
    "prefix", "suffix", "anything-but", "numeric", "cidr", "exists", "equals-ignore-case", "wildcard",
}  # fmt: skip


def pattern_problem(node, depth=1):
    """What is wrong with a part of an event pattern; "" where nothing is."""
    if not isinstance(node, dict) or (depth == 1 and not node):
        return "Filter is not an object"
    for name, value in node.items():
        if name == "$or":
            if not isinstance(value, list) or len(value) < 2:
                return "$or must be an array with at least 2 patterns"
            problem = next(filter(None, (pattern_problem(part, depth + 1) for part in value)), "")
        elif isinstance(value, dict):
            problem = pattern_problem(value, depth + 1) if value else "Empty objects are not allowed"
        elif not isinstance(value, list):
            problem = f'"{name}" must be an object or an array'
        else:
            problem = "Empty arrays are not allowed" if not value else next(filter(None, map(matcher_problem, value)), "")
        if problem:
            return problem
    return ""


def matcher_problem(item):
    if isinstance(item, list):
        return "Match value must be String, number, true, false, or null"
    if not isinstance(item, dict):
        return ""
    if len(item) != 1:
        return "Only one key allowed in match expression"
    operator, value = next(iter(item.items()))
    if operator not in OPERATORS:
        return f"Unrecognized match type {operator}"
    if operator == "exists" and not isinstance(value, bool):
        return "exists match pattern must be either true or false."
    return ""


# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
@rule("events", "PutRule")
def patterns_are_valid(params, where):
    pattern = params.get("EventPattern")
    if not pattern:
        return
    try:
        problem = pattern_problem(json.loads(pattern))
    except ValueError:
        problem = "The pattern is no JSON"
    if problem:
        raise Refusal("InvalidEventPatternException", f"Event pattern is not valid. Reason: {problem}")


# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
@rule("events", "PutRule")
def rules_match_or_are_scheduled(params, where):
    schedule = params.get("ScheduleExpression")
    if not schedule and not params.get("EventPattern"):
        raise Refusal("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if schedule and (schedule.startswith("at(") or schedule_problem(schedule)):
        raise Refusal("ValidationException", "Parameter ScheduleExpression is not valid.")


# Schedules: of rules, of Application Auto Scaling and of AWS Backup.

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
FIELDS = [
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of month", 1, 31, []),
    ("month", 1, 12, MONTHS),
    ("day of week", 1, 7, DAYS),
    ("year", 1970, 2199, []),
]


def schedule_problem(text):
    """What is wrong with at(…), rate(…) or cron(…); "" where nothing is."""
    found = re.fullmatch(r"(at|rate|cron)\((.*)\)", text)
    if not found:
        return "it must be at(...), rate(...) or cron(...)"
    kind, inner = found.groups()
    if kind == "at":
        try:
            datetime.datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S")
        except ValueError:
            return "at needs yyyy-mm-ddThh:mm:ss"
        return ""
    if kind == "rate":
        rate = re.fullmatch(r"(\d+) (minute|hour|day)(s?)", inner)
        if not rate or int(rate[1]) == 0 or (int(rate[1]) == 1) == bool(rate[3]):
            return "rate needs a positive number and minute, hour or day, in the plural above 1"
        return ""
    fields = inner.split()
    if len(fields) != 6:
        return f"cron needs 6 fields, got {len(fields)}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "cron needs ? as the day of month or as the day of week"
    for field, (name, low, high, words) in zip(fields, FIELDS, strict=True):
        if not cron_field(field, name, low, high, words):
            return f"the {name} of cron is {field}"
    return ""


def cron_field(field, name, low, high, words):
    if field in ("*", "?"):
        return field == "*" or "day" in name
    special = {"day of month": r"L|LW|\d{1,2}W", "day of week": r"([1-7]|[A-Z]{3})?L|([1-7]|[A-Z]{3})#[1-5]"}.get(name)
    if special and re.fullmatch(special, field):
        return True
    for part in field.split(","):
        values, _, step = part.partition("/")
        if "/" in part and not (step.isdigit() and int(step) > 0):
            return False
        ends = [] if values == "*" else values.split("-")
        numbers = [words.index(end.upper()) + low if end.upper() in words else int(end) if end.isdigit() else -1 for end in ends]
        if len(numbers) > 2 or not all(low <= number <= high for number in numbers):
            return False
    return True


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
@rule("application-autoscaling", "PutScheduledAction")
def schedules_are_valid(params, where):
    if params.get("Schedule"):
        problem = schedule_problem(params["Schedule"])
        if problem:
            raise Refusal("ValidationException", f"Invalid schedule expression: {problem}. Details: {params['Schedule']}")
    if params.get("Timezone") and is_no_zone(params["Timezone"]):
        raise Refusal("ValidationException", f"Invalid timezone: {params['Timezone']}")


def is_no_zone(name):
    """True for a name that is no time zone; on a machine without any of them every name may be one."""
    for known in ("Europe/London", name):
        try:
            zoneinfo.ZoneInfo(known)
        except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
            return known == name
    return False


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalableTargetAction.html
@rule("application-autoscaling", "PutScheduledAction")
def scheduled_actions_change_something(params, where):
    action = params.get("ScalableTargetAction")
    if action is None or not ({"MinCapacity", "MaxCapacity"} & set(action)):
        raise Refusal("ValidationException", "At least one of MinCapacity and MaxCapacity must be specified")
    capacities_in_order(action)


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
@rule("application-autoscaling", "RegisterScalableTarget")
def targets_have_capacities(params, where):
    capacities_in_order(params)


def capacities_in_order(params):
    low, high = params.get("MinCapacity"), params.get("MaxCapacity")
    for value in (low, high):
        if value is not None and value < 0:
            raise Refusal("ValidationException", f"Capacity must not be negative: {value}")
    if low is not None and high is not None and low > high:
        raise Refusal("ValidationException", "Maximum capacity cannot be less than minimum capacity")


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
@rule("application-autoscaling", "PutScalingPolicy")
def target_tracking_has_one_metric(params, where):
    tracking = params.get("TargetTrackingScalingPolicyConfiguration")
    if tracking is None:
        return
    if sum(1 for name in ("PredefinedMetricSpecification", "CustomizedMetricSpecification") if tracking.get(name)) != 1:
        raise Refusal("ValidationException", "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified")
    if tracking.get("TargetValue", 0) <= 0:
        raise Refusal("ValidationException", "TargetValue must be greater than 0")


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_CustomizedMetricSpecification.html
@rule("application-autoscaling", "PutScalingPolicy")
def customized_metrics_are_named(params, where):
    metric = (params.get("TargetTrackingScalingPolicyConfiguration") or {}).get("CustomizedMetricSpecification")
    if metric and not metric.get("Metrics"):
        for name in ("MetricName", "Namespace", "Statistic"):
            if not metric.get(name):
                raise Refusal("ValidationException", f"{name} is required in CustomizedMetricSpecification without Metrics")


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
@rule("backup", "CreateBackupPlan", "UpdateBackupPlan")
def backups_have_schedules(params, where):
    for entry in (params.get("BackupPlan") or {}).get("Rules") or []:
        schedule = entry.get("ScheduleExpression")
        if schedule and schedule_problem(schedule):
            raise Refusal("InvalidParameterValueException", f"Invalid schedule expression: {schedule_problem(schedule)}")
        minute = schedule[5:].split()[0] if schedule and schedule.startswith("cron(") else "0"
        if not minute.isdigit():
            raise Refusal("InvalidParameterValueException", "Invalid schedule expression: the backup frequency must be at least one hour")
        days = (entry.get("Lifecycle") or {}).get("DeleteAfterDays")
        if days is not None and days < 1:
            raise Refusal("InvalidParameterValueException", "DeleteAfterDays must be at least 1")


# IAM. The quotas: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html


def over(quota, limit):
    return Refusal("LimitExceeded", f"Cannot exceed quota for {quota}: {limit}", status=409)


def counted(document):
    """A policy's size: IAM leaves out white space."""
    return len(re.sub(r"\s", "", document))


def role_named(name):
    from moto.iam.models import iam_backends

    return next((r for r in iam_backends[ACCOUNT]["aws"].roles.values() if r.name == name), None)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: role trust policy length
@rule("iam", "CreateRole", "UpdateAssumeRolePolicy")
def trust_policies_have_a_size(params, where):
    document = params.get("AssumeRolePolicyDocument") or params.get("PolicyDocument") or ""
    if counted(document) > 2048:
        raise over("ACLSizePerRole", 2048)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: role inline policies, in total
@rule("iam", "PutRolePolicy")
def inline_policies_have_a_size(params, where):
    found = role_named(params.get("RoleName"))
    others = [text for name, text in found.policies.items() if name != params.get("PolicyName")] if found else []
    if sum(map(counted, [*others, params.get("PolicyDocument") or ""])) > 10240:
        raise Refusal("LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {params.get('RoleName')}", status=409)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: managed policy length
@rule("iam", "CreatePolicy", "CreatePolicyVersion")
def managed_policies_have_a_size(params, where):
    if counted(params.get("PolicyDocument") or "") > 6144:
        raise over("PolicySize", 6144)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: managed policies attached to a role
@rule("iam", "AttachRolePolicy")
def roles_have_ten_managed_policies(params, where):
    found = role_named(params.get("RoleName"))
    if found and params.get("PolicyArn") not in found.managed_policies and len(found.managed_policies) >= 10:
        raise over("PoliciesPerRole", 10)


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: names are unique whatever their case
@rule("iam", "CreateRole")
def roles_have_names_of_their_own(params, where):
    from moto.iam.models import iam_backends

    name = params.get("RoleName") or ""
    if any(r.name.lower() == name.lower() for r in iam_backends[ACCOUNT]["aws"].roles.values()):
        raise Refusal("EntityAlreadyExists", f"Role with name {name} already exists.", status=409)


SERVICE_PRINCIPAL = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
@rule("iam", "CreateRole", "UpdateAssumeRolePolicy")
def trust_policies_trust_somebody(params, where):
    document = params.get("AssumeRolePolicyDocument") or params.get("PolicyDocument") or ""
    for statement in statements(document):
        principal = statement.get("Principal") or statement.get("NotPrincipal")
        if not principal:
            raise Refusal("MalformedPolicyDocument", "Has prohibited field or lacks Principal: a trust policy says who it trusts")
        if "Resource" in statement or "NotResource" in statement:
            raise Refusal("MalformedPolicyDocument", "Has prohibited field Resource")
        for service in as_list(principal.get("Service") or []) if isinstance(principal, dict) else []:
            # Not in the words of AWS, "Invalid principal in policy": the provider waits two minutes for such a principal to appear.
            if not SERVICE_PRINCIPAL.fullmatch(service):
                raise Refusal("MalformedPolicyDocument", f'Invalid service principal in the trust policy: "SERVICE":"{service}"')


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
@rule("iam", "PutRolePolicy", "CreatePolicy", "CreatePolicyVersion")
def permissions_are_about_resources(params, where):
    sids = []
    for statement in statements(params.get("PolicyDocument") or ""):
        if "Principal" in statement:
            raise Refusal("MalformedPolicyDocument", "Policy document should not specify a principal.")
        for name in ("Action", "Resource"):
            if not as_list(statement.get(name) or statement.get("Not" + name) or []):
                raise Refusal("MalformedPolicyDocument", f"Policy statement must contain {name.lower()}s.")
        sid = statement.get("Sid")
        if sid and (not re.fullmatch(r"[A-Za-z0-9]*", sid) or sid in sids):
            raise Refusal("MalformedPolicyDocument", f"Statement IDs (SID) in a single policy must be unique, and letters and digits: {sid}")
        sids.append(sid)
        for action in as_list(statement.get("Action") or []):
            if action != "*" and not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", action):
                raise Refusal("MalformedPolicyDocument", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        for resource in as_list(statement.get("Resource") or []):
            if resource != "*" and (not resource.startswith("arn:") or resource.count(":") < 5):
                raise Refusal("MalformedPolicyDocument", f"Resource {resource} must be in ARN format or \"*\".")


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
@rule("iam", "CreateRole", "UpdateAssumeRolePolicy", "PutRolePolicy", "CreatePolicy", "CreatePolicyVersion")
def conditions_have_operators(params, where):
    document = params.get("AssumeRolePolicyDocument") or params.get("PolicyDocument") or ""
    known = r"(ForAllValues:|ForAnyValue:)?((String(Not)?(Equals|EqualsIgnoreCase|Like)|(Numeric|Date)((Not)?Equals|LessThan(Equals)?|GreaterThan(Equals)?)"
    known += r"|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null)"
    for statement in statements(document):
        for operator in statement.get("Condition") or {}:
            if not re.fullmatch(known, operator):
                raise Refusal("MalformedPolicyDocument", f"Invalid Condition type : {operator}.")


def statements(document):
    try:
        policy = json.loads(document)
        return [s for s in as_list(policy["Statement"]) if isinstance(s, dict)]
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal("MalformedPolicyDocument", "Syntax errors in policy.") from error


# EC2.


def wrong(parameter, value, why):
    return Refusal("InvalidParameterValue", f"Value ({value}) for parameter {parameter} is invalid. {why}")


SECURITY_GROUP_TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
@rule("ec2", "CreateSecurityGroup")
def security_groups_have_names(params, where):
    name = params.get("GroupName") or ""
    if name.lower().startswith("sg-"):
        raise wrong("GroupName", name, "Group names may not be in the format sg-*.")
    if name.lower() == "default":
        raise Refusal("InvalidParameterValue", "Cannot use reserved security group name: default")
    for parameter, text in (("GroupName", name), ("GroupDescription", params.get("Description") or "")):
        if not SECURITY_GROUP_TEXT.fullmatch(text):
            raise wrong(parameter, text, "Character sets beyond ASCII are not supported, and the length is at most 255.")


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
@rule("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def rules_of_security_groups_are_valid(params, where):
    for entry in params.get("IpPermissions") or []:
        low, high, protocol = entry.get("FromPort"), entry.get("ToPort"), entry.get("IpProtocol")
        given = low is not None and high is not None
        if given and protocol in ("tcp", "udp", "6", "17") and not 0 <= low <= high <= 65535:
            raise Refusal("InvalidParameterValue", f"Invalid {protocol.upper()} port range ({low}:{high})")
        if given and protocol in ("icmp", "1") and not (-1 <= low <= 255 and -1 <= high <= 255 and (low != -1 or high == -1)):
            raise Refusal("InvalidParameterValue", f"ICMP code ({high}) or type ({low}) out of range")
        peers = [peer for name in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs") for peer in entry.get(name) or []]
        if not peers:
            raise Refusal("MissingParameter", "The request must contain at least one source or destination of a rule")
        for peer in peers:
            for name in ("CidrIp", "CidrIpv6"):
                network(name, peer.get(name))
            if not SECURITY_GROUP_TEXT.fullmatch(peer.get("Description") or ""):
                raise Refusal(
                    "InvalidParameterValue",
                    "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: "
                    "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
                )


RESERVED = [ipaddress.ip_network(n) for n in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")]


# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
@rule("ec2", "CreateVpc")
def vpcs_have_sizes(params, where):
    block = network("cidrBlock", params.get("CidrBlock"))
    if block and (not 16 <= block.prefixlen <= 28 or any(block.overlaps(r) for r in RESERVED)):
        raise Refusal("InvalidVpc.Range", f"The CIDR '{params['CidrBlock']}' is invalid.")


# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html. That they lie apart in their VPC moto checks itself.
@rule("ec2", "CreateSubnet")
def subnets_have_sizes(params, where):
    block = network("cidrBlock", params.get("CidrBlock"))
    if block and not 16 <= block.prefixlen <= 28:
        raise Refusal("InvalidSubnet.Range", f"The CIDR '{params['CidrBlock']}' is invalid.")


def network(parameter, text):
    if text is None:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise wrong(parameter, text, "This is not a valid CIDR block.") from error


# https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
@rule("ec2", "CreateVpcEndpoint")
def endpoints_are_of_services(params, where):
    service = params.get("ServiceName") or ""
    if not re.fullmatch(r"(com|cn\.com|aws)\.[a-z0-9.-]+", service) or not ({where.region, "api", "s3-global"} & set(service.split("."))):
        raise Refusal("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")


# SQS and SNS.

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


# Secrets Manager, KMS, ECR, Cloud Map, DynamoDB, S3.


# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
@rule("secretsmanager", "CreateSecret")
def secrets_have_names(params, where):
    if not re.fullmatch(r"[A-Za-z0-9/_+=.@!-]{1,512}", params.get("Name") or ""):
        raise Refusal("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")


# https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
@rule("kms", "ScheduleKeyDeletion")
def keys_are_kept_for_a_while(params, where):
    days = params.get("PendingWindowInDays")
    if days is not None and not 7 <= days <= 30:
        raise Refusal("ValidationException", "PendingWindowInDays must be between 7 and 30 (inclusive)")


# https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
@rule("kms", "CreateAlias")
def aliases_of_aws_are_aws(params, where):
    name = params.get("AliasName") or ""
    if name.startswith("alias/aws/"):
        raise Refusal("InvalidAliasNameException", "Alias names that begin with alias/aws/ are reserved for AWS")
    if not re.fullmatch(r"alias/[a-zA-Z0-9/_-]+", name):
        raise Refusal("ValidationException", "Invalid identifier: an alias must be alias/ and letters, digits, /, _ or -")


# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html
@rule("ecr", "CreateRepository")
def repositories_use_a_key_for_kms(params, where):
    encryption = params.get("encryptionConfiguration") or {}
    if encryption.get("kmsKey") and encryption.get("encryptionType") == "AES256":
        raise invalid("Invalid parameter at 'encryptionConfiguration': kmsKey is for the encryption type KMS")


# https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
@rule("ecr", "PutLifecyclePolicy")
def lifecycles_expire_something(params, where):
    try:
        entries = json.loads(params.get("lifecyclePolicyText") or "")["rules"]
        numbers = [e["selection"]["countNumber"] for e in entries]
        priorities = [e["rulePriority"] for e in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise invalid("Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure'") from error
    if not entries or any(not isinstance(n, int) or n < 1 for n in numbers) or len(set(priorities)) < len(priorities):
        raise invalid("Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure'")


# https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-rule.html
@rule("ecr", "CreatePullThroughCacheRule")
def caches_have_credentials(params, where):
    url, secret = params.get("upstreamRegistryUrl") or "", params.get("credentialArn")
    needs = url in ("registry-1.docker.io", "ghcr.io", "registry.gitlab.com") or url.endswith(".azurecr.io")
    if needs and not secret:
        raise invalid(f"Invalid parameter at 'credentialArn': the upstream registry {url} needs credentials")
    if secret and url in ("public.ecr.aws", "quay.io", "registry.k8s.io"):
        raise invalid(f"Invalid parameter at 'credentialArn': the upstream registry {url} takes no credentials")
    prefix = params.get("ecrRepositoryPrefix") or ""
    if prefix != "ROOT" and not 2 <= len(prefix) <= 30:
        raise invalid("Invalid parameter at 'ecrRepositoryPrefix': 2 to 30 characters, or ROOT")


# https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
# https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html
@rule("servicediscovery", "CreateService", "CreatePrivateDnsNamespace")
def dns_labels_are_short(params, where):
    name = params.get("Name") or ""
    if where.operation == "CreateService" and len(name) > 127:
        raise Refusal("InvalidInput", "The name of a service must be at most 127 characters")
    if any(not 1 <= len(label) <= 63 for label in name.split(".")):
        raise Refusal("InvalidInput", "Each label of the name must be from 1 to 63 characters")


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
@rule("dynamodb", "CreateTable")
def tables_have_names(params, where):
    if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", params.get("TableName") or ""):
        raise Refusal("ValidationException", "Invalid table name: 3 to 255 of a-z, A-Z, 0-9, _, - and .")


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
@rule("s3", "CreateBucket")
def buckets_have_names(params, where):
    name = params.get("Bucket") or ""
    reserved = name.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or name.endswith(("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"))
    if reserved or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) or ".." in name or re.fullmatch(r"\d+(\.\d+){3}", name):
        raise Refusal("InvalidBucketName", "The specified bucket is not valid.")


# Everywhere.

# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html: aws: is reserved, keys differ
def tags_are_not_aws(params, where):
    lists = [params.get(name) for name in ("Tags", "tags", "TagList")]
    lists += [entry.get("Tags") for entry in params.get("TagSpecifications") or []]
    for tags in lists:
        keys = list(tags) if isinstance(tags, dict) else [t.get("Key") or t.get("key") or t.get("TagKey") or "" for t in tags or []]
        for key in keys:
            if key.lower().startswith("aws:"):
                raise Refusal("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
            if keys.count(key) > 1:
                raise Refusal("InvalidParameterValue", f"Duplicate tag keys found: {key}")


# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html: keys differ by more than their case
@rule("iam", "CreateRole", "TagRole", "CreatePolicy", "TagPolicy")
def tag_keys_of_iam_differ(params, where):
    keys = [t["Key"].lower() for t in params.get("Tags") or []]
    if len(set(keys)) < len(keys):
        raise Refusal("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")


EVERYWHERE = [tags_are_not_aws]
