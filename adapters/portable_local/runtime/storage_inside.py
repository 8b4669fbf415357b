"""A bucket's own folder inside of its folder: its lock, attributes of objects, files that are being written, and notes.

A process may be killed at any moment. What it leaves here, unfinished files and attributes of objects that it deleted, is
removed by `sweep` under the bucket's lock, at the first write of each process.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from portable.errors import PermissionDenied
from portable_local.runtime.storage_attributes import AttributeFiles, etag_of
from portable_local.runtime.storage_lock import is_held, locked
from portable_local.runtime.storage_paths import INSIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DROP = ".drop"
"""Suffix of a note: these attributes are to be removed, unless the file at the path in the note still has their etag."""


class Inside:
    """The own folder of the bucket `name` in `folder`."""

    def __init__(self, name: str, folder: str) -> None:
        self.folder = f"{folder}/{INSIDE}"
        self.attributes = AttributeFiles(f"{self.folder}/attributes")
        self._name = name
        self._writing = f"{self.folder}/writing"
        self._process = 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the bucket's lock. The first time in a process, remove the files that killed processes have left."""
        with locked(self.folder):
            if self._process != os.getpid():
                self._sweep()
                self._process = os.getpid()
            yield

    def temporary(self) -> str:
        """Return an unused path, on the bucket's file system, for an object that is being written."""
        from secrets import token_hex

        for path in (self.folder, self._writing, f"{self.folder}/attributes"):
            if os.path.islink(path):
                raise PermissionDenied(
                    f'bucket "{self._name}" cannot keep its temporary files in {path}, which is a link: remove the link'
                )
        return f"{self._writing}/{token_hex(8)}"

    @contextmanager
    def dropping(self, etag: str | None, path: str) -> Iterator[None]:
        """Remove the attributes of the file at a path, which the block deletes or replaces. `etag` is None without one."""
        noted = self._note(etag, path) if etag is not None and self.attributes.has(etag) else None
        yield
        if etag is not None:
            self.attributes.remove(etag)
        if noted is not None:
            os.unlink(noted)

    def _note(self, etag: str, path: str) -> str | None:
        """Write a note that the attributes of a file will be removed. Return the note's path.

        None if there is no space for a note, so that an object can be deleted on a full disk too.
        """
        found = f"{self._writing}/{etag}{DROP}"
        try:
            os.makedirs(self._writing, exist_ok=True)
            with open(found, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(path)
        except OSError:
            with suppress(OSError):
                os.unlink(found)
            return None
        return found

    def _sweep(self) -> None:
        """Remove what killed processes have left."""
        try:
            entries = list(os.scandir(self._writing))
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            with suppress(OSError):  # the file is in use, or was removed meanwhile
                if entry.name.endswith(DROP):
                    self._follow(entry.path)
                elif entry.is_file(follow_symlinks=False) and not is_held(entry.path):
                    self.attributes.remove(etag_of(entry.stat(follow_symlinks=False)))
                    os.unlink(entry.path)

    def _follow(self, note: str) -> None:
        """Do what a note says."""
        etag = os.path.basename(note).removesuffix(DROP)
        with open(note, encoding="utf-8", errors="surrogateescape") as file:
            path = file.read()
        try:
            still = etag_of(os.lstat(path)) == etag
        except OSError:
            still = False
        if not still:
            self.attributes.remove(etag)
        os.unlink(note)
