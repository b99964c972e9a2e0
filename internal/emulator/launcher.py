"""Serves moto on a free loopback port and says where.

Started by package emulator as: launcher.py STATE [--attached]
STATE is written once the server listens; its path on the command line is also
how the package knows that a process is its own. With --attached the server
ends when its standard input does, that is, when the program that started it
ends in whatever way.
"""

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


def let_delete_markers_go():
    """Lets a versioned bucket be emptied.

    moto frees the memory of every version of an object it drops, and expects a
    delete marker to have some: dropping one answers 500. A bucket in which
    Terraform locked a state by S3 is full of them.
    """
    from moto.s3.models import FakeDeleteMarker

    FakeDeleteMarker.dispose = lambda self, *_: None


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
    let_delete_markers_go()
    server = make_server(
        "127.0.0.1",
        port,
        DomainDispatcherApplication(create_backend_app),
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
