"""Replies that are made piece by piece."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator

from portable import HTTPError, Request, Response, function, http

log = logging.getLogger("target")


def _count(most: int, fails: str) -> Iterator[str]:
    try:
        if fails == "first":
            raise HTTPError(409, "before the first chunk")
        for number in range(most):
            yield f"{number}\n"
            if fails == "middle" and number == 1:
                raise ValueError("a secret of the stream")
    finally:
        log.info("the stream is closed")


@function(http.get("/chunks/{most}"))
def chunks(most: int, fails: str = "") -> Response:
    """Count in pieces."""
    return Response.stream(_count(most, fails), "text/plain", headers={"x-kind": "plain"})


@function(http.get("/awaited/{most}"))
async def awaited(most: int, fails: str = "") -> Response:
    """Count in pieces that are awaited."""

    async def pieces() -> AsyncIterator[bytes]:
        for piece in _count(most, fails):
            yield piece.encode()

    return Response.stream(pieces(), "text/plain").set_cookie("seen", "1")


@function(http.get("/whole"))
def whole(request: Request) -> Response:
    """Send bytes, or what a client wants of them."""
    return Response(bytes(range(256)), media_type="image/png").conditional(request)


@function(http.get("/events"))
def events() -> Response:
    """Send events."""
    return Response.events(["hello\nyou", {"count": 1}, http.ServerEvent({"count": 2}, "count", "7")])
