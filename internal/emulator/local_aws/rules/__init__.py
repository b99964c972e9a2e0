"""What AWS refuses and no model says: one function for one rule.

A rule gets a request's parameters and where it goes, and raises a Refusal.
@rule names the service and its operations. Above each stands the page that says
so. A new rule gets a row in e2e/strict_requests_test.go.
"""

import collections

from refusal import Refusal

from . import (  # noqa: F401 (they register their rules)
    functions,
    iam,
    messages,
    monitoring,
    network,
    roles,
    scaling,
    services,
    stores,
    tasks,
)
from .rule import RULES

Where = collections.namedtuple("Where", "operation region")


def check(request):
    where = Where(request.operation.name, request.region)
    tags_are_not_aws(request.params)
    for function in RULES.get((request.service, where.operation), ()):
        function(request.params, where)


# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html: aws: is reserved, keys differ
def tags_are_not_aws(params):
    lists = [params.get(name) for name in ("Tags", "tags", "TagList")]
    lists += [entry.get("Tags") for entry in params.get("TagSpecifications") or []]
    for tags in lists:
        keys = list(tags) if isinstance(tags, dict) else [t.get("Key") or t.get("key") or t.get("TagKey") or "" for t in tags or []]
        for key in keys:
            if key.lower().startswith("aws:"):
                raise Refusal("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
            if keys.count(key) > 1:
                raise Refusal("InvalidParameterValue", f"Duplicate tag keys found: {key}")
