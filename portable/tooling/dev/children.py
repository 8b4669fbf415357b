"""A serving process as the supervisor sees it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from socket import SHUT_RD, send_fds, socket
from threading import Thread

from msgspec import DecodeError

from portable.tooling.dev.channel import Asked, Told, send, told
from portable.tooling.dev.early import Started
from portable.tooling.run.relay import Relay

LAST = 1.0
"""Seconds to wait for the last lines of a process that has ended."""
Tell = Callable[["Child", "Told | None"], None]
"""Takes what a child tells; None when it has ended."""


class Child:
    """One process. `tell` is called by a thread of its own."""

    def __init__(
        self, started: Started, listener: socket, redact: Callable[[str], str], echo: Callable[[str], None], tell: Tell
    ) -> None:
        self.process = started.process
        with suppress(OSError):  # it has ended already, and will be heard of
            send_fds(started.way, [b"L"], [listener.fileno()])
        self._way = started.way
        self._asked = started.way.makefile("wb")
        assert self.process.stdout is not None
        self._relay = Relay(self.process.stdout, redact, echo)
        self._tell = tell
        self._thread = Thread(target=self._hear, daemon=True)
        self._thread.start()
        Thread(target=self._watch, daemon=True).start()

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

    def _watch(self) -> None:
        """End the way when the process has ended: a process that it left behind may hold the other end open."""
        self.process.wait()
        with suppress(OSError):
            self._way.shutdown(SHUT_RD)

    def _hear(self) -> None:
        with suppress(OSError, DecodeError), self._way.makefile("rb") as stream:
            for message in told(stream):  # a process that is killed may leave half a message
                self._tell(self, message)
        self.process.wait()
        self._relay.finish()
        with suppress(OSError):  # what could not be sent is still held
            self._asked.close()
        self._way.close()
        self._tell(self, None)
