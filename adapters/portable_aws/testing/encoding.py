"""Takes portable events; returns what Lambda passes to a function for them, each with a reader of its reply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from portable.tooling.app.kinds.registry import feed
from portable.tooling.app.model import FunctionModel
from portable_aws.testing.messages import encode_messages
from portable_aws.testing.objects import encode_object, queued_object
from portable_aws.testing.records import encode_records
from portable_aws.testing.schedule import encode_tick

Events = list[tuple[str, Any, int | None]]
Deliveries = Iterator[tuple[dict[str, Any], Callable[[Any], list[str]]]]

ASYNCHRONOUS = 3
"""Attempts of Lambda for an event of an asynchronous invocation (Lambda "asynchronous invocation")."""


def encoded(function: FunctionModel, events: Events) -> Deliveries:
    """Yield the event of each call of a function, and what returns the ids that failed from the reply to it."""
    return _ENCODERS[function.trigger["kind"]](function, events)


def _failed(reply: Any) -> list[str]:
    return [item["itemIdentifier"] for item in (reply or {}).get("batchItemFailures", ())]


def _messages(function: FunctionModel, events: Events) -> Deliveries:
    fed = function.trigger["kind"] == "topic"
    yield encode_messages([event for _, event, _ in events], feed(function) or function.name, fed=fed), _failed


def _ticks(_function: FunctionModel, events: Events) -> Deliveries:
    for _, event, _ in events:
        yield encode_tick(event), _failed


def _objects(function: FunctionModel, events: Events) -> Deliveries:
    wanted = function.trigger["event"]
    queued = function.dead_letter or function.attempts != ASYNCHRONOUS
    for id, event, attempt in events:  # noqa: A001
        direct = encode_object(event, wanted)
        yield queued_object(direct, attempt, id) if queued else direct, _failed


def _records(function: FunctionModel, events: Events) -> Deliveries:
    """Lambda takes the lowest sequence number that failed, and delivers again from there."""
    event = encode_records([record for _, record, _ in events], function.trigger["stream"])
    places = [record["kinesis"]["sequenceNumber"] for record in event["Records"]]

    def read(reply: Any) -> list[str]:
        first = min((places.index(place) for place in _failed(reply)), default=len(places))
        return [id for id, _, _ in events[first:]]  # noqa: A001

    yield event, read


_ENCODERS: dict[str, Callable[[FunctionModel, Events], Deliveries]] = {
    "queue": _messages,
    "topic": _messages,
    "schedule": _ticks,
    "object": _objects,
    "stream": _records,
}
"""By kind of trigger: a function that takes events and returns Lambda's event and a reader of failed ids in its reply."""
