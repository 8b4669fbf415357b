"""The writer of one local object: takes chunks and writes a temporary file, which at the end replaces the object.

The writer locks its file while it runs, so that a sweep can tell which files a killed process has left.
"""

from __future__ import annotations

import os
from io import FileIO

from portable.storage.writing import ObjectWriter
from portable_local.runtime.storage_lock import hold, locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from portable.storage.driver import Attributes, Condition
    from portable_local.runtime.errors import Wrapped
    from portable_local.runtime.storage_inside import Inside

    class Folder(Protocol):
        """The methods of `FilesBucket` that a writer calls."""

        inside: Inside

        def wrapped(self, key: str) -> Wrapped:
            """Return a `with` block that raises errors of the error tree."""
            ...

        def place(self, temporary: str, key: str, attributes: Attributes, condition: Condition | None) -> str:
            """Replace the object by the file, and return its etag."""
            ...


class FileWriter(ObjectWriter):
    """Writes to a temporary file."""

    def __init__(self, bucket: Folder, key: str, attributes: Attributes, condition: Condition | None) -> None:
        super().__init__()
        self._bucket = bucket
        self._key = key
        self._file: FileIO | None = None
        self._given = (attributes, condition)
        with bucket.wrapped(key):
            self._path = bucket.inside.temporary()
            with locked(bucket.inside.folder):  # a sweep must not see the file before its lock
                self._file = self._create()
                hold(self._file.fileno())

    def _create(self) -> FileIO:
        try:
            return FileIO(self._path, "xb")
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            return FileIO(self._path, "xb")

    def _send(self, data: bytes | memoryview) -> None:
        assert self._file is not None
        with self._bucket.wrapped(self._key), memoryview(data) as view:
            at = 0
            while at < len(view):
                at += self._file.write(view[at:])

    def _commit(self) -> None:
        assert self._file is not None
        with self._bucket.wrapped(self._key):
            try:
                self.etag = self._bucket.place(self._path, self._key, *self._given)
            except BaseException:
                self._discard()
                raise
            self._file.close()

    def _discard(self) -> None:
        from contextlib import suppress

        if self._file is None:  # it could not be made
            return
        with suppress(FileNotFoundError):
            os.unlink(self._path)
        self._file.close()
