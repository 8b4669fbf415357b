"""Takes portable events; returns the calls that the worker makes: ids of the events, the value, and the attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from azure.functions import EventHubEvent, QueueMessage

from portable.tooling.app.model import FunctionModel
from portable_azure.testing.messages import encode_message
from portable_azure.testing.objects import encode_object
from portable_azure.testing.records import encode_records
from portable_azure.testing.schedule import encode_tick

Events = list[tuple[str, Any, int | None]]
Native = str | QueueMessage | list[EventHubEvent]
"""What a trigger delivers: JSON, a queue's message, or the events of a hub."""
Encoded = Iterator[tuple[list[str], Native, int | None]]


def encoded(function: FunctionModel, events: Events, trigger: str) -> Encoded:
    """Yield what each call of a function gets. `trigger` is the type of its trigger in the host's terms."""
    return _ENCODERS[function.trigger["kind"]](function, events, trigger)


def _ticks(_function: FunctionModel, events: Events, _trigger: str) -> Encoded:
    for id, event, attempt in events:  # noqa: A001
        yield [id], encode_tick(event), attempt


def _objects(function: FunctionModel, events: Events, trigger: str) -> Encoded:
    form = "queue" if trigger == "queueTrigger" else "event"
    for id, event, attempt in events:  # noqa: A001
        yield [id], encode_object(event, function.trigger["event"], form, attempt), attempt


def _messages(function: FunctionModel, events: Events, _trigger: str) -> Encoded:
    for id, event, attempt in events:  # noqa: A001
        yield [id], encode_message(event, function.trigger["kind"]), attempt


def _records(_function: FunctionModel, events: Events, _trigger: str) -> Encoded:
    yield [own for own, _, _ in events], encode_records([record for _, record, _ in events]), events[0][2]


_ENCODERS: dict[str, Callable[[FunctionModel, Events, str], Encoded]] = {
    "schedule": _ticks,
    "object": _objects,
    "queue": _messages,
    "topic": _messages,
    "stream": _records,
}
