"""The dashboard as an ASGI app: takes an engine, the token of forms and further names of this machine; returns the app."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.guard import App, guarded
from portable.tooling.dev.dashboard.links import ROOT
from portable.tooling.dev.dashboard.sections import (
    api,
    check,
    fire,
    invocations,
    live,
    map,  # noqa: A004 - the page has this name
    permissions,
    resources,
    schedules,
)
from portable.tooling.dev.engine import Engine

SECTIONS = (map, invocations, fire, api, resources, schedules, permissions, check, live)


def dashboard(engine: Engine, token: str, hosts: Collection[str] = ()) -> App:
    """Return an app that answers /_portable and all below it, with scopes as a server gives them."""
    desk = Desk(engine, token)
    files = Mount("/static", StaticFiles(directory=Path(__file__).with_name("static")))
    pages = [route for section in SECTIONS for route in section.routes(desk)]

    async def missing(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        said = "there is no such page" if status == 404 else "this page does not take such a request"
        return await run_in_threadpool(desk.page, "fault.html", request, status, error=said)

    async def failed(request: Request, error: Exception) -> Response:
        said = f"this page cannot be made: {type(error).__name__}: {error}. The terminal shows where"
        return await run_in_threadpool(desk.page, "fault.html", request, 500, error=said)

    handlers: dict[Any, Any] = {HTTPException: missing, Exception: failed}
    return guarded(Starlette(routes=[Mount(ROOT, routes=[files, *pages])], exception_handlers=handlers), hosts)
