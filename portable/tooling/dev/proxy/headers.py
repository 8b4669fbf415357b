"""The headers of a message that is passed on: those of a client in, those for the development server out, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portable.eventing.fields import CONNECTION

Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset(name.encode() for name in (*CONNECTION, "proxy-authenticate", "proxy-authorization"))
"""Headers that are not passed on: those of one connection, and those between a client and its proxy (RFC 9110, 11.7)."""
OURS = frozenset({b"host", b"expect", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"})
"""Headers of a request that are written anew. A client that waits for `100 Continue` gets it from this server."""
NAME = b"portable-dev"
"""The name of this server in `Via`."""


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers that are about the message, with names in lower case."""
    given = [(name.lower(), value) for name, value in headers]
    named = {word.strip().lower() for name, value in given if name == b"connection" for word in value.split(b",")}
    return [(name, value) for name, value in given if name not in HOP_BY_HOP and name not in named]


def is_loop(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request has come through this server before."""
    return any(name == b"via" and NAME in value for name, value in headers)


def for_upstream(scope: Any) -> Headers:
    """Return the headers of a request for the development server. `Host` stays: its pages are those of this server."""
    given: Headers = scope["headers"]
    host = next(value for name, value in given if name == b"host")
    proto = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    client = scope["client"]
    chain = [value for name, value in given if name == b"x-forwarded-for"] + ([client[0].encode()] if client else [])
    via = [value for name, value in given if name == b"via"]
    return [
        (b"host", host),
        *((name, value) for name, value in end_to_end(given) if name not in OURS),
        *([(b"x-forwarded-for", b", ".join(chain))] if chain else []),
        (b"x-forwarded-host", host),
        (b"x-forwarded-proto", proto.encode()),
        (b"via", b", ".join([*via, scope.get("http_version", "1.1").encode() + b" " + NAME])),
    ]


def for_client(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers of a response for the client. This server writes the date itself."""
    return [(name, value) for name, value in end_to_end(headers) if name != b"date"]


def has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request has a body, of a length that is known or not."""
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)


def has_length(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a message says how long its body is."""
    return any(name == b"content-length" for name, _ in headers)
