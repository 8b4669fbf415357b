"""The schedules: when each fires next, in its own time zone and in the reader's, and a button that fires it now."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.posted import Form


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the schedules."""
    return [
        Route("/schedules", desk.view(show)),
        Route("/schedules/{name}/fire", desk.action(fire), methods=["POST"]),
    ]


def show(desk: Desk, request: Request) -> Response:
    """Show all schedules."""
    return desk.page("schedules.html", request, schedules=desk.engine.schedules())


def fire(desk: Desk, request: Request, _form: Form) -> Response:
    """Fire a schedule now, and show the invocation."""
    function = desk.function(request.path_params["name"])
    made = desk.engine.fire(function.name, {})
    return desk.called(f"{function.name} was fired.", made)
