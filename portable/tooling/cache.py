"""Keeps results by a hash of everything they depend on: `.portable/cache/<kind>/<hash>` in the project.

`Kept` is the one way to keep the result of a stage.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

KEPT = 12
"""Number of entries of one kind that are kept. The oldest ones are removed."""


def digest(parts: Iterable[str | bytes]) -> str:
    """Return a hash of texts and bytes in order; where one ends and the next begins counts."""
    made = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        made.update(len(data).to_bytes(8, "big"))
        made.update(data)
    return made.hexdigest()[:40]


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the sha256 of each file, sorted by path, as a manifest has them."""
    return {path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)}


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
        """`fresh` ignores existing entries and replaces them."""
        self.folder = project / ".portable"
        self.fresh = fresh

    def read(self, kind: str, key: str) -> bytes | None:
        """Return an entry, or None if there is none."""
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
        """Write an entry, completely or not at all."""
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


@dataclass(frozen=True, slots=True)
class Kept(Generic[Given, Made]):
    """A step whose result is cached: `make` computes it from the given value.

    `key` is a hash of everything that the result depends on. `encode` returns None for a result that should not be kept,
    `decode` returns None for an entry that is not valid any more.
    """

    kind: str
    make: Callable[[Given], Made]
    key: Callable[[Given], str]
    encode: Callable[[Made], bytes | None]
    decode: Callable[[bytes, Given], Made | None]

    def __call__(self, given: Given, cache: Cache) -> Made:
        """Return the cached result for a value, or else make it and cache it."""
        key = self.key(given)
        found = self._decoded(key, given, cache)
        if found is not None:
            return found
        made = self.make(given)
        data = self.encode(made)
        if data is not None:
            cache.write(self.kind, key, data)
        return made

    def held(self, given: Given, cache: Cache) -> Made | None:
        """Return the cached result for a value, None where there is none. Nothing is made."""
        return self._decoded(self.key(given), given, cache)

    def _decoded(self, key: str, given: Given, cache: Cache) -> Made | None:
        entry = cache.read(self.kind, key)
        return None if entry is None else self.decode(entry, given)


def _prune(folder: Path) -> None:
    entries = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in entries[KEPT:]:
        path.unlink(missing_ok=True)
