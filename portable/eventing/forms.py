"""Posted forms: takes a body and its Content-Type, returns its fields and files. It is loaded only if a handler asks for a form."""

from __future__ import annotations

from portable.base.values import Value
from portable.errors import InvalidInput
from portable.eventing.content import decode_text, parameters
from portable.eventing.multidict import MultiMap
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


class UploadedFile(Value):
    """A file of a multipart form: `filename` on the client, `content_type` (the media type) and `content` (the bytes)."""

    filename: str
    content_type: str
    content: bytes


class Form(MultiMap["str | UploadedFile"]):
    """A posted form: the fields and files, as in `MultiMap`, and each of them by its kind."""

    __slots__ = ()

    place: ClassVar[str] = "body"

    def text(self, name: str) -> str:
        """Return the text of a field. Raises InvalidInput (400) if it was not sent, or is a file."""
        found = self[name]
        if isinstance(found, str):
            return found
        raise InvalidInput("must be text, not a file", f"{self.place}.{name}")

    def file(self, name: str) -> UploadedFile:
        """Return an uploaded file. Raises InvalidInput (400) if it was not sent, or is text."""
        found = self[name]
        if isinstance(found, UploadedFile):
            return found
        raise InvalidInput("must be a file, sent as multipart/form-data with a filename", f"{self.place}.{name}")


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
    """Return the parts between the lines of the boundary (RFC 2046, section 5.1.1). Their bytes are unchanged."""
    boundary = parameters(content_type).get("boundary")
    if not boundary:
        raise InvalidInput("the multipart body is broken: its Content-Type names no boundary", "body")
    if len(boundary) > MAX_BOUNDARY:
        raise InvalidInput(f"the multipart body is broken: its boundary is over {MAX_BOUNDARY} characters", "body")
    body = b"\r\n" + body
    line = b"\r\n--" + boundary.encode("utf-8", "surrogatepass")
    _limit("parts", body.count(line) - 1, MAX_PARTS)
    pieces = body.split(line)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise InvalidInput("the multipart body is broken: it does not end with its boundary", "body")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> tuple[str, str | UploadedFile]:
    """Return the name of a part with its text, or with its file if it has a filename (RFC 7578)."""
    end = piece.find(b"\r\n\r\n")
    if end > MAX_HEAD or (end < 0 and len(piece) > MAX_HEAD):
        raise InvalidInput(f"the headers of a part are over the limit of {MAX_HEAD} bytes", "body")
    fields = {}
    for text in piece[: max(end, 0)].decode("utf-8", "replace").split("\r\n"):
        field, _, value = text.partition(":")
        fields[field.strip().lower()] = value.strip()
    disposition = parameters(fields.get("content-disposition", ""))
    name = disposition.get("name")
    if end < 0 or name is None:
        raise InvalidInput("a part of the multipart body has no name", "body")
    content = piece[end + 4 :]
    media_type = fields.get("content-type", "text/plain")
    filename = disposition.get("filename")
    if "filename*" in disposition:  # RFC 7578 forbids it, but some clients send it, such as utf-8''caf%C3%A9.jpg
        filename = unquote(disposition["filename*"].rpartition("'")[2])
    if filename is not None:
        return _unescaped(name), UploadedFile(_unescaped(filename), media_type.partition(";")[0].strip(), content)
    charset = parameters(media_type).get("charset", "utf-8")
    return _unescaped(name), decode_text(content, charset, "replace", f"body.{name[:40]}")


def _unescaped(text: str) -> str:
    """Undo the three escapes of a name or filename in a form (HTML, "multipart/form-data encoding algorithm")."""
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
