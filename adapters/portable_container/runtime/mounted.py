"""Files that are replaced while a process runs: takes a path, returns the file's bytes as they are now.

Kubernetes replaces a mounted secret by moving a symbolic link, other tools by renaming a new file over the old one. Both
change the inode, which is looked up at each read, so no thread waits for news.
"""

from __future__ import annotations

import logging
import os
import time
from threading import Lock

from portable.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Signature = tuple[int, int, int, int]
    """The device, inode, size and time of change of a file."""

SECONDS = 300.0
"""How long the bytes of a file are used without reading them again, and how long those of a file that is gone, in seconds."""
TRIES = 3
"""How often a file is read anew that somebody writes at the same time."""
_log = logging.getLogger("portable")


class Mounted:
    """One file. It is safe to use from several threads."""

    def __init__(
        self, path: str, what: str, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`what` names the file in errors, such as "the secret"."""
        self._path = path
        self._what = what
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._signature: Signature | None = None
        self._bytes = b""
        self._read_at = self._good_at = 0.0
        self._warned = ""

    def read(self) -> bytes:
        """Return the bytes of the file. They are read again when the file was replaced or changed, and every `SECONDS`.

        A file that is gone or empty may be about to be replaced: its old bytes are used for `SECONDS` more, and a warning
        is logged. Raises ConfigurationError if it cannot be read or is empty.
        """
        with self._lock:
            now = self._clock()
            try:
                if self._signature is not None and now < self._read_at + self._seconds and self._unchanged():
                    self._good_at = now
                    return self._bytes
                signature, found = self._now()
            except OSError as error:
                return self._old(f"cannot be read ({error.strerror or error})", now, error)
            if not found:
                return self._old("is empty", now, None)
            self._signature, self._bytes, self._warned = signature, found, ""
            self._read_at = self._good_at = now
            return found

    def _old(self, problem: str, now: float, cause: OSError | None) -> bytes:
        """Return the bytes that were read last, if they still count. Raises ConfigurationError."""
        if self._signature is None or now >= self._good_at + self._seconds:
            raise ConfigurationError(f"{self._what} {self._path} {problem}") from cause
        if problem != self._warned:
            _log.warning("%s %s %s; its old content is still used", self._what, self._path, problem)
            self._warned = problem
        return self._bytes

    def _unchanged(self) -> bool:
        return _signature(os.stat(self._path)) == self._signature

    def _now(self) -> tuple[Signature, bytes]:
        """Return the file as it is. Bytes that changed while they were read are read anew."""
        tries = TRIES
        while True:
            with open(self._path, "rb") as file:
                before = _signature(os.fstat(file.fileno()))
                found = file.read()
                after = _signature(os.fstat(file.fileno()))
            tries -= 1
            if before == after or tries == 0:
                return before, found


def _signature(found: os.stat_result) -> Signature:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
