"""Checks values against a shape of a service's model.

botocore's own validator knows neither max nor enum nor pattern, so this one is
ours. AWS reports in the words of its framework, "Member must …".
"""

import re
import sys

# Which Python types a scalar may have. Bool is an int to Python, not to AWS.
SCALARS = {
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "string": (str,),
    "timestamp": (int, float, str),
    "blob": (str,),
}

WORDS = {bool: "TRUE_VALUE", str: "STRING_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE", dict: "Start of structure or map", list: "Start of list"}

# Patterns that are stricter in the model than on AWS. S3 Control's forbids the
# ARN of a general purpose bucket, which has no region, and which AWS takes.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListTagsForResource.html
CORRECTED = {r"arn:[^:]+:s3(express)?:[^:].*": r"arn:[^:]+:s3(express)?:.+"}

patterns = {}


class Problem:
    """One value that a model forbids."""

    def __init__(self, kind, path, value, constraint, hidden=False):
        self.kind, self.path, self.constraint = kind, path, constraint
        self.value = None if hidden else value
        self.hidden = hidden

    def __iter__(self):
        return iter((self.kind, self.path, self.value, self.constraint))

    def __str__(self):
        value = "Value" if self.hidden else "Value null" if self.value is None else f"Value '{self.value}'"
        return f"{value} at '{self.path}' failed to satisfy constraint: {self.constraint}"


def check(shape, value):
    """The problems of an operation's input."""
    problems = []
    visit(shape, value, "", problems)
    return problems


def visit(shape, value, path, problems):
    kind = shape.type_name
    if kind == "structure":
        structure(shape, value, path, problems)
    elif kind == "list":
        if wrong_type(value, list, "list", path, problems):
            return
        sized(shape, len(value), value, path, problems, "length")
        for i, item in enumerate(value, 1):
            visit(shape.member, item, f"{path}.{i}.member", problems)
    elif kind == "map":
        if wrong_type(value, dict, "map", path, problems):
            return
        sized(shape, len(value), value, path, problems, "length")
        for name, item in value.items():
            visit(shape.key, name, f"{path}.key", problems)
            if item is not None:
                visit(shape.value, item, f"{path}.{name}.member", problems)
    else:
        scalar(shape, value, path, problems)


def structure(shape, value, path, problems):
    if getattr(shape, "is_document_type", False):
        return
    if wrong_type(value, dict, "structure", path, problems):
        return
    members = shape.members
    for name in shape.required_members:
        if value.get(name) is None:
            problems.append(Problem("missing", joined(path, name), None, "Member must not be null"))
    if getattr(shape, "is_tagged_union", False) and sum(item is not None for item in value.values()) != 1:
        problems.append(Problem("union", path, None, f"Exactly one of these members must be set: {list(members)}"))
    for name, item in value.items():
        if name not in members:
            # AWS's JSON services overlook such a member. What is meant by it is lost then.
            problems.append(Problem("unknown", joined(path, name, lower=False), None, "Member is not known to the service's model"))
        elif item is not None:
            visit(members[name], item, joined(path, name), problems)


def scalar(shape, value, path, problems):
    kind = shape.type_name
    allowed = SCALARS.get(kind)
    if allowed is None:
        return
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind != "boolean"):
        problems.append(Problem("type", path, value, f"{WORDS.get(type(value), 'NULL_VALUE')} can not be converted to {kind}", hidden(shape)))
        return
    metadata = shape.metadata
    if not metadata:
        return
    if kind == "string":
        enum = metadata.get("enum")
        if enum and value not in enum:
            problems.append(Problem("enum", path, value, f"Member must satisfy enum value set: [{', '.join(enum)}]", hidden(shape)))
            return
        sized(shape, len(value), value, path, problems, "length")
        pattern = metadata.get("pattern")
        if pattern and not matches(pattern, value):
            problems.append(Problem("pattern", path, value, f"Member must satisfy regular expression pattern: {pattern}", hidden(shape)))
    elif kind in ("integer", "long", "float", "double"):
        sized(shape, value, value, path, problems, "value")
    elif kind == "blob":
        sized(shape, len(value) * 3 // 4 - value[-2:].count("="), value, path, problems, "length")


def sized(shape, size, value, path, problems, what):
    """Holds a number, or the length of a text, list or map, against min and max."""
    metadata = shape.metadata
    for bound, words, wrong in (("min", "greater", size < metadata.get("min", size)), ("max", "less", size > metadata.get("max", size))):
        if wrong:
            kind = "range" if what == "value" else "length"
            problems.append(Problem(kind, path, value, f"Member must have {what} {words} than or equal to {metadata[bound]}", hidden(shape)))


def wrong_type(value, wanted, name, path, problems):
    if isinstance(value, wanted):
        return False
    problems.append(Problem("type", path, value, f"{WORDS.get(type(value), 'NULL_VALUE')} can not be converted to {name}"))
    return True


def joined(path, name, lower=True):
    name = name[0].lower() + name[1:] if lower and name else name
    return f"{path}.{name}" if path else name


def hidden(shape):
    return bool(shape.metadata.get("sensitive"))


def matches(pattern, value):
    compiled = patterns.get(pattern)
    if compiled is None:
        compiled = patterns[pattern] = compiled_pattern(pattern)
    return compiled.fullmatch(value) is not None


def compiled_pattern(pattern):
    """Compiles a pattern written for Java."""
    pattern = CORRECTED.get(pattern, pattern)
    # Java spells the characters beyond 16 bits by two halves.
    text = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF").replace(r"\u10000-\u10FFFF", r"\U00010000-\U0010FFFF")
    try:
        return re.compile(text)
    except re.error:
        import regex  # for \p{L}, which re does not know

        try:
            return regex.compile(text)
        except regex.error:
            print(f"strict: unchecked pattern: {pattern}", file=sys.stderr)
            return re.compile("(?s).*")
