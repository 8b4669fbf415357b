"""Checks a response when it is made: its status, body, headers and media type.

This module is loaded only if there is something to check. A response that passes can be sent by every target.
"""

from __future__ import annotations

from portable.errors import InvalidValue
from portable.eventing.multidict import TOKEN
from portable.eventing.urls import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

CONNECTION = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)
"""Headers of one connection (RFC 9110, section 7.6.1). Only the host may send them."""
_SINGLE = ("location", "content-type", "content-length")
"""Headers that are no list: hosts would join two of them to one wrong value, each in its own way."""


def add_headers(
    given: Mapping[str, str] | Iterable[tuple[str, str]],
    headers: list[tuple[str, str]],
    cookies: list[str],
    body: bytes | str,
) -> bool:
    """Add given headers to those of a response, and each Set-Cookie to its cookies. Return whether Content-Type is given."""
    items = getattr(given, "items", None)
    pairs: Any = given if items is None else items()
    typed = False
    for name, value in pairs:
        check_header(name, value)
        key = name.lower()
        if key == "set-cookie":
            from portable.eventing.cookies import check_cookie

            cookies.append(check_cookie(value))
            continue
        if key in _SINGLE and any(key == other.lower() for other, _ in headers):
            raise InvalidValue(f"header {name} is given twice, but a response has one", value)
        if key == "location":
            value = as_url(value)
        elif key == "content-type":
            check_media_type(value)
            typed = True
        elif key == "content-length":
            _check_length(value, _length(body))
        elif key in CONNECTION:
            raise InvalidValue(
                f"header {name} belongs to the connection, and only the host may send it. Leave it out", name
            )
        headers.append((name, value))
    return typed


def check_header(name: Any, value: Any) -> None:
    """Raise ValueError for a header that HTTP forbids."""
    if not isinstance(name, str) or not name or not TOKEN.issuperset(name):
        raise InvalidValue(f"{name!r} is not a valid header name", name)
    if not isinstance(value, str):
        raise InvalidValue(f"header {name} must be text, not {value!r}", value)
    if value.isascii() and value.isprintable():
        return
    if name.lower() == "location":  # it is percent-encoded later
        if any(letter < " " or letter == "\x7f" for letter in value):
            raise InvalidValue(f"header {name} has a control character: {value!r}", value)
        return
    for letter in value:
        if (letter < " " and letter != "\t") or "\x7f" <= letter < "\xa0":
            raise InvalidValue(f"header {name} has a control character: {value!r}", value)
        if letter > "\xff":
            raise InvalidValue(f"header {name} has a character outside latin-1: {value!r}. Percent-encode it", value)


def check_media_type(media_type: Any) -> None:
    """Raise ValueError unless it is type/subtype with optional parameters (RFC 9110, section 8.3.1)."""
    check_header("content-type", media_type)
    kind, slash, subtype = media_type.partition(";")[0].strip().partition("/")
    if not (slash and kind and subtype and TOKEN.issuperset(kind) and TOKEN.issuperset(subtype)):
        raise InvalidValue(f"{media_type!r} is not a media type such as text/html", media_type)


def unencodable(text: str) -> InvalidValue:
    """Return the error for the text of a body that cannot be sent."""
    return InvalidValue("the text of a response has a character that UTF-8 cannot encode", text)


def checked_status(status: Any, body: bytes | str, bodiless: frozenset[int]) -> int:
    """Return a status as a plain int. Raises ValueError if it is outside 200 to 599, or if it forbids the body, as `bodiless` do.

    1xx is what a server sends before a response (RFC 9110, 15.2): a client would go on to wait for the response itself.
    """
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise InvalidValue(f"status={status!r} of a response must be a whole number from 200 to 599", status)
    if body and status in bodiless:
        raise ValueError(f"a response with status {int(status)} must have no body (RFC 9110). Leave the body out")
    return int(status)


def body_bytes(body: Any) -> Any:
    """Return a body as bytes, and the chunks of a stream as they are. Raises TypeError if it is neither bytes nor text."""
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    if hasattr(body, "gather"):  # the chunks of a stream
        return body
    raise TypeError(
        f"a Response body must be bytes or text, not {type(body).__name__}. Use Response.json for other values"
    )


def as_url(text: str) -> str:
    """Return a URL or path. Characters that a URL cannot hold are percent-encoded; escapes are not encoded again."""
    if not isinstance(text, str):
        raise InvalidValue(f"a URL must be text, not {text!r}", text)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(f"the URL {text!r} has a character that UTF-8 cannot encode", text) from error
    return quote(text, b":/%#?=@[]!$&'()*+,;")


def _length(body: Any) -> int:
    """Return the bytes of a body, 0 where they are not known."""
    if hasattr(body, "gather"):
        return body.size or 0
    return len(body.encode() if isinstance(body, str) else body)


def _check_length(value: str, length: int) -> None:
    if not (value.isascii() and value.isdigit()) or (length and int(value) != length):
        raise ValueError(f"content-length is {value!r}, but the body has {length} bytes. Leave the header out")
