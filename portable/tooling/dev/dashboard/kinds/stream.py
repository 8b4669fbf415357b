"""Streams: who reads them, what was written lately; write a record."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from portable.eventing.stream import Stream
from portable.eventing.stream_clients import StreamWriter
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev import words
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.kinds.browsed import Browsed, stays
from portable.tooling.dev.dashboard.kinds.messages import SHOWN, example, history
from portable.tooling.dev.dashboard.posted import NOTHING, Form


def readers(desk: Desk, stream: Stream) -> list[FunctionModel]:
    """Return the functions that take the records of a stream."""
    return [each for each in desk.engine.app.functions if each.trigger.get(stream.kind) == stream.name]


def _show(desk: Desk, request: Request, stream: Stream, given: Form = NOTHING, problem: str = "") -> Response:
    found = readers(desk, stream)
    rows = [row for each in found for row in desk.engine.journal.recent(limit=SHOWN, function=each.name)]
    return desk.page(
        "kinds/stream.html",
        request,
        problem=problem,
        given=given,
        resource=stream,
        readers=found,
        written=history(desk, stream.kind, stream.name, "send", "send_many"),
        example=example(desk, found, given),
        rows=sorted(rows, key=lambda row: row.began, reverse=True)[:SHOWN],
    )


def _told(desk: Desk, stream: Stream) -> str:
    return words.counted(len(readers(desk, stream)), "reader")


def _send(desk: Desk, form: Form, stream: Stream) -> Response:
    writer = StreamWriter(stream, desk.engine.drivers)
    sent = writer.send(form.text("payload"), form.text("key") or None, dict(form.pairs("attributes", "=")))
    return desk.told(f"The record {sent} was written.", "resources", stream.kind, stream.name)


BROWSED = Browsed(_show, _told, actions={"send": _send}, again={"send": stays(_show)})
