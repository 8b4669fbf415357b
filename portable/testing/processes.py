"""The process of a provider's host, for the test kits of adapters: takes a command; returns its replies and its log."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from portable.errors import UnsupportedError

LONGEST = 60.0
"""Seconds to wait for a process to listen, or for its reply."""
PORTS = range(20_000, 32_768)
"""The ports for servers of tests. Linux, macOS and Windows give higher ones to connections."""


class Told(Protocol):
    """A process that writes a log."""

    def news(self) -> str:
        """Return what it has written to its log since the last call."""
        ...

    def close(self) -> None:
        """End it."""
        ...


P = TypeVar("P", bound=Told)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply: status, pairs of headers in the order they came, names in lower case, and body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    pieces: tuple[bytes, ...] = ()
    """The chunks of a body that was sent in chunks."""
    broken: bool = False
    """Whether the connection broke before the end of the body."""

    @property
    def content(self) -> bytes | Iterator[bytes]:
        """The body, or its chunks; those of a broken one end with a ConnectionError."""
        return _chunks(self) if self.broken or self.pieces else self.body

    def header(self, name: str) -> str | None:
        """Return a header's values joined by ", ", None when it is absent."""
        return ", ".join(self.all(name)) or None

    def all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key == name.lower()]

    def json(self) -> Any:
        """Return the body decoded from JSON."""
        return json.loads(self.body)


def _chunks(answer: Answer) -> Iterator[bytes]:
    yield from answer.pieces or (answer.body,)
    if answer.broken:
        raise ConnectionError("the connection broke before the end of the body")


def _read(reply: http.client.HTTPResponse, headers: list[tuple[str, str]]) -> Answer:
    pieces: list[bytes] = []
    try:
        if not reply.chunked:
            return Answer(reply.status, headers, reply.read())
        while piece := reply.read1(1 << 20):
            pieces.append(piece)
    except http.client.IncompleteRead as error:
        found = tuple(pieces) or (error.partial,)
        return Answer(reply.status, headers, b"".join(found), found, broken=True)
    return Answer(reply.status, headers, b"".join(pieces), tuple(pieces))


def need_host(module: str, distribution: str) -> None:
    """Raise UnsupportedError when the host of an artifact is not installed beside the tests."""
    if find_spec(module) is None:
        raise UnsupportedError(f"--artifact: the host is not installed here. Run: pip install {distribution}")


class HostProcess:
    """A running process with its own process group. `port` is the port on which it listens, or 0.

    It gets PATH and the given environment, nothing else from the test. `close` or the end of a `with` block ends it.
    """

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str], port: int = 0) -> None:
        """Start the command in a folder and wait until it listens. Raises RuntimeError, with the log, if it does not."""
        self.port = port
        self._log = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - closed with the process
        self._read = 0
        self._process = subprocess.Popen(
            list(command),
            cwd=folder,
            env={"PATH": os.environ["PATH"], **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if port:
            self._wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def log(self) -> str:
        """What the process has written so far."""
        return self._written(0)

    def news(self) -> str:
        """Return what the process has written to its log since the last call."""
        found = self._written(self._read)
        self._read = self._size()
        return found

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: Sequence[tuple[str, str]] | Mapping[str, str] = (),
    ) -> Answer:
        """Return the reply to a request. The target is sent unquoted, and headers may repeat."""
        fields = list(headers.items() if isinstance(headers, Mapping) else headers)
        names = {name.lower() for name, _ in fields}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            if "host" not in names:
                connection.putheader("host", "testserver")
            for name, value in fields:
                connection.putheader(name, value.encode())
            if "content-length" not in names and (body or method in ("POST", "PUT", "PATCH")):
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body or None)
            reply = connection.getresponse()
            found = [(name.lower(), value) for name, value in reply.getheaders()]
            return _read(reply, found)
        finally:
            connection.close()

    def close(self) -> None:
        """End the process and those that it started, first by SIGTERM, then by SIGKILL."""
        for ending in (signal.SIGTERM, signal.SIGKILL):
            if not self.alive:
                break
            os.killpg(self._process.pid, ending)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                continue
        self._log.close()

    def _wait(self) -> None:
        ends = time.monotonic() + LONGEST
        while self.alive and time.monotonic() < ends:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        log = self.log[-4000:]
        self.close()
        raise RuntimeError(f"{' '.join(map(str, self._process.args))} does not start:\n{log}")  # type: ignore[arg-type]

    def _written(self, since: int) -> str:
        return os.pread(self._log.fileno(), self._size() - since, since).decode(errors="replace")

    def _size(self) -> int:
        return os.fstat(self._log.fileno()).st_size


class Processes(Generic[P]):
    """The processes of one artifact, each started at its first use; ended together."""

    def __init__(self) -> None:
        self._running: dict[str, P] = {}

    def get(self, name: str, start: Callable[[], P]) -> P:
        """Return a process by name, started when it is not there yet."""
        found = self._running.get(name)
        if found is None:
            found = self._running[name] = start()
        return found

    def news(self) -> str:
        """Return what the processes have written to their logs since the last call."""
        return "".join(process.news() for process in self._running.values())

    def close(self) -> None:
        """End every process."""
        for process in self._running.values():
            process.close()
        self._running.clear()


def free_port() -> int:
    """Return a loopback port that nothing uses.

    The system gives none of `PORTS` to a connection, which could take it before the server does.
    """
    while True:
        port = PORTS[secrets.randbelow(len(PORTS))]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
