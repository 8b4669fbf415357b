"""A serving process as the supervisor sees it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import socket
from threading import Thread
from typing import IO

from portable.settings.redaction import Redactor
from portable.tooling.dev.channel import Asked, Told, send, told
from portable.tooling.run.relay import Relay

LAST = 1.0
"""Seconds to wait for the last lines of a process that has ended."""
Tell = Callable[["Child", "Told | None"], None]
"""Takes what a child tells; None when it has ended."""


class Child:
    """One process. `tell` is called by a thread of its own."""

    def __init__(
        self,
        how: str,
        interpreter: str,
        folder: Path,
        listener: socket,
        redact: Redactor,
        echo: Callable[[str], None],
        tell: Tell,
    ) -> None:
        orders, asked = os.pipe()
        back, answers = os.pipe()
        given = (listener.fileno(), orders, answers)
        self.process = subprocess.Popen(
            [interpreter, "-m", "portable.tooling.dev.serving", how, *map(str, given)],
            cwd=folder,
            env={**os.environ, "PORTABLE_TARGET": "local", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=given,
            start_new_session=True,  # Ctrl-C is for the supervisor, which lets handlers finish
        )
        os.close(orders)
        os.close(answers)
        self._asked = os.fdopen(asked, "wb")
        assert self.process.stdout is not None
        self._relay = Relay(self.process.stdout, redact, echo)
        self._tell = tell
        self._thread = Thread(target=self._hear, args=(os.fdopen(back, "rb"),), daemon=True)
        self._thread.start()

    def ask(self, message: Asked) -> None:
        """Send a message."""
        send(self._asked, message)

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()

    def wait(self, seconds: float) -> None:
        """Wait until the process has ended and all that it wrote was passed on. Raises TimeoutExpired."""
        self.process.wait(seconds)
        self._thread.join(LAST)

    def _hear(self, stream: IO[bytes]) -> None:
        with stream:
            for message in told(stream):
                self._tell(self, message)
        self.process.wait()
        self._relay.finish()
        with suppress(OSError):  # what could not be sent is still held
            self._asked.close()
        self._tell(self, None)
