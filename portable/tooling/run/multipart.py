"""Forms with files: takes fields and files in any of httpx's forms; returns the bytes of multipart/form-data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from mimetypes import guess_type
from pathlib import PurePath
from typing import Any
from uuid import uuid4

Files = Mapping[str, Any] | Iterable[tuple[str, Any]]
_ESCAPES = {'"': "%22", "\r": "%0D", "\n": "%0A"}


def multipart(fields: Iterable[tuple[str, str | bytes]], files: Files) -> tuple[bytes, str]:
    """Return the body and its media type.

    A file is bytes, text or an open file, or a tuple (name, content[, media type[, headers]]); with the name None it is
    a plain field.
    """
    boundary = uuid4().hex
    parts = [_part(boundary, name, None, value, {}) for name, value in fields]
    named: Any = files.items() if isinstance(files, Mapping) else files
    for field, file in named:
        name, content, media_type, headers = _file(field, file)
        headers = dict(headers)
        if name is not None and "content-type" not in {header.lower() for header in headers}:
            headers["Content-Type"] = media_type or guess_type(name)[0] or "application/octet-stream"
        elif media_type is not None and "content-type" not in {header.lower() for header in headers}:
            headers["Content-Type"] = media_type
        parts.append(_part(boundary, field, name, _content(content), headers))
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _file(field: str, file: Any) -> tuple[str | None, Any, str | None, Mapping[str, str]]:
    if not isinstance(file, (tuple, list)):
        return PurePath(str(getattr(file, "name", "upload"))).name or "upload", file, None, {}
    if not 2 <= len(file) <= 4:
        raise TypeError(f"the file {field!r} is (name, content[, media type[, headers]]), not {len(file)} values")
    name, content, media_type, headers = (*file, None, None)[:4]
    return name, content, media_type, headers or {}


def _content(content: Any) -> bytes:
    read = getattr(content, "read", None)
    found = content if read is None else read()
    if isinstance(found, str):
        return found.encode()
    if isinstance(found, (bytes, bytearray, memoryview)):
        return bytes(found)
    raise TypeError(f"the content of a file is bytes, text or an open file, not {type(content).__name__}")


def _part(boundary: str, field: str, name: str | None, content: str | bytes, headers: Mapping[str, str]) -> bytes:
    disposition = f'form-data; name="{_quoted(field)}"' + ("" if name is None else f'; filename="{_quoted(name)}"')
    lines = [f"--{boundary}", f"Content-Disposition: {disposition}"]
    lines += [f"{header}: {value}" for header, value in headers.items()]
    head = "\r\n".join(lines).encode()
    return head + b"\r\n\r\n" + (content.encode() if isinstance(content, str) else content) + b"\r\n"


def _quoted(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)
