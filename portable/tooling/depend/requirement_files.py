"""Takes a requirements file; returns its lines, and those of included files, with their places.

uv reads the file itself when it resolves; this reading tells places in messages, pins, hashes and options.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from portable.errors import PortableError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks, the longer ones before those they begin with."""
_INCLUDE = re.compile(r"(-r|--requirements?|-c|--constraints?)(?:\s*=\s*|\s+|(?<=-[rc]))(\S+)")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


class Line(Struct, frozen=True):
    """A requirement or an option as it is written, and where; `limits` when it only limits what others ask for."""

    text: str
    file: Path
    number: int
    limits: bool = False

    @property
    def place(self) -> str:
        """The place as file:line."""
        return f"{self.file}:{self.number}"


def read_lines(file: Path, limits: bool = False, above: tuple[Path, ...] = ()) -> Iterator[Line]:
    """Yield the lines of a file and of those it includes. Raises PortableError for a file that cannot be read."""
    if file in above:
        return
    for number, text in _joined(_text(file)):
        included = _INCLUDE.fullmatch(text)
        if included is None or "://" in included[2] or "$" in included[2]:
            yield Line(text, file, number, limits)
        else:
            other = (file.parent / included[2]).resolve()
            if not other.is_file():
                raise PortableError(f"{file}:{number}: {included[2]} does not exist: correct the line or add the file")
            yield from read_lines(other, limits or included[1].startswith(("-c", "--c")), (*above, file))


def files_of(file: Path) -> tuple[Path, ...]:
    """Return a requirements file and all it includes."""
    found = [file]
    for current in found:
        for _, text in _joined(_text(current)):
            included = _INCLUDE.fullmatch(text)
            other = (current.parent / included[2]).resolve() if included else current
            if other not in found and other.is_file():
                found.append(other)
    return tuple(found)


def distribution(requirement: str) -> str | None:
    """Return the normalised name of the distribution a requirement asks for, None for a URL, path or option."""
    text = requirement.strip()
    match = _NAME.match(text)
    if match is None or text.startswith("-") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        return None
    rest = text[match.end() :].lstrip()
    if rest[:1] in ("/", "\\") or (text.endswith((".whl", ".tar.gz", ".zip")) and "@" not in rest):
        return None
    return normalised(match[0])


def normalised(name: str) -> str:
    """Return a distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _text(file: Path) -> str:
    """Return the text of a file, decoded as pip does: by its byte order mark, else as UTF-8."""
    try:
        data = file.read_bytes()
        for mark, encoding in _MARKS:
            if data.startswith(mark):
                return data[len(mark) :].decode(encoding if encoding == "utf-8" else _ordered(encoding, mark))
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PortableError(f"{file} cannot be read: {error}; write it in UTF-8") from error


def _ordered(encoding: str, mark: bytes) -> str:
    return f"{encoding}-{'le' if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF32_LE) else 'be'}"


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line that says something, with its number; lines that end in a backslash are one."""
    number, held = 1, ""
    for at, line in enumerate(text.splitlines(), 1):
        number = number if held else at
        whole = held + line
        if line.endswith("\\"):
            held = f"{whole[:-1]} "
            continue
        held = ""
        said = re.sub(r"(^|\s)#.*$", "", whole).strip()
        if said:
            yield number, said
    if held.strip():
        yield number, held.strip()
