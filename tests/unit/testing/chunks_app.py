"""An app whose replies are made piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from portable import Bucket, BucketReadWriter, Idempotent, Response, Table, function, http

files = Bucket("files")
done = Table("done", key="id", ttl="ends")
closed: list[str] = []


@function(http.get("/numbers"))
def numbers(box: Annotated[BucketReadWriter, files]) -> Response:
    """Count for ever, and leave a note of what was sent."""

    def pieces() -> Iterator[str]:
        number = 0
        try:
            while True:
                box.put(f"sent/{number}", b"")
                yield f"{number}\n"
                number += 1
        finally:
            closed.append("numbers")

    return Response.stream(pieces(), "text/plain")


@function(http.get("/ticks"))
async def ticks() -> Response:
    """Tick for ever."""

    async def pieces() -> AsyncIterator[str]:
        try:
            while True:
                yield "tick\n"
                await asyncio.sleep(0)
        finally:
            closed.append("ticks")

    return Response.stream(pieces(), "text/plain")


@function(http.get("/silent"))
async def silent() -> Response:
    """Say one word, and then nothing."""

    async def pieces() -> AsyncIterator[str]:
        try:
            yield "hush"
            await asyncio.Event().wait()
        finally:
            closed.append("silent")

    return Response.stream(pieces(), "text/plain")


@function(http.get("/broken"))
def broken() -> Response:
    """Fail in the middle."""

    def pieces() -> Iterator[str]:
        yield "a"
        raise ValueError("in the middle")

    return Response.stream(pieces())


@function(http.post("/once"), idempotent=Idempotent(done))
def once() -> Response:
    """Stream a reply that is stored."""
    return Response.stream((f"{number}," for number in range(3)), "text/csv")


@function(http.post("/once-awaited"), idempotent=Idempotent(done))
async def once_awaited() -> Response:
    """Stream a reply that is stored."""

    async def pieces() -> AsyncIterator[str]:
        for number in range(3):
            yield f"{number},"

    return Response.stream(pieces(), "text/csv")
