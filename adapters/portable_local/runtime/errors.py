"""Takes an error of a file or of SQLite; returns its class in the error tree. All local drivers use it.

Sources: errno(3), https://www.sqlite.org/rescode.html. A full disk is Unavailable, because it ends when space is freed.
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
    """Return the class in the error tree, or None for an error of neither the file system nor SQLite."""
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "") or ""
        return next((kind for starts, kind in _SQLITE if name.startswith(starts)), Unavailable)
    if isinstance(error, OSError):
        return _ERRNOS.get(error.errno or 0, Unavailable)
    return None


class Wrapped:
    """A `with` block that turns errors of files into errors of the error tree. `what` names the resource."""

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
