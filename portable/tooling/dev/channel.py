"""What the supervisor and a serving process tell each other: one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import msgspec


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to serve: the app in a folder, at an origin, with what was asked for on the command line.

    `targets` are the names of the installed targets, and `here` is the place of the one that runs on this machine: to find
    them takes a look at all that is installed. `token` is that of the dashboard's forms, `hosts` are the names beside loopback's under which it is served, and
    `certificate` is the file with the key and the certificate of HTTPS.
    """

    app: str
    origin: str
    targets: list[str]
    here: str
    wire: str = ""
    schedules: bool = True
    color: bool = False
    debug: int = 0
    token: str = ""
    hosts: list[str] = []
    certificate: str = ""


class Go(msgspec.Struct, tag="go", frozen=True):
    """Supervisor: load the app and serve it."""

    order: Order


class Fault(msgspec.Struct, tag="fault", frozen=True):
    """Supervisor: the newest source does not run. The process that serves shows why."""

    error: str
    where: str
    traceback: str


class Stop(msgspec.Struct, tag="stop", frozen=True):
    """Supervisor: accept nothing more, finish what runs, and end."""


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """Child: everything is imported but the app."""


class Serving(msgspec.Struct, tag="serving", frozen=True):
    """Child: it serves. `functions` are its functions, each with the words for what fires it; `secrets` are names.

    `beside` says in words who has the paths that no function has.
    """

    functions: list[tuple[str, str]]
    secrets: list[str]
    beside: str = ""


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """Child: the app does not load. Where the app is not at fault, `ends` is true, and the process ends."""

    error: str
    where: str = ""
    traceback: str = ""
    ends: bool = False


Told = Ready | Serving | Failed
Asked = Go | Fault | Stop

_encode = msgspec.json.Encoder().encode
_told = msgspec.json.Decoder(Told)
_asked = msgspec.json.Decoder(Asked)


def send(stream: IO[bytes], message: Told | Asked) -> None:
    """Send a message. A process that has ended is not an error."""
    try:
        stream.write(_encode(message) + b"\n")
        stream.flush()
    except (BrokenPipeError, ValueError):
        return


def told(stream: IO[bytes]) -> Iterator[Told]:
    """Yield what a child tells until it ends."""
    return (_told.decode(line) for line in stream)


def asked(stream: IO[bytes]) -> Iterator[Asked]:
    """Yield what the supervisor asks for until it ends."""
    return (_asked.decode(line) for line in stream)
