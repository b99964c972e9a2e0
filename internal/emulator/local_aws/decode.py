"""Reads requests into plain values in the model's words.

One function for one protocol; all give the same: dicts keyed by the names of
members, lists, and scalars. A member that the model does not know keeps the
name it came with, and text that is no number stays text, for shapes.py to see.
"""

import json
import re
from urllib.parse import parse_qsl
from xml.etree import ElementTree

PROTOCOLS = ("json", "query", "ec2", "rest-json", "rest-xml")

NOT_READABLE = object()

# What a query holds beside the operation's own parameters.
COMMON = re.compile(r"Action|Version|AWSAccessKeyId|Signature.*|Timestamp|SecurityToken|X-Amz-.*")


def json_body(body):
    try:
        return json.loads(body or b"{}")
    except ValueError:
        return NOT_READABLE


def form(body, query):
    return dict(parse_qsl(query, keep_blank_values=True) + parse_qsl(body.decode(), keep_blank_values=True))


def query(shape, form, ec2):
    """Reads Tags.member.1.Key=a, which EC2 writes as Tag.1.Key=a."""
    tree = {}
    for name, value in form.items():
        if COMMON.fullmatch(name):
            continue
        *parents, last = name.split(".")
        node = tree
        for parent in parents:
            if not isinstance(node.get(parent), dict):
                node[parent] = {}
            node = node[parent]
        if not isinstance(node.get(last), dict):
            node[last] = value
    return from_query(shape, tree, ec2)


def from_query(shape, node, ec2):
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(node, dict):
            return {} if node == "" else node
        known = query_names(shape, ec2)
        values = {}
        for name, value in node.items():
            member = known.get(name)
            values[member or name] = from_query(shape.members[member], value, ec2) if member else value
        return values
    if kind == "list":
        if node == "":
            return []
        if isinstance(node, dict) and not ec2 and not shape.serialization.get("flattened"):
            node = node.get(shape.member.serialization.get("name", "member")) if len(node) == 1 else node
        if not isinstance(node, dict) or not all(key.isdigit() for key in node):
            return node
        return [from_query(shape.member, node[key], ec2) for key in sorted(node, key=int)]
    if kind == "map":
        if isinstance(node, dict) and not shape.serialization.get("flattened"):
            node = node.get("entry") if len(node) == 1 else node
        if not isinstance(node, dict) or not all(isinstance(entry, dict) for entry in node.values()):
            return {} if node == "" else node
        key, value = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        return {entry.get(key): from_query(shape.value, entry.get(value, ""), ec2) for entry in node.values()}
    return scalar(shape, node)


def query_names(shape, ec2):
    """From a parameter's name in the query to the member's."""
    names = shape.__dict__.get("names_in_query")
    if names is None:
        names = shape.names_in_query = {}
        for member, of in shape.members.items():
            serialization = of.serialization
            name = serialization.get("locationNameForQueryCompatibility") or serialization.get("name", member)
            if ec2:
                name = serialization.get("queryName") or (name[0].upper() + name[1:])
            elif of.type_name == "list" and serialization.get("flattened"):
                name = of.member.serialization.get("name", name)
            names[name] = member
    return names


def scalar(shape, text):
    if not isinstance(text, str):
        return text
    kind = shape.type_name
    if kind in ("integer", "long") and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind in ("float", "double"):
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    return text


def streams(operation):
    """True where the body is a value as it stands, such as an S3 object."""
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    return payload is not None and shape.members[payload].type_name in ("blob", "string")


def rest(shape, http, uri, body, protocol):
    values, in_body = {}, {}
    payload = shape.serialization.get("payload")
    for member, of in shape.members.items():
        location, name = of.serialization.get("location"), of.serialization.get("name", member)
        if location == "uri":
            # The router names them as the path template does.
            found = uri.get(member, uri.get(name))
            if found is not None:
                values[member] = scalar(of, found)
        elif location == "querystring":
            if of.type_name == "list":
                found = http.args.getlist(name)
                if found:
                    values[member] = [scalar(of.member, text) for text in found]
            elif of.type_name != "map" and name in http.args:
                values[member] = scalar(of, http.args[name])
        elif location == "header":
            if name in http.headers and of.type_name not in ("list", "map", "timestamp"):
                values[member] = scalar(of, http.headers[name])
        elif location is None:
            in_body[name] = member
    if payload and shape.members[payload].type_name in ("blob", "string"):
        return {**values, payload: ""}  # the body is not read: it may be large
    if not in_body or not body:
        return values
    if protocol == "rest-json":
        found = json_body(body)
        if found is NOT_READABLE:
            return found
        if payload:
            values[payload] = from_json(shape.members[payload], found)
        else:
            values.update({in_body.get(name, name): from_json(shape.members.get(in_body.get(name)), value) for name, value in found.items()})
        return values
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return NOT_READABLE
    if payload:
        values[payload] = from_xml(shape.members[payload], root)
    else:
        values.update(from_xml(shape, root))
    return values


def from_json(shape, value):
    """Renames members where rest-json has other names for them."""
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict) and not shape.is_document_type:
        names = {of.serialization.get("name", member): member for member, of in shape.members.items()}
        return {names.get(name, name): from_json(shape.members.get(names.get(name)), item) for name, item in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [from_json(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: from_json(shape.value, item) for name, item in value.items()}
    return value


def tag(element):
    return element.tag.rpartition("}")[2]


def from_xml(shape, element):
    kind = shape.type_name
    if kind == "structure":
        names = {}
        for member, of in shape.members.items():
            name = of.serialization.get("name", member)
            if of.type_name == "list" and of.serialization.get("flattened"):
                name = of.member.serialization.get("name", name)
            if of.serialization.get("xmlAttribute"):
                name = "@" + name.rpartition(":")[2]
            names[name] = member
        children = {}
        for child in element:
            children.setdefault(tag(child), []).append(child)
        values = {}
        for name, found in children.items():
            member = names.get(name)
            if member is None:
                values[name] = found[0].text
            elif shape.members[member].type_name == "list" and shape.members[member].serialization.get("flattened"):
                values[member] = [from_xml(shape.members[member].member, child) for child in found]
            else:
                values[member] = from_xml(shape.members[member], found[0])
        for name, text in element.attrib.items():
            member = names.get("@" + name.rpartition("}")[2])
            if member:
                values[member] = text
        return values
    if kind == "list":
        return [from_xml(shape.member, child) for child in element]
    if kind == "map":
        return {}
    return scalar(shape, element.text or "")
