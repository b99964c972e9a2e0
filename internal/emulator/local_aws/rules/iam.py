"""IAM: policies, roles and their quotas.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json
import re

from refusal import Refusal

from .rule import ACCOUNT, as_list, rule


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


# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html: keys differ by more than their case
@rule("iam", "CreateRole", "TagRole", "CreatePolicy", "TagPolicy")
def tag_keys_of_iam_differ(params, where):
    keys = [t["Key"].lower() for t in params.get("Tags") or []]
    if len(set(keys)) < len(keys):
        raise Refusal("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
