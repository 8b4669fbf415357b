"""Converts keys of objects to relative paths of files and back. Every valid key has its own path.

A key is its own path where that is safe: `originals/cat.jpg` is the file cat.jpg in the folder originals. Names get a mark
where a file system would confuse or refuse them: an object `a` beside `a/b` (a file and a folder with one name), a segment
that is too long for a file name, and letters that file systems may treat as equal (case, Unicode forms).
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "%f"
"""Suffix of a file whose own name has no dot."""
FOLDER = "%d"
"""Suffix of a folder whose own name has a dot."""
PART = "%c"
"""Suffix of a folder that holds the first part of a long segment."""
INSIDE = "%portable"
"""The folder of the bucket's own files. No key's path begins so, as `%` is written %25."""

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
    """Return the deepest folder that holds every key with a prefix, or "" for the bucket's folder."""
    whole = prefix.rpartition("/")[0]
    if not whole or any(part in ("", ".", "..") for part in whole.split("/")):
        return ""
    return to_path(f"{whole}/x").rpartition("/")[0]


def file_key(name: str) -> str | None:
    """Return the last part of a key from its file's name, or None for a file that is not an object."""
    if name.endswith(FILE):
        return _decoded(name[: -len(FILE)])
    return _decoded(name) if "." in name else None


def folder_key(name: str) -> str | None:
    """Return the part of a key that a folder stands for, with `/` after a whole segment, or None if it is not one."""
    if name.endswith(PART):
        return _decoded(name[: -len(PART)])
    found = _decoded(name.removesuffix(FOLDER))
    return None if found is None else f"{found}/"


def _split(segment: str) -> list[str]:
    """Return an encoded segment in parts that are short enough for a file name."""
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
    """Yield the parts of an encoded text that must not be split: a character, or an escape."""
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
