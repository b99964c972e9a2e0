"""ECS: the roles and revisions that tasks start with."""

import fnmatch
import json
import re

from .rule import ACCOUNT, as_list, client, invalid, rule


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
