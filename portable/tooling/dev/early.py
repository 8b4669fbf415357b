"""Starts a serving process. It imports little, so that the first one can begin before the command itself is imported."""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
import time
from importlib import import_module
from socket import socket, socketpair
from threading import Lock
from types import ModuleType
from typing import IO, NamedTuple, Protocol

NOW, SPARE = "now", "spare"
"""How a process begins: one that is not needed yet has time to import what only the dashboard needs."""
MARKS = {"PORTABLE_TARGET": "local", "PYTHONUNBUFFERED": "1"}
"""The variables of a serving process beside those of the command."""
SERVING = "portable.tooling.dev.serving"
SHARED = (
    "portable.tooling.app.settings",
    "portable.tooling.dev.channel",
    "portable.tooling.dev.state",
    "portable.tooling.targets",
)
"""What the command and the serving process both import, and not soon before they need it."""
LOOK, RARE = 0.01, 0.1
"""Seconds between two looks whether a process has ended: at first, and when it goes on for long."""


class Process(Protocol):
    """A process, as `subprocess.Popen` is one."""

    returncode: int | None
    stdout: IO[bytes] | None

    def wait(self, timeout: float | None = None) -> object:
        """Wait until it has ended. Raises subprocess.TimeoutExpired."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class Started(NamedTuple):
    """A process that was started, and the way to it and back."""

    interpreter: str
    process: Process
    way: socket


def start(how: str, interpreter: str = sys.executable) -> Started:
    """Start a process, which waits for a listening socket and an order. It ends when the way to it is closed."""
    ours, theirs = socketpair()
    with theirs:
        process = subprocess.Popen(
            [interpreter, "-m", SERVING, how, str(theirs.fileno())],
            env={**os.environ, **MARKS},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,  # Ctrl-C is for the supervisor, which lets handlers finish
        )
    return Started(interpreter, process, ours)


def fork() -> Started:
    """Return the first process, which is a fork of this one: what both need is imported once. There must be no thread yet."""
    if not sys.flags.safe_path:
        sys.path[0] = os.getcwd()  # as for the processes that `start` begins
    gc.disable()  # nothing of what is imported now is garbage
    for name in SHARED:
        import_module(name)
    gc.freeze()
    ours, theirs = socketpair()
    out, into = os.pipe()
    number = os.fork()
    if not number:
        os.close(out)
        ours.close()
        _serve(theirs, into)
    gc.enable()
    os.close(into)
    theirs.close()
    return Started(sys.executable, Forked(number, open(out, "rb")), ours)


def _serve(way: socket, out: int) -> None:
    """Be in this process what `start` begins, and end it."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, given in enumerate((nothing, out, out)):
        os.dup2(given, number)
    os.close(nothing)
    os.close(out)
    sys.stdout = io.TextIOWrapper(
        io.FileIO(1, "w", closefd=False), sys.stdout.encoding, sys.stdout.errors, write_through=True
    )
    os.environ.update(MARKS)
    sys.argv[1:] = []
    sys.modules["__main__"] = ModuleType("__main__")  # the program may lie in the folder of the app, and is none of it
    import_module("portable.tooling.dev.postponing").postpone_ssl()
    import_module(SERVING).serve(NOW, way)
    raise SystemExit


class Forked:
    """A fork of this process."""

    def __init__(self, number: int, stdout: IO[bytes]) -> None:
        self.returncode: int | None = None
        self.stdout: IO[bytes] | None = stdout
        self._number = number
        self._asking = Lock()

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended and return its exit code. Raises subprocess.TimeoutExpired."""
        end, look = None if timeout is None else time.monotonic() + timeout, LOOK
        while (found := self._ended()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("portable", timeout or 0.0)
            time.sleep(look)
            look = min(RARE, look * 1.05)
        return found

    def kill(self) -> None:
        """End it at once."""
        with self._asking:
            if self.returncode is None:
                os.kill(self._number, 9)

    def _ended(self) -> int | None:
        with self._asking:
            if self.returncode is None:
                number, status = os.waitpid(self._number, os.WNOHANG)
                self.returncode = os.waitstatus_to_exitcode(status) if number else None
        return self.returncode
