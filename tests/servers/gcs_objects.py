"""What a Cloud Storage bucket holds, for the server beside: objects by generation, uploads in parts, listings.

Sources: the XML API reference (multipart uploads, preconditions, list objects v2) on cloud.google.com/storage/docs.
"""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from dataclasses import dataclass, field

SMALLEST_PART = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of an object."""

    data: bytes
    generation: int
    etag: str
    modified: float
    headers: dict[str, str]


@dataclass(slots=True)
class Upload:
    """An object whose parts are arriving."""

    key: str
    headers: dict[str, str]
    parts: dict[int, tuple[str, bytes]] = field(default_factory=dict)


@dataclass(slots=True)
class Objects:
    """One bucket. Every change happens under its lock, with the check of its precondition."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    stored: dict[str, Stored] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    last: int = field(default_factory=lambda: int(time.time() * 1e6))

    def put(self, key: str, data: bytes, headers: dict[str, str], opaque: bool = False) -> Stored:
        """Store a new generation. A multipart object's etag is no hash of its bytes."""
        with self.lock:
            self.last += 1
            digest = hashlib.md5(f"{self.last}".encode() if opaque else data).hexdigest()
            self.stored[key] = found = Stored(data, self.last, f'"{digest}"', time.time(), headers)
            return found

    def holds(self, key: str, wanted: str | None) -> bool:
        """Return whether x-goog-if-generation-match is true: the generation, 0 for a free key, None for no condition."""
        if wanted is None:
            return True
        found = self.stored.get(key)
        return int(wanted) == (found.generation if found else 0)

    def begin(self, key: str, headers: dict[str, str]) -> str:
        """Begin an upload in parts and return its id."""
        name = uuid.uuid4().hex
        with self.lock:
            self.uploads[name] = Upload(key, headers)
        return name

    def part(self, upload: str, number: int, data: bytes) -> str | None:
        """Keep a part and return its etag, None when there is no such upload."""
        with self.lock:
            found = self.uploads.get(upload)
            if found is None:
                return None
            etag = f'"{hashlib.md5(data).hexdigest()}"'
            found.parts[number] = (etag, data)
            return etag

    def complete(self, upload: str, wanted: list[tuple[int, str]]) -> Stored | str:
        """Make the object of its parts, or return the code of the error."""
        with self.lock:
            found = self.uploads.get(upload)
            if found is None:
                return "NoSuchUpload"
            numbers = [number for number, _ in wanted]
            if not numbers or numbers != sorted(set(numbers)):
                return "InvalidPartOrder"
            for number, etag in wanted:
                part = found.parts.get(number)
                if part is None or part[0].strip('"') != etag.strip('"'):
                    return "InvalidPart"
                if number != numbers[-1] and len(part[1]) < SMALLEST_PART:
                    return "EntityTooSmall"
            del self.uploads[upload]
            data = b"".join(found.parts[number][1] for number in numbers)
            return self.put(found.key, data, found.headers, opaque=True)

    def page(self, prefix: str, delimiter: str, after: str, most: int) -> tuple[list[tuple[str, Stored | None]], bool]:
        """Return one page, a common prefix with None in place of an object, and whether there is more."""
        found: list[tuple[str, Stored | None]] = []
        seen = ""
        with self.lock:
            for key in sorted(name for name in self.stored if name.startswith(prefix)):
                at = key.find(delimiter, len(prefix)) if delimiter else -1
                common = key[: at + len(delimiter)] if at >= 0 else ""
                name = common or key
                if name <= after or (common and (common == seen or after.startswith(common))):
                    continue
                if len(found) == most:
                    return found, True
                seen = common or seen
                found.append((name, None if common else self.stored[key]))
        return found, False
