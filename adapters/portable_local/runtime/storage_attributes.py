"""What is stored beside a file's bytes: content type and metadata, in a small JSON file named by the file's etag.

The etag names one version of one file (inode, time, size), so attributes written before the file takes its place
belong to exactly those bytes: whoever sees the new bytes finds them, whoever sees the old ones finds the old. A file
without attributes (a default one, or one that a person put there) has none and needs none.
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
    """Return what names this version of a file."""
    return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"


class AttributeFiles:
    """The attributes of all files of a bucket, in one folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def write(self, etag: str, attributes: Attributes) -> None:
        """Keep the attributes of a file that is about to take its place."""
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
        """Return the attributes of a file, None when there are none kept."""
        try:
            with open(self._path(etag), encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            return None
        import json

        try:
            found = json.loads(text)
            return Attributes(found["content_type"], found["metadata"])
        except (KeyError, TypeError, ValueError):  # the disk was full
            return None

    def remove(self, etag: str) -> None:
        """Forget the attributes of a file that is gone."""
        from contextlib import suppress

        with suppress(FileNotFoundError):
            os.unlink(self._path(etag))

    def has(self, etag: str) -> bool:
        """Say whether attributes of a file are kept."""
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
