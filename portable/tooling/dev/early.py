"""Starts a serving process. It imports little, so that the first one can start before the command itself is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from socket import socket, socketpair
from typing import NamedTuple

NOW, SPARE = "now", "spare"
"""How a process begins: one that is not needed yet has time to import what only the dashboard needs."""


class Started(NamedTuple):
    """A process that was started, and the way to it and back."""

    interpreter: str
    process: subprocess.Popen[bytes]
    way: socket


def start(how: str, interpreter: str = sys.executable) -> Started:
    """Start a process, which waits for a listening socket and an order. It ends when the way to it is closed."""
    ours, theirs = socketpair()
    with theirs:
        process = subprocess.Popen(
            [interpreter, "-m", "portable.tooling.dev.serving", how, str(theirs.fileno())],
            env={**os.environ, "PORTABLE_TARGET": "local", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,  # Ctrl-C is for the supervisor, which lets handlers finish
        )
    return Started(interpreter, process, ours)
