"""Keys of objects to paths of files and back: any key of the portable rule in, a relative path out, no two the same.

A key is its own path where that is safe: `originals/cat.jpg` is the file cat.jpg in the folder originals. What a file
system cannot hold side by side is marked: an object `a` beside `a/b` (a file and a folder of one name), a segment
longer than a file name may be, and, on file systems that fold case or Unicode forms, letters they fold.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "%f"
"""Ends the name of a file whose own name has no dot."""
FOLDER = "%d"
"""Ends the name of a folder whose own name has a dot."""
PART = "%c"
"""Ends the name of a folder that holds the beginning of a long segment."""
INSIDE = "%portable"
"""The folder that holds what is not an object: no key's path begins so, `%` itself is written %25."""

_LONGEST = 200  # bytes; names may have 255, and the marks and a split character need room
_FOLDS = sys.platform in ("darwin", "win32")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_. ()+,=@~!'&;")


def to_path(key: str) -> str:
    """Return the path of a key's file, relative and with `/`."""
    *folders, name = key.split("/")
    parts: list[str] = []
    for folder in folders:
        *starts, rest = _split(folder)
        parts += [f"{start}{PART}" for start in starts]
        parts.append(f"{rest}{FOLDER}" if "." in rest else rest)
    *starts, rest = _split(name)
    parts += [f"{start}{PART}" for start in starts]
    parts.append(rest if "." in rest else f"{rest}{FILE}")
    return "/".join(parts)


def folder_path(prefix: str) -> str:
    """Return the deepest folder that holds every key with a prefix, "" for the top one."""
    whole = prefix.rpartition("/")[0]
    if not whole or any(part in ("", ".", "..") for part in whole.split("/")):
        return ""
    return to_path(f"{whole}/x").rpartition("/")[0]


def file_key(name: str) -> str | None:
    """Return the end of a key from its file's name, None for a file that is no object."""
    if name.endswith(FILE):
        return _decoded(name[: -len(FILE)])
    return _decoded(name) if "." in name else None


def folder_key(name: str) -> str | None:
    """Return the part of a key that a folder stands for, with its `/` when it is a whole segment; None for another."""
    if name.endswith(PART):
        return _decoded(name[: -len(PART)])
    found = _decoded(name.removesuffix(FOLDER))
    return None if found is None else f"{found}/"


def _split(segment: str) -> list[str]:
    """Return a segment, encoded, in pieces that fit in a name."""
    text = _encoded(segment)
    if len(text) <= _LONGEST // 4 or len(text.encode()) <= _LONGEST:
        return [text]
    pieces, piece, size = [], "", 0
    for unit in _units(text):
        length = len(unit.encode())
        if size + length > _LONGEST:
            pieces.append(piece)
            piece, size = "", 0
        piece += unit
        size += length
    return [*pieces, piece]


def _units(text: str) -> Iterator[str]:
    """Yield an encoded text by what must not be torn: a character, or an escape."""
    at = 0
    while at < len(text):
        length = 3 if text[at] == "%" else 1
        yield text[at : at + length]
        at += length


def _encoded(segment: str) -> str:
    if not _FOLDS:
        return segment.replace("%", "%25")
    return "".join(c if c in _PLAIN else "".join(f"%{byte:02X}" for byte in c.encode()) for c in segment)


def _decoded(name: str) -> str | None:
    if "%" not in name:
        return name
    from urllib.parse import unquote

    try:
        return unquote(name, errors="strict")
    except UnicodeDecodeError:
        return None
