"""ECS: services, tasks and clusters."""

import re

from refusal import Refusal

from .roles import task_definition
from .rule import ACCOUNT, invalid, rule


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


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/linear-deployment-implementation.html
@rule("ecs", "CreateService", "UpdateService")
def strategies_have_what_they_shift(params, where):
    deployment = params.get("deploymentConfiguration") or {}
    strategy = deployment.get("strategy") or "ROLLING"
    if strategy != "ROLLING" and params.get("serviceRegistries"):
        raise invalid(f"Service discovery is not supported with the deployment strategy {strategy}.")
    shifted = params.get("loadBalancers") or (params.get("serviceConnectConfiguration") or {}).get("enabled")
    if strategy in ("LINEAR", "CANARY") and not shifted:
        raise invalid(f"The deployment strategy {strategy} requires Elastic Load Balancing or Service Connect.")
    if not 0 <= (deployment.get("bakeTimeInMinutes") or 0) <= 1440:
        raise invalid(f"bakeTimeInMinutes must be between 0 and 1440: {deployment['bakeTimeInMinutes']}.")


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
