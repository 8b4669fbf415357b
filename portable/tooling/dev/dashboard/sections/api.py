"""The API: every route with its parameters and answers, and a form to try it; and the OpenAPI document."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.tooling.app.openapi.docstrings import Said, said
from portable.tooling.app.openapi.document import document, text
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.firing.proposal import proposal


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the API."""
    return [Route("/api", desk.view(show)), Route("/api/openapi.json", desk.view(download))]


def show(desk: Desk, request: Request) -> Response:
    """Show all routes."""
    functions = desk.engine.app.http()
    made = [(each, proposal(each, desk.engine.handlers.get(each.name))) for each in functions]
    handlers = desk.engine.handlers
    docs = {each.name: said(handlers[each.name]) if each.name in handlers else Said() for each in functions}
    return desk.page("api.html", request, found=made, docs=docs)


def download(desk: Desk, request: Request) -> Response:
    """Return the OpenAPI document of the app as it runs. What looks like the value of a secret is hidden in it, too."""
    engine = desk.engine
    made = text(document(engine.app, engine.handlers, engine.settings.folder.resolve()))
    return Response(str(desk.hide(made)), media_type="application/json")
