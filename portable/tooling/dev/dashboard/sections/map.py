"""The map: the app as a picture whose parts are links, and the same as a list; one page for each function."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.tooling.check.gains import identities
from portable.tooling.depend.interpreters import RUNNING
from portable.tooling.deploy.overview import Overview
from portable.tooling.deploy.picture import STYLE, picture, uses_of
from portable.tooling.dev.dashboard import links
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.infra.blueprint import Blueprint, deployed
from portable.tooling.target import Options
from portable.tooling.targets import here

LATEST = 10
"""How many invocations the page of a function shows."""


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the map."""
    return [
        Route("/", desk.view(show)),
        Route("/picture.css", desk.view(style)),
        Route("/functions/{name}", desk.view(show_function)),
    ]


def overview(app: Any) -> Overview:
    """Return the overview of an app as it runs here."""
    target, _ = here()
    plan = target.plan(app, Options(RUNNING, "", {}))
    functions = deployed(plan)
    blueprint = Blueprint(plan.target, app.name, plan.python, plan.architecture, functions, app.resources, "", 0)
    return Overview(target.title, "", blueprint, identities(functions), (), {}, "", (), ())


def show(desk: Desk, request: Request) -> Response:
    """Show the map."""
    found = overview(desk.engine.app)
    drawn = Markup(picture(found, links.of)) if found.blueprint.functions else None  # noqa: S704 - its texts are escaped
    functions = [(function, uses_of(function)) for function in found.blueprint.functions]
    return desk.page("map.html", request, picture=drawn, functions=functions, resources=found.blueprint.resources)


def show_function(desk: Desk, request: Request) -> Response:
    """Show one function: what it is, what it may do, its latest invocations."""
    name = request.path_params["name"]
    declared = desk.function(name)
    found = next(each for each in overview(desk.engine.app).blueprint.functions if each.name == name)
    handler = desk.engine.handlers.get(name)
    return desk.page(
        "function.html",
        request,
        function=found,
        where=declared.where,
        says=(getattr(handler, "__doc__", None) or "").strip(),
        uses=uses_of(found),
        rows=desk.engine.journal.recent(limit=LATEST, function=name),
    )


def style(_desk: Desk, _request: Request) -> Response:
    """Return the rules of the picture, for pictures in pages only."""
    return Response(f".map {{ {STYLE} }}\n", media_type="text/css", headers={"cache-control": "no-cache"})
