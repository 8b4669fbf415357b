"""A real `portable dev` in a process of its own, over an app in a folder."""

from __future__ import annotations

import http.client
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple, Self

from portable.testing.processes import free_port as free_port

PATIENCE = 60.0
PROGRAM = str(Path(sys.executable).with_name("portable"))


class Reply(NamedTuple):
    """A response."""

    status: int
    text: str


class Served:
    """Starts `portable dev` and ends it. `output` is all that it has printed; `trusted` is the file of a certificate for HTTPS.

    `under` is a command that starts another one, such as `setpriv`.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        port: int | None = None,
        trusted: Path | None = None,
        under: Sequence[str] = (),
    ) -> None:
        self._trusted = trusted
        self.port = port or free_port()
        self.output = ""
        command = [*under, PROGRAM, "dev", str(folder), "--port", str(self.port), *options]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.returncode

    def request(self, method: str, path: str, body: bytes = b"", timeout: float = 10.0, **headers: str) -> Reply:
        """Send a request. Raises OSError or HTTPException when nobody answers."""
        connection = self._connection(timeout)
        try:
            connection.request(method, path, body, headers)
            found = connection.getresponse()
            return Reply(found.status, found.read().decode())
        finally:
            connection.close()

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        if self._trusted is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        context = ssl.create_default_context(cafile=str(self._trusted))
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=context)

    def until(self, ready: Callable[[Reply], Any], method: str, path: str, body: bytes = b"") -> Reply:
        """Send a request again and again until its response is as it should be."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                found = self.request(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                found = Reply(0, repr(error))
            if ready(found):
                return found
            assert time.monotonic() < end, f"{found}\n{self.output}"
            assert self.process.poll() is None, self.output
            time.sleep(0.03)  # each request is work for who is waited for

    def says(self, text: str) -> str:
        """Wait until it has printed a text, and return all that it has printed."""
        return self.says_one_of(text)

    def says_one_of(self, *texts: str) -> str:
        """Wait until it has printed one of some texts, and return all that it has printed."""
        end = time.monotonic() + PATIENCE
        while not any(text in self.output for text in texts):
            assert time.monotonic() < end, self.output
            time.sleep(0.01)
        return self.output

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line


def environment() -> dict[str, str]:
    """Return the variables of this process without those of its resources."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTABLE_")}
