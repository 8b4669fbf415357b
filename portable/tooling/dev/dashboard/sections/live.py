"""What happens now, as server-sent events: calls that began or ended, and that other code serves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from portable.tooling.dev.dashboard.desk import Desk

LOOK = 0.2
"""Seconds between two looks at the journal."""
QUIET = 15.0
"""Seconds after which a page is told that the stream is alive."""
MOST = 100
"""How many calls one event tells at most, the newest."""
AGAIN = 500
"""Milliseconds after which a browser connects again."""


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the route of the stream."""

    async def live(request: Request) -> Response:
        return StreamingResponse(events(desk, request, begin(request)), media_type="text/event-stream")

    return [Route("/live", live)]


def begin(request: Request) -> int:
    """Return the place in the journal where a page begins to listen: where it was made, or where it has been told to."""
    given = request.headers.get("last-event-id") or request.query_params.get("place", "")
    return int(given) if given.isdecimal() else -1


async def events(desk: Desk, request: Request, place: int = -1) -> AsyncIterator[str]:
    """Yield what comes after a place, until the page is closed or this process is about to end."""
    yield f"retry: {AGAIN}\n\n"
    state, quiet = "", 0.0
    if place < 0:
        place, _ = await run_in_threadpool(desk.engine.journal.since, -1)
    while not desk.engine.stopping and not await request.is_disconnected():
        if desk.state() != state:
            state = desk.state()
            yield message("state", state)
        place, found = await run_in_threadpool(desk.engine.journal.since, place)
        if found:
            calls = [{"id": each.id, "function": each.function, "outcome": each.outcome} for each in found[-MOST:]]
            yield message("calls", calls, place)
        quiet = 0.0 if found else quiet + LOOK
        if quiet >= QUIET:
            quiet = 0.0
            yield ": alive\n\n"
        await asyncio.sleep(LOOK)


def message(name: str, data: object, place: int | None = None) -> str:
    """Return one event as it is sent. A browser that connects again says the place of the last one that it got."""
    head = "" if place is None else f"id: {place}\n"
    return f"{head}event: {name}\ndata: {json.dumps(data)}\n\n"
