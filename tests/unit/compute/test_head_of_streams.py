"""HEAD of a stream, on a host that awaits: its source has ended when the reply is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import time

from portable.compute import dispatch
from portable.compute.context import Context
from portable.compute.streaming_context import StreamingContext
from portable.eventing.request import Request
from portable.eventing.response import Response
from portable.eventing.routing import Route, RouteTable


def test_an_async_iterator_is_closed_before_head_is_answered() -> None:
    closed: list[str] = []

    async def pieces() -> AsyncIterator[bytes]:
        try:
            yield b"a"
        finally:
            closed.append("closed")

    async def handler(_request: Request, _context: Context) -> Response:
        return Response.stream(pieces(), "text/plain")

    async def look() -> tuple[Response, list[str]]:
        table = RouteTable([("/", {"GET": Route("f", handler, 100)})])
        response = await dispatch.http_async(table, Request("HEAD", "/"), StreamingContext("1", "f", time() + 9))
        return response, list(closed)

    response, told = asyncio.run(look())
    assert told == ["closed"]
    assert (response.body, response.header("content-length")) == (b"", None)
