"""Compression of replies by Accept-Encoding (RFC 9110, section 12.5.3). Only apps with `compress = true` load this module."""

from __future__ import annotations

from portable.eventing.accepting import quality
from portable.eventing.altered import copy_of
from portable.eventing.response import Response, to_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from portable.eventing.request import Request

LEAST = 1024
"""Bytes from which on compression pays: a smaller reply fits into one packet anyway."""
LEVEL = 5
"""The level of zlib: it takes half the time of the best one, for a few percent more bytes."""
_TYPES = ("application/json", "application/javascript", "application/xml", "application/wasm", "image/svg+xml")
_KEPT = frozenset(("content-encoding", "content-range"))


def gzipped(response: Response) -> bytes:
    """Return the body of a response packed with gzip."""
    from zlib import compressobj

    packer = compressobj(LEVEL, wbits=31)  # 31 is gzip, with a time of 0: the same body has the same bytes
    return packer.compress(response.body) + packer.flush()


def compressed(request: Request, value: Any, pack: Callable[[Response], bytes] = gzipped) -> Response:
    """Return the response of a handler's result, with gzip where the client takes it and it pays; `pack` makes it.

    A stream, a part of a body, and what is compressed already are left as they are. `Vary` tells caches of it, and a
    strong etag becomes a weak one, because the bytes are others.
    """
    response = to_response(value, True)
    if response.chunks is not None or not _pays(response):
        return response
    response = copy_of(response)
    response.headers.append(("vary", "Accept-Encoding"))
    if quality(request.headers.get("accept-encoding"), "gzip") <= 0:
        return response
    body = pack(response)
    if len(body) >= len(response.body):
        return response
    response._content = body
    response.headers = [_weak(*pair) for pair in response.headers if pair[0].lower() not in _OF_THE_BYTES]
    response.headers.append(("content-encoding", "gzip"))
    return response


_OF_THE_BYTES = frozenset(("content-length", "accept-ranges"))


def _pays(response: Response) -> bool:
    """Return whether a body is large enough and of a type that becomes smaller."""
    content: Any = response._content
    if len(content) < LEAST:
        return False
    headers = {name.lower(): value.lower() for name, value in response.headers}
    if not _KEPT.isdisjoint(headers) or "no-transform" in headers.get("cache-control", ""):
        return False
    media_type = headers.get("content-type", "").partition(";")[0].strip()
    return media_type.startswith("text/") or media_type in _TYPES or media_type.endswith(("+json", "+xml"))


def _weak(name: str, value: str) -> tuple[str, str]:
    return name, f"W/{value}" if name.lower() == "etag" and not value.startswith("W/") else value
