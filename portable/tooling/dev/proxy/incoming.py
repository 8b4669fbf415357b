"""`Incoming`: the body of a request while it comes, and whether its client has gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Receive


class Incoming:
    """Holds one part of a body at most, so a client sends no faster than the development server reads."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._dropped = False

    async def watch(self) -> None:
        """Take what comes, until the client has gone."""
        while (message := await self._receive())["type"] != "http.disconnect":
            await self._put(message.get("body", b""))
            if not message.get("more_body"):
                await self._put(None)

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the parts of the body."""
        while (part := await self._parts.get()) is not None:
            if part:
                yield part

    def drop(self) -> None:
        """Forget what comes from now on: the answer has begun, so nobody reads it."""
        self._dropped = True
        while not self._parts.empty():
            self._parts.get_nowait()

    async def _put(self, part: bytes | None) -> None:
        if not self._dropped:
            await self._parts.put(part)
