"""Stores an object's content type and metadata in a small JSON file, which is named by the object's etag.

The etag names one version of one file (inode, time, size). Attributes are written before the file replaces the object, so
they belong to exactly its bytes, and readers of the old bytes still find the old ones. A file with default attributes, or
one that a person put there, has no JSON file.
"""

from __future__ import annotations

import os

from portable.storage.driver import Attributes
from portable.storage.objects import DEFAULT_CONTENT_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NONE = Attributes(DEFAULT_CONTENT_TYPE, {})


def etag_of(found: os.stat_result) -> str:
    """Return the etag, which names this version of a file."""
    return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"


class AttributeFiles:
    """The attributes of all files of a bucket, in one folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def write(self, etag: str, attributes: Attributes) -> None:
        """Store the attributes of a file, before it replaces the object."""
        if attributes == NONE:
            return
        import json

        metadata: Mapping[str, str] = attributes.metadata
        text = json.dumps({"content_type": attributes.content_type, "metadata": dict(metadata)})
        path = self._path(etag)
        try:
            self._put(path, text)
        except FileNotFoundError:
            os.makedirs(self._folder, exist_ok=True)
            self._put(path, text)

    def read(self, etag: str) -> Attributes | None:
        """Return the attributes of a file, or None if none are stored."""
        try:
            with open(self._path(etag), encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            return None
        import json

        try:
            found = json.loads(text)
            return Attributes(found["content_type"], found["metadata"])
        except (KeyError, TypeError, ValueError):  # the disk was full when it was written
            return None

    def remove(self, etag: str) -> None:
        """Remove the attributes of a deleted file."""
        from contextlib import suppress

        with suppress(FileNotFoundError):
            os.unlink(self._path(etag))

    def has(self, etag: str) -> bool:
        """Return whether attributes of a file are stored."""
        return os.path.exists(self._path(etag))

    def _path(self, etag: str) -> str:
        return f"{self._folder}/{etag}.json"

    def _put(self, path: str, text: str) -> None:
        try:
            with open(path, "x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise
        except OSError:  # the disk is full: no half file is left
            self.remove(path.rpartition("/")[2].removesuffix(".json"))
            raise
