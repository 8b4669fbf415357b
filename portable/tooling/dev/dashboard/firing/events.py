"""The forms of events: messages, records, objects and ticks; the event that a filled form is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portable.errors import InvalidInput
from portable.tooling.app.kinds.stream import takes_batch
from portable.tooling.app.model import FunctionModel, parameters_of
from portable.tooling.dev.dashboard.firing.contents import UPLOAD, content_fields, read_content, uploaded
from portable.tooling.dev.dashboard.firing.types import Field, Groups
from portable.tooling.dev.dashboard.posted import Form

PAYLOAD = "payload."


def message_groups(function: FunctionModel, hints: Mapping[str, Any]) -> Groups:
    """Return the fields of a message."""
    parameter = next((each for each in parameters_of(function) if each.source == "event"), None)
    wanted = function.trigger.get("filter") or ()
    attributes = "\n".join(f"{name}={value}" for name, value in wanted)
    return [
        ("Payload", content_fields(parameter, hints, PAYLOAD) if parameter is not None else [Field("payload", "Payload", "lines"), UPLOAD]),
        ("Message", [
            Field("attributes", "Attributes", "lines", attributes, says="One name=value on each line."),
            Field("attempt", "Attempt", "number", "1"),
        ]),
    ]  # fmt: skip


def record_groups(function: FunctionModel, hints: Mapping[str, Any]) -> Groups:
    """Return the fields of a record."""
    payload, (title, more) = message_groups(function, hints)
    return [payload, (title.replace("Message", "Record"), [Field("key", "Key", "text", "k-0"), *more])]


def object_groups(function: FunctionModel, _hints: Mapping[str, Any]) -> Groups:
    """Return the field of an object's event."""
    trigger = function.trigger
    key = f"{trigger['prefix']}{'' if trigger['suffix'] else 'example'}{trigger['suffix']}"
    says = (
        "The key of an object in the bucket; its size and etag are looked up." if trigger["event"] == "created" else ""
    )
    return [("Object", [Field("key", "Key", "text", key, True, says=says)])]


def tick_groups(function: FunctionModel, _hints: Mapping[str, Any]) -> Groups:
    """Return the field of a tick."""
    says = f"Empty: now. Without an offset it is the time of this machine; the schedule is in {function.trigger['timezone']}."
    return [("Tick", [Field("scheduled_at", "Scheduled at", "text", says=says)])]


def message_event(_function: FunctionModel, known: list[Field], form: Form) -> dict[str, Any]:
    """Return the message of a filled form."""
    file = uploaded(form)
    event: dict[str, Any] = dict(file[0]) if file else {"payload": read_content(known, form, PAYLOAD)}
    attributes = dict(form.pairs("attributes", "="))
    if attributes:
        event["attributes"] = attributes
    attempt = form.text("attempt")
    if attempt and attempt != "1":
        if not attempt.isdecimal():
            raise InvalidInput("an attempt is a whole number from 1 up", "attempt")
        event["attempt"] = int(attempt)
    return event


def record_event(function: FunctionModel, known: list[Field], form: Form) -> dict[str, Any]:
    """Return the record, or the batch of one, of a filled form."""
    event = message_event(function, known, form)
    event |= {"key": form.text("key")} if form.text("key") else {}
    return {"records": [event]} if takes_batch(function) else event


def object_event(_function: FunctionModel, _known: list[Field], form: Form) -> dict[str, Any]:
    """Return the object's event of a filled form."""
    return {"key": form.text("key")}


def tick_event(_function: FunctionModel, _known: list[Field], form: Form) -> dict[str, Any]:
    """Return the tick of a filled form."""
    given = form.text("scheduled_at").strip()
    if given:
        try:
            datetime.fromisoformat(given)
        except ValueError as error:
            raise InvalidInput("this is no moment such as 2026-01-31T12:00+01:00", "Scheduled at") from error
    return {"scheduled_at": given} if given else {}
