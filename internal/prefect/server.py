"""Serves Prefect's API and UI on a free loopback port, with its data in a folder.

Started by package prefect as: server.py STATE PID [--services]
STATE is written once the server listens; its path on the command line is also
how the package knows that a process is its own. The server ends when the process
PID does, or on SIGTERM. Without --services it only answers: nothing schedules
deployments or marks late runs.

This is what `prefect server start` comes to, in one process instead of three
that each import Prefect, which takes seconds.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
import threading
import time


def listen():
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def end_with(pid):
    """Ends this process when another has ended."""

    def wait():
        if hasattr(os, "pidfd_open"):  # Linux
            with contextlib.suppress(ProcessLookupError):
                select.select([os.pidfd_open(pid)], [], [])
        else:
            with contextlib.suppress(ProcessLookupError):
                while True:
                    os.kill(pid, 0)
                    time.sleep(0.5)
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def tell(state, port):
    with open(state + ".new", "w") as file:
        json.dump({"pid": os.getpid(), "port": port}, file)
    os.replace(state + ".new", state)


def main():
    state, pid, *options = sys.argv[1:]
    end_with(int(pid))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # there is nothing to keep
    sock = listen()
    port = sock.getsockname()[1]
    # Before Prefect is imported: it reads its settings once.
    os.environ["PREFECT_UI_API_URL"] = f"http://127.0.0.1:{port}/api"

    import uvicorn
    from prefect.server.api.server import create_app

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            tell(state, port)

        def install_signal_handlers(self):
            pass

    app = create_app(final=True, webserver_only="--services" not in options)
    Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[sock])


if __name__ == "__main__":
    main()
