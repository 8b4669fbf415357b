"""The schedules: when each fires next, in its own time zone and in the reader's, and a button that fires it now."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.errors import PortableError
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.posted import Form


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the schedules."""
    return [
        Route("/schedules", desk.view(show)),
        Route("/schedules/{name}/fire", desk.action(fire), methods=["POST"]),
    ]


def show(desk: Desk, request: Request, problem: str = "") -> Response:
    """Show all schedules, and why one was not fired."""
    return desk.page("schedules.html", request, problem=problem, schedules=desk.engine.schedules())


def fire(desk: Desk, request: Request, _form: Form) -> Response:
    """Fire a schedule now, and show the invocation."""
    function = desk.function(request.path_params["name"])
    try:
        made = desk.engine.fire(function.name, {})
    except PortableError as error:
        return show(desk, request, str(error))
    return desk.called(f"{function.name} was fired.", made)
