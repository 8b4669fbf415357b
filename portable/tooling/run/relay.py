"""Takes the output of a child process and the secrets that it read; passes on the output without them, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from typing import IO

from portable.settings.redaction import hidden_values

MOST = 64 * 1024
"""Bytes that are passed on at once."""
WAIT = 2.0
"""Seconds to wait for the last lines once the child has ended."""


def write_secrets(file: Path, values: Iterable[str]) -> None:
    """Keep secrets for `Secrets`, whole or not at all; the folder must be open to nobody else."""
    made = file.with_suffix(".new")
    made.write_text(json.dumps(sorted(values)), encoding="utf-8")
    made.replace(file)


class Secrets:
    """The values that a child wrote with `write_secrets`, as soon as they are there; the longest first."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._values: tuple[str, ...] | None = None

    def __call__(self) -> tuple[str, ...]:
        """Return the values and what of them is a secret by itself."""
        if self._values is None:
            if not self._file.exists():
                return ()
            values = json.loads(self._file.read_text(encoding="utf-8"))
            self._values = hidden_values(values)
        return self._values


class Relay:
    """A thread that passes on what a stream holds."""

    def __init__(self, stream: IO[bytes], redact: Callable[[str], str], echo: Callable[[str], None]) -> None:
        self._thread = Thread(target=_pass_on, args=(stream, redact, echo), daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait for what the child wrote; a process that it left behind may hold the stream open and is not waited for."""
        self._thread.join(WAIT)


def _pass_on(stream: IO[bytes], redact: Callable[[str], str], echo: Callable[[str], None]) -> None:
    rest = b""
    with stream:
        while data := stream.read1(MOST):  # type: ignore[attr-defined]  # what is there, many lines at once
            whole, end, rest = (rest + data).rpartition(b"\n")
            if end:
                echo(redact((whole + end).decode("utf-8", "backslashreplace")))
    if rest:
        echo(redact(rest.decode("utf-8", "backslashreplace")))
