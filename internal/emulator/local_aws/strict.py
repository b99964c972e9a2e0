"""Checks every request before moto answers it, as AWS would.

moto takes nearly everything. Here a request is read with the service's model
from botocore (decode.py) and checked against it: types, members that are
missing or unknown, enums, ranges, lengths, patterns (shapes.py). What AWS
refuses and no model says is in rules: add a rule there. A refusal has AWS's
code, message and format.

What has no model here (a service, an operation, a protocol) is let through.
Each such request is a line with "unchecked" in the log.
"""

import collections
import gzip
import io
import json
import sys
import traceback
from xml.sax.saxutils import escape

import decode
import rules
import shapes
from refusal import Refusal

# The name in a request's signature, where it is not the model's.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
MODELS = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi"}

# With what code a service refuses what its model forbids: see the section
# "Errors" or "Common Error Types" of each service's API reference.
CODES = {
    "backup": "InvalidParameterValueException",
    "cloudwatch": "ValidationError",
    "ec2": "InvalidParameterValue",
    "ecr": "InvalidParameterException",
    "ecs": "InvalidParameterException",
    "iam": "ValidationError",
    "logs": "InvalidParameterException",
    "s3": "InvalidArgument",
    "s3control": "InvalidRequest",
    "servicediscovery": "InvalidInput",
    "sns": "InvalidParameter",
    "sqs": "InvalidParameterValue",
    "sts": "ValidationError",
}
# For one kind of problem, where the code differs.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
CODES_OF_KINDS = {
    ("ec2", "missing"): "MissingParameter",
    ("ec2", "unknown"): "UnknownParameter",
    ("s3", "unknown"): "MalformedXML",
    ("sqs", "missing"): "MissingParameter",
}

Request = collections.namedtuple("Request", "service operation protocol params region")


recorder = None  # what takes every request that is checked, see record


def record(file):
    """Writes each request that AWS would have taken to a file, a line of JSON each, without the secrets that it knows."""
    global recorder

    def write(request):
        params = {k: v for k, v in request.params.items() if k not in ("SecretString", "SecretBinary", "Body")}
        line = {"service": request.service, "operation": request.operation.name, "region": request.region, "params": params}
        with open(file, "a") as f:
            f.write(json.dumps(line, default=str) + "\n")

    recorder = write


class Unchecked(Exception):
    """Why a request cannot be checked."""


def check_requests(app):
    """Wraps moto: app sees only what AWS would have taken."""
    unchecked = collections.Counter()

    def wrapped(environ, start_response):
        if environ["PATH_INFO"].startswith(("/moto-api", "/_")):
            return app(environ, start_response)
        request = None
        try:
            request = read(environ)
            check(request)
            if recorder:
                recorder(request)
        except Refusal as refusal:
            return answer(request, refusal, start_response)
        except Unchecked as why:
            unchecked[str(why)] += 1
            print(f"strict: unchecked, {unchecked[str(why)]} so far: {why}", file=sys.stderr)
        except Exception:  # noqa: BLE001 (a mistake of ours must not refuse what AWS takes)
            print("strict: failed, unchecked: " + traceback.format_exc(), file=sys.stderr)
        return app(environ, start_response)

    return wrapped


def load(services):
    """Loads the models of services, and their errors; before a fork, so that each is loaded once."""
    from moto.core import errors
    from moto.core.routing import get_service_router
    from moto.core.utils import get_service_model, service_name_from_moto_package_name

    for service in services:
        model = get_service_model(service)
        errors.ErrorLookupFactory().for_service(model)
        service_name_from_moto_package_name(service.replace("-", ""))
        if model.protocol.startswith("rest-"):
            get_service_router(service)._get_router(model.protocol)


def read(environ):
    """The request in the words of its service's model."""
    from botocore.exceptions import UnknownServiceError
    from moto.core.request import Request as HTTPRequest
    from moto.core.request import determine_request_protocol
    from moto.core.routing import NotFound, get_service_router
    from moto.core.utils import get_service_model

    service, region = signed_for(environ)
    if service == "s3" and environ["PATH_INFO"].startswith("/v20180820/"):
        service = "s3control"  # whose requests are signed for S3
    try:
        model = get_service_model(service)
        protocol = determine_request_protocol(model, environ.get("CONTENT_TYPE", ""))
    except (UnknownServiceError, NotImplementedError) as error:
        raise Unchecked(f"{service}: {error}") from error
    if protocol not in decode.PROTOCOLS:
        raise Unchecked(f"{service}: protocol {protocol}")
    http, uri = None, {}
    if protocol.startswith("rest-"):
        http = HTTPRequest(environ, populate_request=False, shallow=True)
        try:
            operation, uri = get_service_router(service).match(http)
        except NotFound as error:
            raise Unchecked(f"{service}: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}") from error
        body = b"" if decode.streams(operation) else body_of(environ)
    else:
        body = body_of(environ)
        form = decode.form(body, environ["QUERY_STRING"]) if protocol in ("query", "ec2") else None
        name = action(environ, model, form)
        if name not in model.operation_names:
            raise Unchecked(f"{service}: {name}")
        operation = model.operation_model(name)
    partial = Request(service, operation, protocol, None, region)
    if operation.input_shape is None:
        return partial._replace(params={})
    if protocol == "json":
        params = decode.json_body(body)
    elif http is None:
        params = decode.query(operation.input_shape, form, protocol == "ec2")
    else:
        params = decode.rest(operation.input_shape, http, uri, body, protocol)
    return partial._replace(params=params)


def signed_for(environ):
    """Service and region of a request's signature."""
    try:
        scope = environ["HTTP_AUTHORIZATION"].split(",")[0].split()[1]
        _, _, region, service, _ = scope.split("/")
    except (KeyError, IndexError, ValueError) as error:
        raise Unchecked(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} without a signature") from error
    return MODELS.get(service, service), region


def action(environ, model, form):
    if form is not None:
        return form.get("Action", "")
    prefix, _, name = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")
    return name if prefix == model.metadata.get("targetPrefix") else f"{prefix}.{name}"


def body_of(environ):
    """Reads the body and puts it back for moto."""
    stream, length = environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0)
    body = stream.read() if environ.get("wsgi.input_terminated") else stream.read(length)  # terminated: sent in chunks
    environ["wsgi.input"] = io.BytesIO(body)
    environ.setdefault("CONTENT_LENGTH", str(len(body)))
    return gzip.decompress(body) if environ.get("HTTP_CONTENT_ENCODING") == "gzip" else body


def check(request):
    if request.params is decode.NOT_READABLE:
        raise Refusal("SerializationException" if request.protocol == "json" else "MalformedXML", "The body is not well formed")
    shape = request.operation.input_shape
    if shape is not None:
        problems = shapes.check(shape, request.params)
        if problems:
            raise refusal(request, problems)
    rules.check(request)


def refusal(request, problems):
    """What AWS says about a request that its model forbids."""
    kind, path, *_ = problems[0]
    service = request.service
    code = CODES_OF_KINDS.get((service, kind)) or CODES.get(service, "ValidationException")
    if service == "ec2":
        name = path.rpartition(".")[2]
        return Refusal(code, {"missing": f"The request must contain the parameter {name}", "unknown": f"The parameter {name} is not recognized"}
                       .get(kind, f"Value ({problems[0].value}) for parameter {name} is invalid. {problems[0].constraint}"))  # fmt: skip
    if kind == "type" and request.protocol == "json":
        return Refusal("SerializationException", f"{problems[0].constraint} at '{path}'")
    listed = "; ".join(map(str, problems))
    return Refusal(code, f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: {listed}")


def answer(request, refusal, start_response):
    """Writes a refusal in the protocol's format."""
    print(f"strict: refused {request.service} {request.operation.name}: {refusal.code}: {refusal}", file=sys.stderr)
    code, message = escape(refusal.code), escape(str(refusal))
    identifier = "00000000-0000-0000-0000-000000000000"
    kind = "text/xml"
    if request.protocol in ("json", "rest-json"):
        kind = "application/x-amz-json-1.1" if request.protocol == "json" else "application/json"
        body = json.dumps({"__type": refusal.code, "message": str(refusal)})
    elif request.protocol == "query":
        space = request.operation.service_model.metadata.get("xmlNamespace", "")
        body = f'<ErrorResponse xmlns="{space}"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>'
        body += f"<RequestId>{identifier}</RequestId></ErrorResponse>"
    elif request.protocol == "ec2":
        body = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{identifier}</RequestID></Response>"
    else:
        body = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{identifier}</RequestId></Error>"
        if request.service == "s3control":
            body = f"<ErrorResponse>{body}</ErrorResponse>"
        body = '<?xml version="1.0"?>' + body
    body = body.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-RequestId", identifier)]
    if kind != "text/xml":
        headers.append(("x-amzn-ErrorType", refusal.code))
    start_response(f"{refusal.status} {'Conflict' if refusal.status == 409 else 'Bad Request'}", headers)
    return [body]
