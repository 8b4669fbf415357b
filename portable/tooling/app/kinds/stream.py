"""Streams and the functions that take their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from portable.errors import DeclarationError
from portable.eventing.events import Event
from portable.eventing.record import Record, RecordBatch
from portable.eventing.stream import Stream, StreamTrigger
from portable.tooling.app.kinds.kind import ResourceKind, Trigger, TriggerKind, own_feed
from portable.tooling.app.kinds.plain import content, moment
from portable.tooling.app.model import FunctionModel, parameters_of

RESOURCE = ResourceKind("stream", Stream, needs={"send_many": ("send",)})


def takes_batch(function: FunctionModel) -> bool:
    """Return whether a function takes a whole batch, a `list[Record]`, and not one record at a time."""
    return any(parameter.key == "list[Record]" for parameter in parameters_of(function))


def _title(trigger: Trigger) -> str:
    return f"records of stream {trigger['stream']}"


def _check_all(functions: Sequence[FunctionModel]) -> None:
    """Refuse what a function of a whole batch cannot have."""
    for function in functions:
        if not takes_batch(function):
            continue
        own = [parameter.name for parameter in function.parameters if parameter.source == "event"]
        read = [parameter for parameter in parameters_of(function) if parameter.source == "event"]
        events = [*dict.fromkeys((*own, *(parameter.name for parameter in read)))]
        if len(own) > 1 or any(parameter.key != "list[Record]" for parameter in read):
            raise DeclarationError(
                f"{function.name} takes its records as {' and '.join(events)}: with a list[Record], use only this parameter",
                function.where,
            )
        if function.idempotent is not None:
            raise DeclarationError(
                f"{function.name}: idempotent= works on one record at a time, but {events[0]} is a list: take a Record",
                function.where,
            )


def _record(function: FunctionModel, event: Mapping[str, Any]) -> Record[bytes]:
    sent_at = moment(event["sent_at"]) if event.get("sent_at") else None
    attributes = dict(event.get("attributes") or {})
    identity = event.get("id") or uuid4().hex
    attempt = event.get("attempt", 1)
    return Record(identity, content(event), event.get("key"), event.get("sequence"), sent_at, attempt, attributes)


def _event(function: FunctionModel, event: Mapping[str, Any]) -> Record[bytes] | RecordBatch:
    if not takes_batch(function):
        return _record(function, event)
    return RecordBatch(_record(function, each) for each in event.get("records", (event,)))


def _plain_record(record: Record[bytes]) -> dict[str, Any]:
    told = {"id": record.id, "key": record.key, "sequence": record.sequence, "attempt": record.attempt}
    sent = {} if record.sent_at is None else {"sent_at": record.sent_at.isoformat()}
    return {**told, **sent, "attributes": dict(record.attributes), "data": record.payload}


def _plain(event: Record[bytes] | RecordBatch) -> dict[str, Any]:
    if isinstance(event, RecordBatch):
        return {"records": [_plain_record(record) for record in event]}
    return _plain_record(event)


def _label(event: Record[bytes] | RecordBatch) -> str:
    one = event[0] if isinstance(event, RecordBatch) and len(event) == 1 else event
    return f"{len(one)} records" if isinstance(one, RecordBatch) else f"record of {one.key}"


TRIGGER = TriggerKind(
    name="stream",
    declaration=StreamTrigger,
    events=(Record, Event),
    title=_title,
    form="record",
    example='a record (--event with {"payload", "key", "id", "attempt", "attributes"}, or {"records": […]} for a list[Record])',
    event=_event,
    plain=_plain,
    label=_label,
    runtime="records",
    wanted=lambda function: ("True",) if takes_batch(function) else (),
    payload=True,
    batched=True,
    feed=own_feed,
    taken_from="stream",
    check_all=_check_all,
)
