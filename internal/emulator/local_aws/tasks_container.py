"""One container of a task, as local processes: its environment, its log, its health."""

import contextlib
import json
import os
import re
import select
import shlex
import socket
import subprocess
import sys
import threading
import time
import uuid

from tasks_calls import Refused

IMAGES = ("prefecthq/prefect", "prefecthq/prefect-aws")
WEBSERVER_HOST, WEBSERVER_PORT = "PREFECT_WORKER_WEBSERVER_HOST", "PREFECT_WORKER_WEBSERVER_PORT"
DEFAULT_WEBSERVER_PORT = "8080"
DEFAULT_STOP_TIMEOUT = 30  # seconds
START_INTERVAL = 5  # seconds between checks in the start period, as Docker's
SUPERVISOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "supervisor.py")


class NotStarted(Exception):
    """Why a task or a container did not start, in ECS's words."""


def why_not(image):
    """Why the emulator does not run an image, or None."""
    if not sys.platform.startswith("linux"):
        return f"local AWS emulator: tasks are run on Linux only, this is {sys.platform}"
    name = re.sub(r"^(docker\.io|registry-1\.docker\.io)/", "", image).partition("@")[0].partition(":")[0]
    if name not in IMAGES:
        return f"local AWS emulator: runs {' and '.join(IMAGES)} only, with its own Prefect; got {image}"
    return None


class Container:
    """A container; description is what DescribeTasks says of it."""

    def __init__(self, definition, override, task):
        self.definition = definition
        self.name = definition["name"]
        self.essential = definition.get("essential", True)
        self.task = task
        self.command = override.get("command") or definition.get("command") or []
        self.environment = {e["name"]: e["value"] for e in definition.get("environment") or []}
        self.environment.update({e["name"]: e["value"] for e in override.get("environment") or []})
        self.secrets = definition.get("secrets") or []
        self.depends_on = definition.get("dependsOn") or []
        self.process = None
        self.log = None
        self.stop_by = None  # when it is killed
        self.health = Health(self) if definition.get("healthCheck") else None
        self.description = {
            "containerArn": f"{task.task_arn.replace(':task/', ':container/')}/{uuid.uuid4()}",
            "taskArn": task.task_arn,
            "name": self.name,
            "image": definition["image"],
            "lastStatus": "PENDING",
            "networkBindings": [],
            "networkInterfaces": task.network_interfaces,
            "healthStatus": "UNKNOWN",
            "cpu": str(definition.get("cpu") or 0),
        }
        for name in ("memory", "memoryReservation"):
            if definition.get(name):
                self.description[name] = str(definition[name])

    @property
    def status(self):
        return self.description["lastStatus"]

    @property
    def exit_code(self):
        return self.description.get("exitCode")

    def start(self, folder, volumes, environment, secrets, log):
        """Starts the command. environment is the task's, secrets are values by name."""
        definition, own = self.definition, os.path.join(folder, self.name)
        home, tmp = os.path.join(own, "home"), os.path.join(own, "tmp")
        for path in (home, tmp):
            os.makedirs(path)
        self.mounts = {}
        for mount in definition.get("mountPoints") or []:
            self.mounts[mount["containerPath"].rstrip("/")] = volumes[mount["sourceVolume"]]
        env = {**environment, "HOME": home, "TMPDIR": self.mounts.get("/tmp", tmp)}
        env.update({name: self.moved(value) for name, value in self.environment.items()})
        env.update(secrets)
        self.move_webserver(env)
        command = [self.moved(word) for word in [*(definition.get("entryPoint") or []), *self.command]] or ["bash"]
        work = self.moved(definition.get("workingDirectory") or "")
        if not os.path.isdir(work):
            work = home
        if not find(command[0], env["PATH"], work):
            raise NotStarted(
                "CannotStartContainerError: Error response from daemon: failed to create task for container: failed to create shim task: "
                f'OCI runtime create failed: exec: "{command[0]}": executable file not found in $PATH: unknown'
            )
        self.env, self.work = env, work
        self.process = supervised(command, work, env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.log = log
        if env.get("EXTRA_PIP_PACKAGES"):
            log.write(f"local AWS emulator: EXTRA_PIP_PACKAGES is not installed: {env['EXTRA_PIP_PACKAGES']}")
        self.reader = threading.Thread(target=log.read, args=(self.process.stdout,), daemon=True)
        self.reader.start()
        self.description.update(lastStatus="RUNNING", runtimeId=str(self.process.pid))
        if self.health:
            self.health.started = time.monotonic()

    def moved(self, text):
        """A path in a mounted volume is one of a folder here: two tasks do not share the machine's /tmp."""
        for path, folder in self.mounts.items():
            if text == path or text.startswith(path + "/"):
                return folder + text[len(path) :]
        return text

    def move_webserver(self, env):
        """Several workers on one machine cannot all have their health server on port 8080."""
        port = env.get(WEBSERVER_PORT, DEFAULT_WEBSERVER_PORT)
        env[WEBSERVER_HOST], env[WEBSERVER_PORT] = "127.0.0.1", str(free_port())
        self.webserver = {f"{host}:{port}": f"127.0.0.1:{env[WEBSERVER_PORT]}" for host in ("localhost", "127.0.0.1", "0.0.0.0")}

    def poll(self):
        """Notices that the command has ended, and kills what takes too long to stop."""
        if self.process is None or self.status == "STOPPED":
            return
        code = self.process.poll()
        if code is None:
            if self.stop_by is not None and time.monotonic() > self.stop_by:
                self.signal("SIGKILL")
                self.stop_by = float("inf")
            return
        if self.health:
            self.health.end()
        self.reader.join()  # the last lines are in the stream when the task is seen to have stopped
        self.process.stdin.close()
        self.description.update(lastStatus="STOPPED", exitCode=code)

    def stop(self):
        """Asks the command to end, once."""
        if self.process is None:
            self.description["lastStatus"] = "STOPPED"
        elif self.stop_by is None and self.status != "STOPPED":
            timeout = self.definition.get("stopTimeout")
            self.stop_by = time.monotonic() + (DEFAULT_STOP_TIMEOUT if timeout is None else timeout)
            self.signal("SIGTERM")

    def signal(self, name):
        try:
            self.process.stdin.write(name.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended

    def kill(self):
        """Ends everything now and waits for it."""
        if self.health:
            self.health.end()
        if self.process is not None:
            end(self.process)


def supervised(command, work, env, **output):
    """Starts a command that ends with this process, whatever ends it."""
    # Isolated and without site: a supervisor needs none of Python's packages and starts sooner.
    words = [sys.executable, "-I", "-S", SUPERVISOR, *command]
    return subprocess.Popen(words, cwd=work, env=env, stdin=subprocess.PIPE, start_new_session=True, **output)


def end(process):
    """Ends a supervised command and all below it, now."""
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    process.wait()


def find(program, path, work):
    if "/" in program:
        return os.access(os.path.join(work, program), os.X_OK)
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in path.split(":"))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Health:
    """A container's health check."""

    def __init__(self, container):
        check = container.definition["healthCheck"]
        self.container = container
        self.command = check["command"]
        self.interval = check.get("interval") or 30
        self.timeout = check.get("timeout") or 5
        self.retries = check.get("retries") or 3
        self.start_period = check.get("startPeriod") or 0
        self.started = self.last = None
        self.failures = 0
        self.process = None

    @property
    def status(self):
        return self.container.description["healthStatus"]

    def poll(self):
        """Starts a check when it is time for one, and reads its result."""
        now = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is None and now - self.last < self.timeout:
                return
            self.end()
            self.process = None
            self.count(code == 0, now)
            return
        starting = now - self.started < self.start_period and self.status == "UNKNOWN"
        if now - (self.last or self.started) >= (min(START_INTERVAL, self.interval) if starting else self.interval):
            self.last = now
            nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            self.process = supervised(self.argv(), self.container.work, self.container.env, **nowhere)

    def argv(self):
        words = []
        for word in self.command[1:]:
            for before, after in self.container.webserver.items():
                word = re.sub(re.escape(before) + r"\b", after, word)
            words.append(self.container.moved(word))
        return ["/bin/sh", "-c", words[0]] if self.command[0] == "CMD-SHELL" else words

    def count(self, healthy, now):
        if healthy:
            self.failures = 0
            self.container.description["healthStatus"] = "HEALTHY"
        elif now - self.started >= self.start_period or self.status != "UNKNOWN":
            self.failures += 1
            if self.failures >= self.retries:
                self.container.description["healthStatus"] = "UNHEALTHY"

    def end(self):
        if self.process is not None:
            end(self.process)


class Log:
    """A container's output on its way to its stream, sent with the execution role."""

    def __init__(self, container, task, send):
        self.send = send
        self.options = None
        config = container.definition.get("logConfiguration") or {}
        if config.get("logDriver") != "awslogs":
            return
        self.options = options = config["options"]
        self.group = options["awslogs-group"]
        self.stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container.name}/{task.id}"
        try:
            if options.get("awslogs-create-group") == "true":
                self.call("CreateLogGroup", {"logGroupName": self.group}, "ResourceAlreadyExistsException")
            self.call("CreateLogStream", {"logGroupName": self.group, "logStreamName": self.stream}, "ResourceAlreadyExistsException")
        except Refused as error:
            code, message = error.args
            raise NotStarted(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                f"failed to create Cloudwatch log stream: {code}: {message} : exit status 1"
            ) from None

    def call(self, action, body, harmless=None):
        try:
            self.send(self.options.get("awslogs-region"), "logs", f"Logs_20140328.{action}", body)
        except Refused as error:
            if error.args[0] != harmless:
                raise

    def write(self, *lines):
        if self.options is None or not lines:
            return
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines if line]  # AWS takes no empty message
        try:
            for i in range(0, len(events), 1000):
                batch = events[i : i + 1000]
                self.call("PutLogEvents", {"logGroupName": self.group, "logStreamName": self.stream, "logEvents": batch})
        except (Refused, OSError) as error:
            print(f"log stream {self.stream}: {error}", file=sys.stderr, flush=True)

    def read(self, output):
        """Sends what arrives within a moment together, until the container has ended."""
        rest, waiting, since, fd = b"", [], 0.0, output.fileno()
        while True:
            readable, _, _ = select.select([fd], [], [], 0.25 if waiting else None)
            data = os.read(fd, 65536) if readable else b""
            *whole, rest = (rest + data).split(b"\n")
            ended = bool(readable) and not data
            if ended and rest:
                whole.append(rest)
            if whole and not waiting:
                since = time.monotonic()
            waiting += [line.decode(errors="replace").rstrip("\r") for line in whole]
            if waiting and (ended or not readable or time.monotonic() - since > 0.5):
                self.write(*waiting)
                waiting = []
            if ended:
                output.close()
                return


def programs(folder, python):
    """A folder of the images' programs: a virtual environment's own scripts name the folder in which it was made."""
    os.makedirs(folder, exist_ok=True)
    shim = os.path.join(folder, "prefect")
    with open(shim, "w") as file:
        file.write(f'#!/bin/sh\nexec {shlex.quote(python)} -m prefect "$@"\n')
    os.chmod(shim, 0o755)
    return ":".join([folder, os.path.dirname(python), "/usr/local/bin", "/usr/bin", "/bin"])


def pick(text, key):
    """One value of a secret whose value is JSON."""
    try:
        value = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        raise Refused("", f"retrieved secret from Secrets Manager did not contain json key {key}") from None
    return value if isinstance(value, str) else json.dumps(value)
