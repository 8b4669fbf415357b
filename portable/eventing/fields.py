"""The checks of a response when it is made: status, body, headers and media type in, what HTTP can carry out.

Loaded only for what has something to check. What passes here can be sent by every target.
"""

from __future__ import annotations

from portable.eventing.multidict import TOKEN
from portable.eventing.urls import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from portable.eventing.response import Response

_BODILESS = frozenset((204, 205, 304))
_CONNECTION = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)
"""Headers of one connection (RFC 9110, section 7.6.1): they are the host's to send."""


def add_headers(response: Response, headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> bool:
    """Add headers to a response, each Set-Cookie to its cookies; say whether Content-Type is among them."""
    items = getattr(headers, "items", None)
    pairs: Any = headers if items is None else items()
    typed = False
    for name, value in pairs:
        check_header(name, value)
        key = name.lower()
        if key == "set-cookie":
            from portable.eventing.cookies import check_cookie

            response.cookies.append(check_cookie(value))
            continue
        if key == "location":
            value = as_url(value)
        elif key == "content-type":
            check_media_type(value)
            typed = True
        elif key == "content-length":
            _check_length(value, len(response.body))
        elif key in _CONNECTION:
            raise ValueError(f"the header {name} belongs to the connection, which is the host's: leave it out")
        response.headers.append((name, value))
    return typed


def check_header(name: Any, value: Any) -> None:
    """Raise ValueError for a header that would break the message or that HTTP cannot carry."""
    if not isinstance(name, str) or not name or not TOKEN.issuperset(name):
        raise ValueError(f"{name!r} is no name of a header")
    if not isinstance(value, str):
        raise ValueError(f"header {name} must be text, not {value!r}")  # noqa: TRY004 - what Response promises
    if value.isascii() and value.isprintable():
        return
    if name.lower() == "location":  # it is percent-encoded, whatever it holds
        if any(letter < " " or letter == "\x7f" for letter in value):
            raise ValueError(f"header {name} has a control character: {value!r}")
        return
    for letter in value:
        if (letter < " " and letter != "\t") or "\x7f" <= letter < "\xa0":
            raise ValueError(f"header {name} has a control character: {value!r}")
        if letter > "\xff":
            raise ValueError(f"header {name} has a character outside latin-1: {value!r}; percent-encode it")


def check_media_type(media_type: Any) -> None:
    """Raise ValueError for what is not type/subtype with parameters (RFC 9110, section 8.3.1)."""
    check_header("content-type", media_type)
    kind, slash, subtype = media_type.partition(";")[0].strip().partition("/")
    if not (slash and kind and subtype and TOKEN.issuperset(kind) and TOKEN.issuperset(subtype)):
        raise ValueError(f"{media_type!r} is not a media type such as text/html")


def checked_status(status: Any, body: bytes | str) -> int:
    """Return a status as a plain int. Raises ValueError for one outside 100 to 599, and for a body that it forbids."""
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise ValueError(f"status={status!r} must be a whole number from 100 to 599")
    if body and (status < 200 or status in _BODILESS):
        raise ValueError(f"a response with status {int(status)} has no body (RFC 9110), {len(body)} were given")
    return int(status)


def body_bytes(body: Any) -> bytes:
    """Return a body as bytes. Raises TypeError for what is neither bytes nor text."""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError(f"the body of a Response is bytes or text, not {type(body).__name__}: Response.json answers values")


def as_url(text: str) -> str:
    """Return a URL or path with what a URL cannot hold percent-encoded, once."""
    return quote(text, b":/%#?=@[]!$&'()*+,;")


def _check_length(value: str, length: int) -> None:
    if not (value.isascii() and value.isdigit()) or (length and int(value) != length):
        raise ValueError(f"content-length is {value!r}, but the body has {length} bytes: leave it out")
