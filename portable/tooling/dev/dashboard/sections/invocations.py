"""The invocations: a live list with filters; one call in full with its trace; replay, and save as a test."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.errors import NotFound, PortableError
from portable.settings.redaction import HIDDEN
from portable.tooling.dev.dashboard.decoded import decoded
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.posted import Form
from portable.tooling.dev.dashboard.replays.hidden import hidden_places
from portable.tooling.dev.dashboard.replays.running import NotSaved
from portable.tooling.dev.dashboard.replays.saving import save
from portable.tooling.dev.dashboard.waterfall import WIDTH, waterfall
from portable.tooling.dev.encoding import wires
from portable.tooling.dev.journal.model import Details
from portable.tooling.dev.journal.shown import shown_event, shown_response

SHOWN = 50
OUTCOMES = {
    "running": "running",
    "done": "done",
    "failed": "failed",
    "dead": "dead letter",
    "dropped": "dropped",
}


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of invocations."""
    return [
        Route("/invocations", desk.view(show)),
        Route("/invocations/{id}", desk.view(show_one)),
        Route("/invocations/{id}/replay", desk.action(replay), methods=["POST"]),
        Route("/invocations/{id}/test", desk.action(save_test), methods=["POST"]),
    ]


def show(desk: Desk, request: Request) -> Response:
    """Show the latest invocations, or those that a filter leaves."""
    asked = {name: request.query_params.get(name, "") for name in ("function", "outcome", "text", "before")}
    rows = desk.engine.journal.recent(SHOWN + 1, asked["before"], asked["function"], asked["outcome"], asked["text"])
    return desk.page(
        "invocations.html",
        request,
        rows=rows[:SHOWN],
        older=rows[SHOWN - 1].id if len(rows) > SHOWN else "",
        asked=asked,
        filtered=any(asked[name] for name in ("function", "outcome", "text")),
        functions=[function.name for function in desk.engine.app.functions],
        outcomes=OUTCOMES,
    )


def found_one(desk: Desk, request: Request) -> Details:
    """Return the invocation that an address names. Raises NotFound."""
    found: Details | None = desk.engine.journal.one(request.path_params["id"])
    if found is None:
        raise NotFound("this invocation is not in the journal: the newest 10,000 are kept")
    return found


def show_one(desk: Desk, request: Request, problem: str = "", wire: str | None = None) -> Response:
    """Show one invocation, and why what was asked of it is not possible. `wire` is the one that was chosen."""
    found = found_one(desk, request)
    function = next((each for each in desk.engine.app.functions if each.name == found.function), None)
    trace = desk.engine.journal.trace(found.trace)
    return desk.page(
        "invocation.html",
        request,
        problem=problem,
        hidden=hidden_places(found.event),
        found=found,
        chosen=found.wire if wire is None else wire,
        function=function,
        event=shown_event(found.event),
        response=shown_response(found.response),
        parameters=decoded(function, desk.engine.handlers.get(found.function), found.event) if function else [],
        lines=waterfall(trace, time.time()),
        width=WIDTH,
        several=len(trace) > 1,
        wires=wires(),
    )


def replay(desk: Desk, request: Request, form: Form) -> Response:
    """Fire the event of an invocation once more, and show what came of it."""
    found = found_one(desk, request)
    try:
        made = desk.engine.fire(desk.function(found.function).name, found.event, form.text("wire"))
    except PortableError as error:
        return show_one(desk, request, str(error), form.text("wire"))
    text, places = "The event was fired once more. This is the new invocation.", hidden_places(found.event)
    also = (
        f" {HIDDEN} was sent for what was hidden: {', '.join(places)}. Edit and fire lets you type it."
        if places
        else ""
    )
    return desk.called(text, made, also)


def save_test(desk: Desk, request: Request, _form: Form) -> Response:
    """Save an invocation as a test, and say where it is."""
    found = found_one(desk, request)
    function = desk.function(found.function)
    try:
        file = save(desk.engine, function, found, desk.hide.hides_in)
    except NotSaved as error:
        return show_one(desk, request, str(error))
    return desk.told(f"{file} was written, was run and passes.", "invocations", found.id)
