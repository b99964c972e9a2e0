"""How a rule is written down, and what many rules use."""

import collections

from refusal import Refusal

ACCOUNT = "123456789012"

RULES = collections.defaultdict(list)


def rule(service, *operations):
    def register(function):
        for operation in operations:
            RULES[service, operation].append(function)
        return function

    return register


def client(message):
    """ECS's refusal of what a task definition says."""
    return Refusal("ClientException", message)


def invalid(message):
    return Refusal("InvalidParameterException", message)


def as_list(value):
    return value if isinstance(value, list) else [value]
