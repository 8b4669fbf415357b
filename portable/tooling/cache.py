"""What was worked out before, by a hash of all it depends on: `.portable/cache/<kind>/<hash>` in the project."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

KEPT = 12
"""Entries of one kind that are kept, the most recent ones."""


def digest(parts: Iterable[str | bytes]) -> str:
    """Return a hash of texts and bytes in order; where one ends and the next begins counts."""
    made = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        made.update(len(data).to_bytes(8, "big"))
        made.update(data)
    return made.hexdigest()[:40]


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return files as one entry."""
    index = json.dumps([(path, len(data)) for path, data in files.items()]).encode()
    return b"".join((len(index).to_bytes(8, "big"), index, *files.values()))


def unpack(entry: bytes) -> dict[str, bytes]:
    """Return the files of an entry that `pack` made."""
    start = 8 + int.from_bytes(entry[:8], "big")
    found = {}
    for path, size in json.loads(entry[8:start]):
        found[path] = entry[start : start + size]
        start += size
    return found


class Cache:
    """The cache of one project. A cache that cannot be read or written is an empty one."""

    def __init__(self, project: Path, fresh: bool = False) -> None:
        """`fresh` ignores what is there and replaces it."""
        self.folder = project / ".portable"
        self.fresh = fresh

    def read(self, kind: str, key: str) -> bytes | None:
        """Return an entry, None when there is none."""
        if self.fresh:
            return None
        file = self.folder / "cache" / kind / key
        try:
            found = file.read_bytes()
            os.utime(file)
        except OSError:
            return None
        return found

    def write(self, kind: str, key: str, data: bytes) -> None:
        """Keep an entry, whole or not at all."""
        folder = self.folder / "cache" / kind
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=".")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).replace(folder / key)
            _prune(folder)


def _prune(folder: Path) -> None:
    entries = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in entries[KEPT:]:
        path.unlink(missing_ok=True)
