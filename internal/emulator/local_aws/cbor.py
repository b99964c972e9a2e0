"""Lets clients speak Smithy RPC v2 CBOR, which moto does not know.

The SDK of AWS provider 6 speaks it to CloudWatch. A request is handed on as
JSON, which each of these services speaks too, so that the checks and moto see
what they know, and the answer is turned back.
https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

import base64
import datetime
import io
import json
import re

import strict

PATH = re.compile(r"/service/(?P<target>\w+)/operation/(?P<operation>\w+)")


def speak_cbor(app):
    """Wraps what answers JSON, and leaves all other protocols alone."""

    def wrapped(environ, start_response):
        found = PATH.fullmatch(environ["PATH_INFO"]) if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor" else None
        operation = operation_of(environ, found) if found else None
        if operation is None:
            return app(environ, start_response)
        begun = []
        body = b"".join(app(as_json(environ, operation, strict.body_of(environ)), lambda *args: begun.append(args)))
        status, headers, *_ = begun[-1]
        body = answer(operation, body) if status.startswith("2") else failure(body)
        headers = [(name, value) for name, value in headers if name.lower() not in ("content-type", "content-length")]
        headers += [("Content-Type", "application/cbor"), ("Content-Length", str(len(body))), ("smithy-protocol", "rpc-v2-cbor")]
        start_response(status, headers)
        return [body]

    return wrapped


def operation_of(environ, path):
    """The operation's model, or None where botocore has none that speaks JSON."""
    from botocore.exceptions import UnknownServiceError
    from moto.core.utils import get_service_model

    try:
        service, _ = strict.signed_for(environ)
        model = get_service_model(service)
    except (strict.Unchecked, UnknownServiceError):
        return None
    known = "json" in model.metadata.get("protocols", []) and path["target"] == model.metadata["targetPrefix"]
    return model.operation_model(path["operation"]) if known and path["operation"] in model.operation_names else None


def as_json(environ, operation, body):
    metadata = operation.service_model.metadata
    body = json.dumps(decode(body), default=in_json).encode()
    environ = {name: value for name, value in environ.items() if name not in ("HTTP_SMITHY_PROTOCOL", "HTTP_CONTENT_ENCODING")}
    return environ | {
        "PATH_INFO": "/",
        "RAW_URI": "/",
        "REQUEST_URI": "/",
        "CONTENT_TYPE": "application/x-amz-json-" + metadata["jsonVersion"],
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_ACCEPT": "application/json",
        "HTTP_X_AMZ_TARGET": metadata["targetPrefix"] + "." + operation.name,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": False,
    }


def decode(body):
    from botocore.parsers import RpcV2CBORParser

    return RpcV2CBORParser()._initial_body_parse(body) or {}


def in_json(value):
    """AWS's JSON has times in seconds and bytes in base64."""
    return value.timestamp() if isinstance(value, datetime.datetime) else base64.b64encode(value).decode()


def answer(operation, body):
    from botocore.parsers import JSONParser

    if operation.output_shape is None:
        return b""
    values = JSONParser().parse({"status_code": 200, "headers": {}, "body": body}, operation.output_shape)
    values.pop("ResponseMetadata", None)
    return encode(values, operation.output_shape)


def failure(body):
    from botocore.model import DenormalizedStructureBuilder

    error = json.loads(body)
    values = {"__type": error.get("__type", "InternalFailure"), "message": error.get("message", error.get("Message", ""))}
    text = {"type": "string"}
    return encode(values, DenormalizedStructureBuilder().with_members({name: text for name in values}).build_model())


def encode(values, shape):
    from botocore.serialize import RpcV2CBORSerializer

    return RpcV2CBORSerializer()._serialize_body_params(values, shape)
