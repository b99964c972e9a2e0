"""Serves moto on a free loopback port and says where.

Started by package emulator as: launcher.py STATE [--attached]
STATE is written once the server listens; its path on the command line is also
how the package knows that a process is its own. With --attached the server
ends when its standard input does, that is, when the program that started it
ends in whatever way.
"""

import collections
import json
import os
import signal
import socket
import sys
import threading


def listen():
    """Binds before moto is loaded: no other process can take the port in between."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    sock.listen(128)
    return sock


def never_applies(statement):
    """True for a statement that asks for requests without TLS."""
    condition = statement.get("Condition") or {}
    for operator in ("Bool", "BoolIfExists"):
        for key, value in (condition.get(operator) or {}).items():
            values = value if isinstance(value, list) else [value]
            if key.lower() == "aws:securetransport" and all(str(v).lower() == "false" for v in values):
                return True
    return False


def treat_loopback_as_tls():
    """Teaches moto the one condition of a TLS-only bucket policy.

    moto ignores conditions it does not know, as if they were met, so
    'Deny s3:* when aws:SecureTransport is false' denies every access to the
    bucket's objects and no state could be stored in it. The loopback stands in
    for TLS here: such a statement does not apply. All others are left to moto.
    """
    from moto.s3.models import FakeBucket

    def get_permission(self, action, resource):
        from moto.iam.access_control import IAMPolicy, PermissionResult

        if self.policy is None:
            return PermissionResult.NEUTRAL
        policy = json.loads(self.policy)
        statements = policy["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        policy["Statement"] = [s for s in statements if not never_applies(s)]
        return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission


def forget_deleted_endpoints():
    """Makes a deleted VPC endpoint unknown, as on AWS.

    moto describes it as "deleted" for ever, and the provider waits ten minutes
    for it to be gone.
    """
    from moto.ec2.models.vpcs import VPCBackend

    delete = VPCBackend.delete_vpc_endpoints

    def delete_vpc_endpoints(self, vpce_ids=None):
        delete(self, vpce_ids)
        for vpce_id in vpce_ids or []:
            self.vpc_end_points.pop(vpce_id, None)

    VPCBackend.delete_vpc_endpoints = delete_vpc_endpoints


def keep_tags_of_scalable_targets():
    """Gives moto the call with which the provider reads a scalable target's tags.

    moto has no ListTagsForResource of Application Auto Scaling, without which
    no target can be applied.
    """
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

    register, tags = ApplicationAutoScalingResponse.register_scalable_target, {}

    def register_scalable_target(self):
        answer = register(self)
        tags.setdefault(json.loads(answer)["ScalableTargetARN"], self._get_param("Tags") or {})
        return answer

    def list_tags_for_resource(self):
        return json.dumps({"Tags": tags.get(self._get_param("ResourceARN"), {})})

    ApplicationAutoScalingResponse.register_scalable_target = register_scalable_target
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource


def refuse_what_is_missing(app):
    """Answers 501 for an action that moto does not have, and says which.

    moto lets the error through, which becomes status 500, and clients try that
    again: the AWS provider 25 times, for a quarter of an hour. 501 is final.
    """

    def wrapped(environ, start_response):
        try:
            return app(environ, start_response)
        except NotImplementedError as error:
            body = json.dumps({"__type": "NotImplemented", "message": f"local AWS emulator: {error}"}).encode()
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            start_response("501 Not Implemented", headers)
            return [body]

    return wrapped


def keep_queue_attributes():
    """Teaches moto to give back a queue's attributes as they were set.

    moto 5.2 drops a queue's policy whenever another attribute is set, does not
    give back RedriveAllowPolicy, for which the provider waits in vain, and puts
    spaces into RedrivePolicy.
    """
    from moto.sqs.models import Queue

    set_attributes, attributes_of = Queue._set_attributes, Queue.attributes.fget

    def keeping_the_policy(self, attributes, now=None):
        if "Policy" not in attributes and hasattr(self, "_policy_json"):
            attributes = {**attributes, "Policy": self.policy}
        set_attributes(self, attributes, now)

    def as_they_were_set(self):
        attributes = attributes_of(self)
        if self.redrive_policy:
            attributes["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
        if not self.redrive_allow_policy:
            del attributes["RedriveAllowPolicy"]
        return attributes

    Queue._set_attributes = keeping_the_policy
    Queue.attributes = property(as_they_were_set)
    Queue.redrive_allow_policy = None
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]


def let_delete_markers_go():
    """Lets a versioned bucket be emptied.

    moto frees the memory of every version of an object it drops, and expects a
    delete marker to have some: dropping one answers 500. A bucket in which
    Terraform locked a state by S3 is full of them.
    """
    from moto.s3.models import FakeDeleteMarker

    FakeDeleteMarker.dispose = lambda self, *_: None


def answer_retries_alike(app):
    """Gives the second try of a request the answer to the first.

    A client whose connection breaks before it has read the answer sends the
    request again, which on a busy machine happens to one in some thousands. What
    the first try made then exists already, or is locked by the client itself.
    AWS's SDKs number their invocations, the same number for each try.
    """
    answers, lock = collections.OrderedDict(), threading.Lock()

    def wrapped(environ, start_response):
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if not invocation:
            return app(environ, start_response)
        with lock:
            answer = answers.get(invocation)
        if answer is None:
            begun = []
            body = b"".join(app(environ, lambda status, headers, exc_info=None: begun.append((status, headers))))
            answer = (*begun[-1], body)
            if answer[0].startswith("2"):
                with lock:
                    answers[invocation] = answer
                    while len(answers) > 1000:
                        answers.popitem(last=False)
        start_response(*answer[:2])
        return [answer[2]]

    return wrapped


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    state = sys.argv[1]
    sock = listen()
    port = sock.getsockname()[1]
    os.environ["MOTO_PORT"] = str(port)

    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    treat_loopback_as_tls()
    forget_deleted_endpoints()
    keep_tags_of_scalable_targets()
    keep_queue_attributes()
    let_delete_markers_go()
    server = make_server(
        "127.0.0.1",
        port,
        answer_retries_alike(refuse_what_is_missing(DomainDispatcherApplication(create_backend_app))),
        threaded=True,
        request_handler=MotoRequestHandler,
        fd=sock.fileno(),
    )
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if "--attached" in sys.argv[2:]:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    with open(state + ".new", "w") as f:
        json.dump({"pid": os.getpid(), "port": port}, f)
    os.replace(state + ".new", state)
    server.serve_forever()


if __name__ == "__main__":
    main()
