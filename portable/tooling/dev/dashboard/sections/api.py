"""The API: every route with its parameters and answers, and a form to try it; the OpenAPI document if the app serves one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.firing.proposal import proposal

DOCUMENTS = ("/openapi.json", "/openapi.yaml", "/swagger.json")
"""Paths under which an app usually serves its OpenAPI document."""


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the route of the API."""
    return [Route("/api", desk.view(show))]


def show(desk: Desk, request: Request) -> Response:
    """Show all routes."""
    functions = desk.engine.app.http()
    made = [(each, proposal(each, desk.engine.handlers.get(each.name))) for each in functions]
    docs = {
        each.name: (getattr(desk.engine.handlers.get(each.name), "__doc__", None) or "").strip() for each in functions
    }
    documents = [each.trigger["path"] for each in functions if each.trigger["path"] in DOCUMENTS]
    return desk.page("api.html", request, found=made, docs=docs, documents=documents)
