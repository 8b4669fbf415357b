"""The resources: what the app's tables, buckets, queues, topics, streams, secrets and settings hold; forms that change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.errors import NotFound, PortableError
from portable.eventing.queue import Queue
from portable.tooling.app.kinds.registry import RESOURCES, dead_letters, feed
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.kinds.browsed import Browsed
from portable.tooling.dev.dashboard.kinds.registry import BROWSED
from portable.tooling.dev.dashboard.posted import Form
from portable.tooling.dev.stored.messages import own_queue


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource in the list, what it holds, and what went wrong when it was asked."""

    kind: str
    name: str
    told: str
    problem: str


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the resources."""
    return [
        Route("/resources", desk.view(show)),
        Route("/resources/{kind}/{name}", desk.view(show_one)),
        Route("/resources/{kind}/{name}/do/{action}", desk.action(do), methods=["POST"]),
        Route("/resources/{kind}/{name}/{view}", desk.view(show_view)),
    ]


def show(desk: Desk, request: Request) -> Response:
    """Show all resources, kind by kind."""
    found = [_listed(desk, kind, name) for kind, name in _names(desk)]
    groups = [(kind, [each for each in found if each.kind == kind]) for kind in RESOURCES]
    return desk.page("resources.html", request, groups=[group for group in groups if group[1]])


def _names(desk: Desk) -> list[tuple[str, str]]:
    """Return the kinds and names of all resources, with the queues of functions that have dead letters."""
    declared = [(each.kind, each.name) for each in desk.engine.app.resources]
    own = [(Queue.kind, str(feed(function))) for function in desk.engine.app.functions if dead_letters(function)]
    return list(dict.fromkeys([*declared, *own]))


def _listed(desk: Desk, kind: str, name: str) -> Listed:
    try:
        browsed, resource = _found(desk, kind, name)
        return Listed(kind, name, browsed.told(desk, resource), "")
    except PortableError as error:
        return Listed(kind, name, "", str(error))


def _found(desk: Desk, kind: str, name: str) -> tuple[Browsed, Any]:
    browsed = BROWSED.get(kind)
    if browsed is None:
        raise NotFound(f"there is no page for a {kind}")
    try:
        return browsed, desk.engine.resource(kind, name)
    except LookupError:
        own = own_queue(desk.engine.app, name) if kind == Queue.kind else None
        if own is None:
            raise NotFound(f"the app has no {kind} {name}") from None
        return browsed, own


def show_one(desk: Desk, request: Request) -> Response:
    """Show one resource."""
    browsed, resource = _found(desk, request.path_params["kind"], request.path_params["name"])
    return browsed.show(desk, request, resource)


def show_view(desk: Desk, request: Request) -> Response:
    """Show a further page of a resource, such as one row or one object."""
    browsed, resource = _found(desk, request.path_params["kind"], request.path_params["name"])
    view = browsed.views.get(request.path_params["view"])
    if view is None:
        raise NotFound(f"there is no such page of the {request.path_params['kind']} {resource.name}")
    return view(desk, request, resource)


def do(desk: Desk, request: Request, form: Form) -> Response:
    """Do what a form of a resource asks for."""
    browsed, resource = _found(desk, request.path_params["kind"], request.path_params["name"])
    name = request.path_params["action"]
    action = browsed.actions.get(name)
    if action is None:
        raise NotFound(f"there is no such form of the {request.path_params['kind']} {resource.name}")
    try:
        return action(desk, form, resource)
    except PortableError as error:
        return browsed.again[name](desk, request, form, resource, error)
