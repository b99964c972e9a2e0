"""Runs a script with Prefect many times, with what it imports loaded once.

Each line on standard input is JSON, {"arguments": […], "environment": {…}}, and
is answered with {"code": 0, "output": "…"}. Loading Prefect takes seconds.
"""

import json
import os
import runpy
import sys

import prefect.client.orchestration
import prefect.workers.base  # noqa: F401
import prefect_aws.workers  # noqa: F401
from prefect.context import refresh_global_settings_context


def run(script, arguments, environment):
    os.environ.update(environment)
    refresh_global_settings_context()
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")


def main(script):
    for line in sys.stdin:
        order = json.loads(line)
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            os.dup2(write, 1)
            os.dup2(write, 2)
            run(script, order["arguments"], order["environment"])
            sys.exit()
        os.close(write)
        with os.fdopen(read) as output:
            text = output.read()
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(json.dumps({"code": code, "output": text}), flush=True)


main(sys.argv[1])
