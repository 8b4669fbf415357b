"""Fire any function: by a form of its declared types, by its event as JSON, or by the own event of a provider."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.errors import InvalidInput, PortableError
from portable.tooling.dev import words
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.firing.auth import kept_out
from portable.tooling.dev.dashboard.firing.proposal import Proposal, event_of, first_event, parsed, proposal
from portable.tooling.dev.dashboard.posted import Form
from portable.tooling.dev.encoding import encoded, wires


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of firing."""
    return [
        Route("/fire", desk.view(show)),
        Route("/fire/{name}", desk.view(show_one)),
        Route("/fire/{name}/form", desk.action(fire_form), methods=["POST"]),
        Route("/fire/{name}/event", desk.action(fire_event), methods=["POST"]),
        Route("/fire/{name}/native", desk.action(fire_native), methods=["POST"]),
    ]


def show(desk: Desk, request: Request) -> Response:
    """Show all functions, to choose one."""
    return desk.page("fire_all.html", request, functions=desk.engine.app.functions)


def show_one(desk: Desk, request: Request) -> Response:
    """Show the forms of a function, filled from its types or from an invocation."""
    found = _proposal(desk, request)
    past = desk.engine.journal.one(request.query_params["from"]) if request.query_params.get("from") else None
    event = past.event if past is not None else first_event(found)
    return _page(desk, request, found, event, request.query_params.get("wire", ""), past=past)


def _proposal(desk: Desk, request: Request) -> Proposal:
    function = desk.function(request.path_params["name"])
    return proposal(function, desk.engine.handlers.get(function.name))


def _page(desk: Desk, request: Request, found: Proposal, event: dict[str, Any], wire: str, **more: Any) -> Response:
    native, problem = None, ""
    if wire:
        try:
            native = encoded(desk.engine.app, found.function, event, wire)
        except PortableError as error:
            problem = str(error)
    known = {
        "past": None,
        "sent": None,
        "text": words.pretty(event),
        "native": native,
        "native_text": None,
    }
    return desk.page(
        "fire.html",
        request,
        found=found,
        function=found.function,
        wires=wires(),
        wire=wire,
        wire_problem=problem,
        **{**known, **more},
    )


def fire_form(desk: Desk, request: Request, form: Form) -> Response:
    """Fire the event of a filled form."""
    found = _proposal(desk, request)
    try:
        for value in kept_out(found.function, form):
            desk.engine.hide(value)
        event = event_of(found, form)
        return _fired(desk, desk.engine.fire(found.function.name, event, form.text("wire")))
    except PortableError as error:
        return _page(desk, request, found, first_event(found), "", problem=str(error), sent=form)


def fire_event(desk: Desk, request: Request, form: Form) -> Response:
    """Fire an event that is given as JSON."""
    found, text = _proposal(desk, request), form.text("event")
    try:
        return _fired(desk, desk.engine.fire(found.function.name, parsed(text), form.text("wire")))
    except PortableError as error:
        return _page(desk, request, found, first_event(found), "", problem=str(error), text=text)


def fire_native(desk: Desk, request: Request, form: Form) -> Response:
    """Fire an event in the form of a provider."""
    found, text, wire = _proposal(desk, request), form.text("native"), form.text("wire")
    try:
        if not wire:
            raise InvalidInput("choose the provider whose event this is", "wire")
        return _fired(desk, desk.engine.replay(found.function.name, parsed(text), wire))
    except PortableError as error:
        return _page(desk, request, found, first_event(found), wire, problem=str(error), native_text=text)


def _fired(desk: Desk, made: str) -> Response:
    return desk.called("The event was fired. This is its invocation.", made)
