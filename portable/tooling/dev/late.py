"""`Late`: an ASGI application that is made when it is first asked, because its imports take as long as those of all the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Late:
    """What `make` makes, in a thread, so that other requests go on meanwhile."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: asyncio.Future[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._made is None:
            self._made = asyncio.get_running_loop().run_in_executor(None, self._make)
        made = await self._made
        await made(scope, receive, send)
