"""Queues and the functions that take their messages."""

from __future__ import annotations

from collections.abc import Sequence

from portable.errors import DeclarationError
from portable.eventing.events import Event
from portable.eventing.message import Message
from portable.eventing.queue import POISON, Queue, QueueTrigger
from portable.tooling.app.kinds.kind import ResourceKind, Trigger, TriggerKind
from portable.tooling.app.kinds.messages import EXAMPLE, label, message, plain
from portable.tooling.app.model import FunctionModel

RESOURCE = ResourceKind(
    "queue", Queue, needs={"send_many": ("send",), "receive": ("redrive",), "acknowledge": ("redrive",)}
)


def _title(trigger: Trigger) -> str:
    return f"messages of queue {trigger['queue']}"


def _feed(function: FunctionModel) -> str:
    return str(function.trigger["queue"])


def _check_all(functions: Sequence[FunctionModel]) -> None:
    """Refuse a second function of one queue, and dead letters of dead letters."""
    queues: dict[str, str] = {}
    for function in functions:
        queue = function.trigger["queue"]
        if function.dead_letter and queue.endswith(POISON):
            raise DeclarationError(
                f"{function.name}: dead_letter= is not allowed for a function that handles dead letters: remove it",
                function.where,
            )
        other = queues.setdefault(queue, function.where)
        if other != function.where:
            raise DeclarationError(
                f'queue "{queue}" has two functions (the other is at {other}): use a Topic, so that each gets a copy',
                function.where,
            )


TRIGGER = TriggerKind(
    name="queue",
    declaration=QueueTrigger,
    events=(Message, Event),
    title=_title,
    form="message",
    example=EXAMPLE,
    event=message,
    plain=plain,
    label=label,
    runtime="messages",
    payload=True,
    feed=_feed,
    taken_from="queue",
    check_all=_check_all,
)
