"""Takes a host and a port; returns a socket that listens there, or says who does and which port is free."""

from __future__ import annotations

import errno
import os
import shlex
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from portable.errors import PortableError
from portable.tooling.dev import words

TRIED = 50
"""How many ports above the wanted one are tried."""

ENDING = 0.5
"""Seconds that a process which cannot be seen gets to let go of a port: one that was killed has it a moment longer."""
OTHER = "a process of another user"
SHOWN = 400
"""How many characters of the command of another process are shown."""


class PortInUse(PortableError):
    """Another process listens there. `free` is the next free port, None where there is none near.

    `arguments` are those of the command after its program, which is proposed again with the free port.
    """

    def __init__(self, port: int, holder: str, free: int | None, arguments: Sequence[str] = ("dev",)) -> None:
        by = f" by {holder}" if holder else ""
        advice = "" if free is None else f". The next free one is {free}: {with_port(arguments, free)}"
        super().__init__(f"port {port} is in use{by}{advice}")
        self.free = free


def with_port(arguments: Sequence[str], port: int) -> str:
    """Return a command with another port: its folder and all other options stay."""
    kept, is_value = list[str](), False
    for word in arguments:
        is_short = word.startswith("-p") and not word.startswith("--")
        if not is_value and not is_short and word != "--port" and not word.startswith("--port="):
            kept.append(word)
        is_value = not is_value and word in ("-p", "--port")
    return shlex.join(["portable", *kept, "--port", str(port)])


def listening(host: str, port: int, arguments: Sequence[str] = ("dev",)) -> socket.socket:
    """Return a listening socket. `arguments` are those of the command, which an error proposes with another port. Raises PortInUse; PortableError for a host or port that cannot be had."""
    end = time.monotonic() + ENDING
    while True:
        try:
            return _bound(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise PortableError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
            by = holder(port)
            if by != OTHER or time.monotonic() > end:
                raise PortInUse(port, by, next_free(host, port), arguments) from error
        time.sleep(0.05)


def names_of(host: str) -> list[str]:
    """Return the names under which other machines reach an address; none for loopback, which only this one reaches."""
    if host in ("127.0.0.1", "::1", "localhost"):
        return []
    own = socket.gethostname()
    try:
        found = socket.getaddrinfo(own, None)
    except OSError:
        found = []
    return list(dict.fromkeys([host, own, *(str(address[0]) for *_, address in found)]))


def next_free(host: str, port: int) -> int | None:
    """Return the next free port above one."""
    for other in range(port + 1, min(port + TRIED, 65_535)):
        try:
            _bound(host, other).close()
        except OSError:
            continue
        return other
    return None


def holder(port: int) -> str:
    """Return the name and id of the process that listens on a port of this machine, "" where it cannot be told."""
    inodes = {inode for table in ("tcp", "tcp6") for inode in _listeners(Path("/proc/net", table), port)}
    if not inodes:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = {os.readlink(entry) for entry in (process / "fd").iterdir()}
            if held & inodes:
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"{words.short(command, SHOWN) or process.name} (process {process.name})"
        except OSError:  # it ended, or belongs to another user
            continue
    return OTHER


def _listeners(table: Path, port: int) -> list[str]:
    """Return the names of the sockets that listen on a port, as links below /proc name them."""
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return []
    return [f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port]


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(2048)
    except BaseException:
        found.close()
        raise
    return found
