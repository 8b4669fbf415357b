"""Posted forms: takes a body and its Content-Type, returns its fields and files. It is loaded only if a handler asks for a form."""

from __future__ import annotations

import itertools

from portable.errors import InvalidInput
from portable.eventing.content import decode_text, parameters
from portable.eventing.multidict import MultiMap
from portable.eventing.uploads import UploadedFile, uploaded
from portable.eventing.urls import parse_query, unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

MAX_FIELDS = 50_000
"""The largest number of fields of a urlencoded form. Even a short field takes some hundred bytes of memory."""
MAX_PARTS = 20_000
"""The largest number of parts of a multipart form."""
MAX_HEAD = 16_384
"""The largest size of the headers of one part, in bytes."""
MAX_BOUNDARY = 70
"""The largest length of a boundary, in characters (RFC 2046, section 5.1.1)."""


class Form(MultiMap["str | UploadedFile"]):
    """A posted form: the fields and files, as in `MultiMap`, and each of them by its kind."""

    __slots__ = ()

    place: ClassVar[str] = "body"

    def text(self, name: str) -> str:
        """Return the text of a field. Raises InvalidInput (400) if it was not sent, or is a file."""
        return as_text(self[name], f"{self.place}.{name}")

    def file(self, name: str) -> UploadedFile:
        """Return an uploaded file. Raises InvalidInput (400) if it was not sent, or is text."""
        return as_file(self[name], f"{self.place}.{name}")


def as_text(value: str | UploadedFile, at: str) -> str:
    """Return a value of a form that must be text. Raises InvalidInput (400) if it is a file."""
    if isinstance(value, str):
        return value
    raise InvalidInput("must be text, not a file", at)


def as_file(value: str | UploadedFile, at: str) -> UploadedFile:
    """Return a value of a form that must be a file. Raises InvalidInput (400) if it is text."""
    if isinstance(value, UploadedFile):
        return value
    raise InvalidInput("must be a file, sent as multipart/form-data with a filename", at)


def parse_form(body: bytes, media_type: str | None, content_type: str) -> Form:
    """Return the fields of a form in order. Raises InvalidInput: 415, 400, or 413 for too many fields."""
    if media_type == "application/x-www-form-urlencoded":
        _limit("fields", body.count(b"&") + 1, MAX_FIELDS)
        return Form(list(parse_query(body.decode("utf-8", "replace"))))
    if media_type == "multipart/form-data":
        return Form(_multipart(body, content_type))
    raise InvalidInput(f"the body must be a form, but its media type is {media_type}", "body", 415)


def _limit(what: str, count: int, most: int) -> None:
    if count > most:
        raise InvalidInput(f"the form has {count} {what}, but the limit is {most}", "body", 413)


def _multipart(body: bytes, content_type: str) -> list[tuple[str, str | UploadedFile]]:
    """Return the parts between the lines of the boundary (RFC 2046, section 5.1.1).

    Their bytes are unchanged, and those of a file are copied once.
    """
    boundary = parameters(content_type).get("boundary")
    if not boundary:
        raise InvalidInput("the multipart body is broken: its Content-Type names no boundary", "body")
    if len(boundary) > MAX_BOUNDARY:
        raise InvalidInput(f"the multipart body is broken: its boundary is over {MAX_BOUNDARY} characters", "body")
    line = b"\r\n--" + boundary.encode("utf-8", "surrogatepass")
    starts = _after(body, line)
    if not starts or not body.startswith(b"--", starts[-1]):
        raise InvalidInput("the multipart body is broken: it does not end with its boundary", "body")
    return [_part(body, start, after - len(line)) for start, after in itertools.pairwise(starts)]


def _after(body: bytes, line: bytes) -> list[int]:
    """Return where each line of the boundary ends. The first may stand at the very beginning, without a line break."""
    opened = body.startswith(line[2:])
    _limit("parts", body.count(line) + opened - 1, MAX_PARTS)
    starts = [len(line) - 2] if opened else []
    at = body.find(line, len(line) - 2 if opened else 0)
    while at >= 0:
        starts.append(at + len(line))
        at = body.find(line, at + len(line))
    return starts


def _part(body: bytes, start: int, stop: int) -> tuple[str, str | UploadedFile]:
    """Return the name of a part with its text, or with its file if it has a filename (RFC 7578)."""
    end = body.find(b"\r\n\r\n", start, stop)
    if end - start > MAX_HEAD or (end < 0 and stop - start > MAX_HEAD):
        raise InvalidInput(f"the headers of a part are over the limit of {MAX_HEAD} bytes", "body")
    fields = {}
    for text in body[start : max(end, start)].decode("utf-8", "replace").split("\r\n"):
        field, _, value = text.partition(":")
        fields[field.strip().lower()] = value.strip()
    disposition = parameters(fields.get("content-disposition", ""))
    name = disposition.get("name")
    if end < 0 or name is None:
        raise InvalidInput("a part of the multipart body has no name", "body")
    media_type = fields.get("content-type", "text/plain")
    filename = disposition.get("filename")
    if "filename*" in disposition:  # RFC 7578 forbids it, but some clients send it, such as utf-8''caf%C3%A9.jpg
        filename = unquote(disposition["filename*"].rpartition("'")[2])
    if filename is not None:
        content = memoryview(body)[end + 4 : stop]
        return _unescaped(name), uploaded(_unescaped(filename), media_type.partition(";")[0].strip(), content)
    charset = parameters(media_type).get("charset", "utf-8")
    return _unescaped(name), decode_text(body[end + 4 : stop], charset, "replace", f"body.{name[:40]}")


def _unescaped(text: str) -> str:
    """Undo the three escapes of a name or filename in a form (HTML, "multipart/form-data encoding algorithm")."""
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
