"""Queues: the messages that wait, the dead letters; send, redrive, purge."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from portable.eventing.queue import Queue
from portable.eventing.queue_clients import QueueReader, QueueSender
from portable.tooling.app.kinds.registry import feed
from portable.tooling.dev import words
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.kinds.browsed import Browsed, stays
from portable.tooling.dev.dashboard.kinds.messages import SHOWN, example
from portable.tooling.dev.dashboard.posted import NOTHING, Form
from portable.tooling.dev.stored.messages import dead_queue, purge, shown


def _show(desk: Desk, request: Request, queue: Queue, given: Form = NOTHING, problem: str = "") -> Response:
    reader = QueueReader(queue, desk.engine.drivers)
    dead = dead_queue(desk.engine.app, queue)
    waiting, count = reader.peek(SHOWN), reader.count()
    readers = [function for function in desk.engine.app.functions if feed(function) == queue.name]
    dead_reader = QueueReader(dead, desk.engine.drivers) if dead is not None else None
    return desk.page(
        "kinds/queue.html",
        request,
        problem=problem,
        given=given,
        resource=queue,
        source=queue.dead_letters_of,
        waiting=shown(waiting),
        count=count,
        most=SHOWN,
        dead=dead,
        dead_letters=shown(dead_reader.peek(SHOWN)) if dead_reader is not None else [],
        dead_count=dead_reader.count() if dead_reader is not None else 0,
        readers=readers,
        example=example(desk, readers, given),
    )


def _told(desk: Desk, queue: Queue) -> str:
    found = words.counted(QueueReader(queue, desk.engine.drivers).count(), "message")
    dead = dead_queue(desk.engine.app, queue)
    if dead is None:
        return found
    return f"{found}, {words.counted(QueueReader(dead, desk.engine.drivers).count(), 'dead letter')}"


def _send(desk: Desk, form: Form, queue: Queue) -> Response:
    group = form.text("group") or None
    delay = form.text("delay") or "0"
    seconds = int(delay) if delay.isdecimal() else -1  # which the client refuses
    sender = QueueSender(queue, desk.engine.drivers)
    sent = sender.send(form.text("payload"), seconds, group, attributes=dict(form.pairs("attributes", "=")))
    return desk.told(f"The message {sent} was sent.", "resources", queue.kind, queue.name)


def _redrive(desk: Desk, _form: Form, queue: Queue) -> Response:
    moved = QueueReader(queue, desk.engine.drivers).redrive()
    source = queue.dead_letters_of or queue.name
    return desk.told(f"{words.counted(moved, 'dead letter')} went back to {source}.", "resources", queue.kind, source)


def _purge(desk: Desk, form: Form, queue: Queue) -> Response:
    chosen = queue.dead_letters if form.given("dead") else queue
    gone = purge(desk.engine.drivers.of(chosen))
    what = "dead letter" if chosen is not queue else "message"
    return desk.told(f"{words.counted(gone, what)} deleted.", "resources", queue.kind, queue.name)


ACTIONS = {"send": _send, "redrive": _redrive, "purge": _purge}
BROWSED = Browsed(_show, _told, actions=ACTIONS, again=dict.fromkeys(ACTIONS, stays(_show)))
