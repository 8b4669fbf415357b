"""Errors of files and of SQLite in, kinds of errors of the tree out: one table for all that the local adapter keeps.

Sources: errno(3), https://www.sqlite.org/rescode.html. A full disk is Unavailable: it passes when somebody makes room.
"""

from __future__ import annotations

import errno
import sqlite3

from portable.errors import (
    InvalidKey,
    NotFound,
    PermissionDenied,
    PortableError,
    Throttled,
    TooLarge,
    Unavailable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

_ERRNOS: dict[int, type[PortableError]] = {
    errno.EACCES: PermissionDenied,
    errno.EFBIG: TooLarge,
    errno.ELOOP: NotFound,
    errno.ENAMETOOLONG: InvalidKey,
    errno.EPERM: PermissionDenied,
    errno.EROFS: PermissionDenied,
}
"""All others (ENOSPC, EDQUOT, EIO, EMFILE, …) are Unavailable."""
_SQLITE: tuple[tuple[tuple[str, ...], type[PortableError]], ...] = (
    (("SQLITE_BUSY", "SQLITE_LOCKED"), Throttled),
    (("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"), PermissionDenied),
    (("SQLITE_TOOBIG",), TooLarge),
)


def classify(error: BaseException) -> type[PortableError] | None:
    """Return the kind of error of the tree; None for what is neither of the file system nor of SQLite."""
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "") or ""
        return next((kind for starts, kind in _SQLITE if name.startswith(starts)), Unavailable)
    if isinstance(error, OSError):
        return _ERRNOS.get(error.errno or 0, Unavailable)
    return None


class Wrapped:
    """A block that touches files: what goes wrong there comes out as an error of the tree. `what` names the resource."""

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        found = None if error is None else classify(error)
        if found is not None:
            raise found(f"{self._what}: {getattr(error, 'strerror', None) or error}") from error
