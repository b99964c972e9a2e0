"""Lambda: names, and what a function's role must let Lambda do."""

import fnmatch
import json

from refusal import Refusal

from .roles import role
from .rule import as_list, rule


def wrong(message):
    return Refusal("InvalidParameterValueException", message)


def allows(statements, action, principal=None):
    for statement in as_list(statements):
        services = as_list((statement.get("Principal") or {}).get("Service") or [])
        named = any(fnmatch.fnmatchcase(action, pattern) for pattern in as_list(statement.get("Action") or []))
        if statement.get("Effect") == "Allow" and named and (principal is None or principal in services):
            return True
    return False


# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html: "it is limited to 64 characters in length"
@rule("lambda", "CreateFunction")
def names_have_at_most_64_characters(function, _where):
    if not function["FunctionName"].startswith("arn:") and len(function["FunctionName"]) > 64:
        raise Refusal("ValidationException", "Value at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64")


# https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
@rule("lambda", "CreateFunction")
def roles_let_lambda_do_its_work(function, _where):
    found = role(function["Role"])
    if found is None:
        return
    if not allows(json.loads(found.assume_role_policy_document)["Statement"], "sts:AssumeRole", "lambda.amazonaws.com"):
        raise wrong("The role defined for the function cannot be assumed by Lambda.")
    policies = [json.loads(document)["Statement"] for document in found.policies.values()]
    managed = [policy for policy in found.managed_policies if policy.endswith("/AWSLambdaVPCAccessExecutionRole")]
    if (function.get("VpcConfig") or {}).get("SubnetIds") and not managed and not any(allows(p, "ec2:CreateNetworkInterface") for p in policies):
        raise wrong("The provided execution role does not have permissions to call CreateNetworkInterface on EC2")
