"""Runs one container's command, and ends all that it has started.

Started by tasks_container as: supervisor.py COMMAND…
Each line on standard input names a signal for the command's process group,
which is what tini, the images' entry point, does with a signal of its own. When
standard input ends, the emulator has ended, in whatever way, and so does the
command. Exits as a container does: with the command's status, 128 and the
signal's number if one ended it.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time

SET_CHILD_SUBREAPER, SET_PDEATHSIG = 36, 1  # of prctl(2)


def prctl(option, value):
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def descendants():
    """The numbers of all processes below this one. Some are in sessions of their own: a flow run's engine is."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # pid (name) state parent …; the name may hold blanks and brackets.
                parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
    below, grown = {os.getpid()}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in below} - below
        below |= more
        grown = bool(more)
    return below - {os.getpid()}


def kill_all():
    for pid in descendants():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def start(command):
    """Forks before there is a thread."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    prctl(SET_PDEATHSIG, signal.SIGKILL)
    # A program started in the background passes on that Ctrl-C is ignored, and
    # a worker that cannot handle it does not handle SIGTERM either.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"exec {command[0]}: {error.strerror}", file=sys.stderr, flush=True)
    os._exit(127)


def obey(group):
    """Passes signals on until there is nobody to give one."""
    for line in sys.stdin:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.Signals[line.strip()])
    while True:
        kill_all()
        time.sleep(0.05)


def main():
    prctl(SET_CHILD_SUBREAPER, 1)
    command = start(sys.argv[1:])
    threading.Thread(target=obey, args=(command,), daemon=True).start()
    code = 0
    while True:
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            break
        if pid == command:
            code = os.waitstatus_to_exitcode(status)
            command = None
        if command is None:
            kill_all()  # as the kernel does when a container's first process ends
    sys.stdout.flush()
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
