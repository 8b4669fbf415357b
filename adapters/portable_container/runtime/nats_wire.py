"""One question at a time to NATS, without another thread: takes a subject and a body, returns what answers.

The thread that asks writes to the socket and waits at it. This speaks as much of the protocol as a question needs
(https://docs.nats.io/reference/reference-protocols/nats-protocol). What goes wrong is raised, and ends the connection.
"""

from __future__ import annotations

import json
import os
import socket
from functools import cache
from itertools import count
from random import sample
from time import monotonic
from uuid import uuid4

from nats import errors

from portable_container.runtime.nats_asking import size_of
from portable_container.runtime.nats_urls import PORT, parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ssl import SSLContext
    from typing import TypeVar

    from portable_container.runtime.nats_asking import Ask

    T = TypeVar("T")

SHORTEST_SECONDS = 0.001
"""The shortest wait. A socket takes 0 for "do not wait"."""
_GREETING = {
    "verbose": False,
    "pedantic": False,
    "lang": "python",
    "version": "1",
    "protocol": 1,
    "name": "portable",
    "headers": True,
    "no_responders": True,
}


class Said:
    """An answer."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class Wire:
    """One connection. It is for one thread at a time, and for no other question after it has raised an error."""

    def __init__(self, server: str, inbox: str, seconds: float, *, secure: bool = False) -> None:
        """Connect to a server by its URL, within `seconds`. Answers come below the subject `inbox`.

        With `secure` nothing is said without TLS, also to a server that offers none.
        """
        self.used = monotonic()
        self.leaving = False
        """Whether the server has said that it is about to stop."""
        self._until = self.used + seconds
        self._inbox = f"{inbox}.{uuid4().hex}"
        self._numbers = count()
        uri = parts(server)
        self._socket = socket.create_connection((uri.hostname or "", uri.port or PORT), seconds)
        self._file = self._socket.makefile("rb")
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            about = json.loads(self._line().removeprefix(b"INFO "))
            self._most = int(about["max_payload"])
            if secure or about.get("tls_required"):
                self._encrypt(uri.hostname)
            self._join(_named(uri.username, uri.password))
        except BaseException:
            self.close()
            raise

    def ask(self, question: Ask, seconds: float) -> Said:
        """Return the answer to a question: a subject, a body and headers. Raises nats-py's errors, or OSError."""
        subject, body, headers = question
        if len(body) + size_of(headers) > self._most:
            raise errors.MaxPayloadError
        own = f"{self._inbox}.{next(self._numbers)}"
        self._until = monotonic() + seconds
        self._write(_published(subject, own, body, headers))
        while (found := self._next(own.encode())) is None:
            pass
        self.used = monotonic()
        return found

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self._socket.close()

    def _encrypt(self, name: str | None) -> None:
        """Go on with TLS. The server has said nothing more before."""
        self._file.close()
        context = _context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        self._socket = context.wrap_socket(self._socket, server_hostname=name)
        self._file = self._socket.makefile("rb")

    def _join(self, known: Mapping[str, str]) -> None:
        """Say who asks, and wait until the server has accepted it."""
        greeting = json.dumps({**_GREETING, **known})
        self._write(f"CONNECT {greeting}\r\nSUB {self._inbox}.* 1\r\nPING\r\n".encode())
        while (line := self._line()) != b"PONG":
            self._take(line)

    def _next(self, own: bytes) -> Said | None:
        """Read what the server says next. Return it if it is the answer."""
        line = self._line()
        if not line.startswith((b"MSG ", b"HMSG ")):
            self._take(line)
            return None
        kind, subject, *_, head, size = line.split()
        data = self._read(int(size))
        if subject != own:
            return None
        if kind == b"MSG":
            return Said(data)
        status = data.partition(b"\r\n")[0].removeprefix(b"NATS/1.0").strip()  # the word of the server itself
        if status.startswith(b"503"):
            raise errors.NoRespondersError
        if status:
            raise errors.Error(f"nats: {status.decode()}")
        return Said(data[int(head) :])

    def _take(self, line: bytes) -> None:
        """Take what is no message."""
        if line == b"PING":
            self._write(b"PONG\r\n")
        elif line.startswith(b"INFO "):
            self.leaving = bool(json.loads(line[5:]).get("ldm"))
        elif line.startswith(b"-ERR"):
            said = line[4:].decode().strip(" '").lower()
            raise errors.AuthorizationError if said == "authorization violation" else errors.Error(f"nats: {said}")

    def _line(self) -> bytes:
        return _whole(self._in_time(self._file.readline))

    def _read(self, size: int) -> bytes:
        return _whole(self._in_time(lambda: self._file.read(size + 2)))

    def _write(self, data: bytes) -> None:
        self._in_time(lambda: self._socket.sendall(data))

    def _in_time(self, action: Callable[[], T]) -> T:
        self._socket.settimeout(max(SHORTEST_SECONDS, self._until - monotonic()))
        try:
            return action()
        except TimeoutError:
            raise errors.TimeoutError from None


def connected(servers: list[str], inbox: str, seconds: float) -> Wire:
    """Return a connection to one of the servers, made within `seconds`. Raises the last error when each has refused.

    If one URL is `tls://`, each server is asked for TLS, as over the shared connection.
    """
    secure = any(parts(server).scheme == "tls" for server in servers)
    last: Exception = errors.NoServersError()
    until = monotonic() + seconds
    for server in sample(servers, len(servers)):
        try:
            return Wire(server, inbox, max(SHORTEST_SECONDS, until - monotonic()), secure=secure)
        except (OSError, errors.Error) as error:
            last = error
    raise last


@cache
def _context(_file: str | None, _folder: str | None) -> SSLContext:
    """Return whose certificates are believed, by the variables that OpenSSL reads. Reading them takes 20 ms."""
    from ssl import create_default_context

    return create_default_context()


def _whole(read: bytes) -> bytes:
    """Return what was read without its end, which is missing when the connection has ended."""
    if not read.endswith(b"\r\n"):
        raise errors.UnexpectedEOF
    return read[:-2]


def _published(subject: str, inbox: str, body: bytes, headers: Mapping[str, str] | None) -> bytes:
    if not subject or " " in subject or not subject.isprintable():
        raise errors.BadSubjectError
    if headers is None:
        return b"PUB %s %s %d\r\n%s\r\n" % (subject.encode(), inbox.encode(), len(body), body)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise errors.BadHeaderError
    head = "\r\n".join(("NATS/1.0", *lines, "", "")).encode()
    sizes = subject.encode(), inbox.encode(), len(head), len(head) + len(body)
    return b"HPUB %s %s %d %d\r\n%s%s\r\n" % (*sizes, head, body)


def _named(user: str | None, password: str | None) -> dict[str, str]:
    """Return who asks, as the URL says it: a user and a password, or a token alone."""
    if user is None:
        return {}
    return {"auth_token": user} if password is None else {"user": user, "pass": password}
