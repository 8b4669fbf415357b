"""A program and its arguments in, the lines that it prints out. No shell reads the arguments."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence

from portable.errors import NotFound, PermissionDenied, PortableError, Unavailable

_MISSING = ("not found", "no resources found", "no such", "notfound")
_AWAY = (
    "was refused - did you specify",
    "unable to connect",
    "cannot connect",
    "connection refused",
    "i/o timeout",
    "no such host",
    "tls handshake timeout",
)
_REFUSED = ("forbidden", "unauthorized", "permission denied", "must be logged in")


def printed(what: str, command: Sequence[str], install: str) -> Iterator[str]:
    """Yield each line that a program prints on stdout; `what` says what is done, `install` how people get the program.

    Raises NotFound, PermissionDenied or Unavailable by what the program says on stderr, PortableError for anything else.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        try:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise PortableError(f"{what} needs {command[0]}, which is not on this machine: {install}") from error
        with process:
            assert process.stdout is not None
            yield from (line.rstrip("\r\n") for line in process.stdout)
        errors.seek(0)
        lines = [line for line in errors.read().splitlines() if line.strip()]
        said = lines[-1][:500] if lines else ""  # the last one sums up
    if process.returncode != 0:
        raise _error(f"{what}: {command[0]} says: {said or f'nothing, and ends with {process.returncode}'}")


def _error(text: str) -> PortableError:
    """Return the error of a text, by the words of kubectl and Docker."""
    words = text.lower()
    if any(word in words for word in _AWAY):
        return Unavailable(f"{text}. Look at the network, and which cluster or engine is chosen")
    if any(word in words for word in _REFUSED):
        return PermissionDenied(f"{text}. Ask for this right, or sign in as another")
    if any(word in words for word in _MISSING):
        return NotFound(text)
    return PortableError(text)
