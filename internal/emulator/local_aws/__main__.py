"""Serves moto on a free loopback port and says where.

Started by package emulator as: local_aws STATE [--attached] [--run-tasks=PYTHON]
STATE is written once the server listens; its path on the command line is also
how the package knows that a process is its own. With --attached the server
ends when its standard input does, that is, when the program that started it
ends in whatever way. With --run-tasks ECS runs tasks for real, with the Prefect
of that Python, see tasks.py. With --record-calls the calls that are made are
written to calls.jsonl beside STATE.

Or as: local_aws DIR --template
Loads everything once and waits. Each line STATE on standard input, with a tab
before each of its options, becomes a server of its own, forked from this process:
that takes milliseconds where a start takes seconds. Each line -PID ends one of them and is answered, on
standard output, once it is gone. When standard input ends, all of them end.
"""

import gc
import json
import os
import signal
import socket
import sys
import threading

RUN_TASKS = "--run-tasks="
RECORD_CALLS = "--record-calls"


def listen():
    """Binds before moto is loaded: no other process can take the port in between."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    sock.listen(128)
    return sock


def application():
    """Loads moto and returns what answers its requests."""
    import additions
    import answers
    import cbor
    import moto_fixes
    import strict
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    moto_fixes.apply()
    additions.apply()
    dispatcher = DomainDispatcherApplication(create_backend_app)
    return dispatcher, answers.answer_retries_alike(cbor.speak_cbor(answers.refuse_what_fails(answers.one_at_a_time(strict.check_requests(dispatcher)))))


def serve(sock, app, state, options):
    from serving import Handler
    from werkzeug.serving import make_server

    gc.freeze()  # what is loaded stays
    gc.enable()
    gc.set_threshold(50_000)
    port = sock.getsockname()[1]
    os.environ["MOTO_PORT"] = str(port)
    for option in options:
        if option == RECORD_CALLS:
            import strict

            strict.record(os.path.join(os.path.dirname(state), "calls.jsonl"))
        if option.startswith(RUN_TASKS):
            import tasks

            app = tasks.apply(app, option.removeprefix(RUN_TASKS), os.path.dirname(state), port)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Handler, fd=sock.fileno())
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    with open(state + ".new", "w") as f:
        json.dump({"pid": os.getpid(), "port": port}, f)
    os.replace(state + ".new", state)
    server.serve_forever()


def end_with(file):
    """Ends this process when nobody holds the other end of file any more."""

    def wait():
        file.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def main():
    state, mode = sys.argv[1], sys.argv[2:]
    gc.disable()  # looking for garbage in all that is loaded takes a quarter of the start
    if mode == ["--template"]:
        import template

        dispatcher, app = application()
        template.run(dispatcher, lambda state, options: serve(listen(), app, state, options), end_with)
        return
    sock = listen()
    _, app = application()
    if "--attached" in mode:
        end_with(sys.stdin.buffer)
    serve(sock, app, state, mode)


if __name__ == "__main__":
    main()
