"""Posted forms: a Request in, its fields and files out. Loaded only when a handler asks for a form."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import HTTP

from portable.errors import InvalidInput
from portable.eventing.multimap import MultiMap
from portable.eventing.urls import parse_query
from portable.values import Value

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
        try:
            text = request.body.decode("ascii")
        except UnicodeDecodeError:
            text = request.body.decode("utf-8", "replace")
        return MultiMap(list(parse_query(text)))
    if media_type == "multipart/form-data":
        return MultiMap(_multipart(request))
    raise InvalidInput(f"a form was expected, not {media_type}", "body", 415)


def _multipart(request: Request) -> list[tuple[str, str | UploadedFile]]:
    header = f"Content-Type: {request.headers['content-type']}\r\nMIME-Version: 1.0\r\n\r\n"
    try:
        message = message_from_bytes(header.encode() + request.body, policy=HTTP)
    except (ValueError, LookupError) as error:
        raise InvalidInput(f"the multipart body is broken: {error}", "body") from None
    if not message.is_multipart():
        raise InvalidInput("the multipart body is broken: no boundary was found", "body")
    pairs: list[tuple[str, str | UploadedFile]] = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise InvalidInput("a part of the multipart body has no name", "body")
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            content = b""
        filename = part.get_filename()
        if filename is None:
            pairs.append((name, content.decode(part.get_content_charset() or "utf-8", "replace")))
        else:
            pairs.append((name, UploadedFile(filename, part.get_content_type(), content)))
    return pairs
