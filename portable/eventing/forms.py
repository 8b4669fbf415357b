"""Posted forms: a Request in, its fields and files out. Loaded only when a handler asks for a form."""

from __future__ import annotations

from portable.base.values import Value
from portable.errors import InvalidInput
from portable.eventing.multidict import MultiMap
from portable.eventing.urls import parse_query, unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.eventing.request import Request


class UploadedFile(Value):
    """A file of a multipart form: its name at the client, media type and bytes."""

    filename: str
    content_type: str
    content: bytes


def parse_form(request: Request) -> MultiMap[str | UploadedFile]:
    """Return the fields of a form in order. Raises InvalidInput 415 or 400."""
    media_type = request.media_type
    if media_type == "application/x-www-form-urlencoded":
        return MultiMap(list(parse_query(request.body.decode("utf-8", "replace"))))
    if media_type == "multipart/form-data":
        return MultiMap(_multipart(request))
    raise InvalidInput(f"a form was expected, not {media_type}", "body", 415)


def _multipart(request: Request) -> list[tuple[str, str | UploadedFile]]:
    """Return the parts between the boundary's lines (RFC 2046, section 5.1.1); their bytes are as they were sent."""
    boundary = parameters(request.headers["content-type"]).get("boundary")
    if not boundary:
        raise InvalidInput("the multipart body is broken: no boundary was named", "body")
    pieces = (b"\r\n" + request.body).split(b"\r\n--" + boundary.encode())
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise InvalidInput("the multipart body is broken: it does not end with its boundary", "body")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> tuple[str, str | UploadedFile]:
    """Return the name of a part with its text, or its file when it has a filename (RFC 7578)."""
    head, separator, content = piece.lstrip(b" \t").partition(b"\r\n\r\n")
    fields = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        field, _, value = line.partition(":")
        fields[field.strip().lower()] = value.strip()
    disposition = parameters(fields.get("content-disposition", ""))
    name = disposition.get("name")
    if not separator or name is None:
        raise InvalidInput("a part of the multipart body has no name", "body")
    media_type = fields.get("content-type", "text/plain")
    filename = disposition.get("filename")
    if "filename*" in disposition:  # RFC 7578 forbids it, but clients send it: utf-8''caf%C3%A9.jpg
        filename = unquote(disposition["filename*"].rpartition("'")[2])
    if filename is not None:
        return _unescaped(name), UploadedFile(_unescaped(filename), media_type.partition(";")[0].strip(), content)
    try:
        return _unescaped(name), content.decode(parameters(media_type).get("charset", "utf-8"), "replace")
    except (LookupError, ValueError):
        raise InvalidInput(f"the part {name} has an unknown charset", "body", 415) from None


def parameters(header: str) -> dict[str, str]:
    """Return the parameters of a header such as `form-data; name="a"`, names in lower case, quotes taken off."""
    found: dict[str, str] = {}
    rest = header.partition(";")[2]
    while rest:
        name, _, rest = rest.partition("=")
        rest = rest.lstrip()
        if rest.startswith('"'):
            value, rest = _quoted(rest[1:])
            rest = rest.partition(";")[2]
        else:
            value, _, rest = rest.partition(";")
        found.setdefault(name.strip(" ;\t").lower(), value.strip())
    return found


def _quoted(text: str) -> tuple[str, str]:
    """Return the text up to the closing quote, and what follows it; a backslash only escapes a quote, as browsers do."""
    value = ""
    while True:
        piece, quote, text = text.partition('"')
        if not quote or not piece.endswith("\\"):
            return value + piece, text
        value += f'{piece[:-1]}"'


def _unescaped(text: str) -> str:
    """Undo the three escapes of a name or filename in a form (HTML, "multipart/form-data encoding algorithm")."""
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
