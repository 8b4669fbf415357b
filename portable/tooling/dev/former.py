"""`Former`: hides values that secrets of this machine had. It keeps marks of them in the state folder, and not the values.

A value that was replaced may still stand in rows, messages and objects, which later processes show. A mark is the length of
a value, a salted hash of it, and twelve bits that tell where to look: one for each of its first characters.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path

from msgspec import Struct

from portable.settings.redaction import HIDDEN, forms
from portable.tooling.dev.state import FOLDER

NAME = "secrets.former"
ROUNDS = 2_000
"""Rounds of PBKDF2: to guess a value takes long, to compare one does not."""
SALT = 16
"""Bytes of the salt, with which a file begins."""
LOOKED_AT = 12
"""Bytes at the beginning of a value of which a bit is kept."""
FEWEST = 8
"""The smallest length of a value that is kept in mind, in bytes: `test`, which was a secret once, is a word again.

Nor are its longer forms kept in mind, such as its base64: by them a short value would soon be guessed.
"""
MOST = 400
"""How many marks are kept in mind, the newest."""
TRIED = 4_096
"""How many places that look like a value are remembered."""


class Mark(Struct, frozen=True):
    """What is known of one form of a value: its bits, its length in bytes, and its hash."""

    bits: bytes
    length: int
    digest: str


class Former:
    """The marks of one project. A file that cannot be read or written says nothing."""

    def __init__(self, project: Path) -> None:
        self._file = project / FOLDER / NAME
        self._salt = b""
        self._marks: dict[str, Mark] = {}
        self._now: set[str] = set()
        self._old: tuple[Mark, ...] = ()
        self._loaded = False

    def learn(self, values: Iterable[str]) -> None:
        """Take the values that secrets have now. They are hidden by themselves, and by this when they are replaced."""
        kept = [value for value in values if len(value.encode("utf-8", "surrogatepass")) >= FEWEST]
        written = {form.encode("utf-8", "surrogatepass") for value in kept for form in forms(value)}
        data = [each for each in written if len(each) >= FEWEST]
        self._load()
        with suppress(OSError):
            if data and not self._salt:
                self._salt = self._begin()
            salt = self._salt
            made = [_mark(each, salt) for each in data]
            new = [mark for mark in made if mark.digest not in self._marks]
            self._marks.update((mark.digest, mark) for mark in new)
            self._now = {mark.digest for mark in made}
            self._sort()
            if new:
                self._append(b"".join(_line(mark) for mark in new))

    @property
    def knows(self) -> bool:
        """Whether a secret ever had a value that none has now."""
        self._load()
        return bool(self._old)

    def __call__(self, text: str) -> str:
        """Return a text with *** where a value stands that a secret had."""
        if len(text) < FEWEST or not self.knows:
            return text
        data = text.encode("utf-8", "surrogatepass")
        found = data
        for mark in self._old:
            found = _without(found, mark, self._salt)
        return text if found is data else found.decode("utf-8", "surrogatepass")

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        with suppress(OSError, ValueError):  # there is none yet, or it is none of ours
            self._read()
        self._sort()

    def _read(self) -> None:
        self._salt, lines = _parts(self._file.read_bytes())
        for line in lines[-MOST:]:
            parts = line.decode().split()
            if len(parts) == 3:  # else it was not written to its end
                self._marks[parts[2]] = Mark(parts[0].encode(), int(parts[1]), parts[2])

    def _sort(self) -> None:
        """Set what is looked for: the longest first, which may hold others."""
        old = [mark for digest, mark in self._marks.items() if digest not in self._now]
        self._old = tuple(sorted(old, key=lambda mark: -mark.length))

    def _append(self, lines: bytes) -> None:
        if not self._file.exists():  # somebody has deleted it, to have values forgotten
            self._begin()
        with open(os.open(self._file, os.O_WRONLY | os.O_APPEND), "ab") as stream:
            stream.write(lines)

    def _begin(self) -> bytes:
        """Make the file with a salt, unless another process has made it just now. Return its salt."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        salt = self._salt or os.urandom(SALT)
        made = self._file.with_name(f".{NAME}-{os.getpid()}")
        made.touch(0o600)
        made.write_bytes(salt.hex().encode())
        try:
            os.link(made, self._file)
        except FileExistsError:
            with suppress(ValueError):
                salt, _ = _parts(self._file.read_bytes())
                return salt
            made.replace(self._file)  # it is damaged, and only a record
        finally:
            made.unlink(missing_ok=True)
        return salt


def _parts(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the salt of a file and its other lines. Raises ValueError for a file that is none of ours."""
    first, *lines = data.splitlines()
    salt = bytes.fromhex(first.decode())
    if len(salt) != SALT:
        raise ValueError("this is no salt")
    return salt, lines


def _line(mark: Mark) -> bytes:
    return f"\n{mark.bits.decode()} {mark.length} {mark.digest}".encode()  # after what may lack its end


def _mark(value: bytes, salt: bytes) -> Mark:
    return Mark(value[:LOOKED_AT].translate(_table(salt)), len(value), _digest(value, salt))


def _without(data: bytes, mark: Mark, salt: bytes) -> bytes:
    """Return data with *** in the places of one value."""
    bits, at, places = data.translate(_table(salt)), -1, []
    while (at := bits.find(mark.bits, at + 1)) >= 0:
        if _digest(data[at : at + mark.length], salt) == mark.digest:
            places.append(at)
            at += mark.length - 1
    for place in reversed(places):
        data = data[:place] + HIDDEN.encode() + data[place + mark.length :]
    return data


@cache
def _table(salt: bytes) -> bytes:
    """Return a bit for each byte, "0" or "1", as the salt says."""
    from hashlib import sha256

    return bytes(48 + (sha256(salt + bytes((each,))).digest()[0] & 1) for each in range(256))


@lru_cache(TRIED)
def _digest(value: bytes, salt: bytes) -> str:
    from hashlib import pbkdf2_hmac

    return pbkdf2_hmac("sha256", value, salt, ROUNDS).hex()[:32]
