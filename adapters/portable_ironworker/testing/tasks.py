"""Converts portable events to tasks of IronWorker, and tasks to JSON values and back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from json import dumps
from typing import Any

from portable.base.values import replace
from portable.eventing.envelope import as_event, as_queue_text, write
from portable.eventing.message import Message
from portable.eventing.schedule import Tick
from portable.testing.encoding import outgoing
from portable_ironworker.runtime.task import Task


def encode_tick(tick: Tick) -> Task:
    """Return the task of a schedule. It holds its due time, like a task that is queued by hand."""
    return Task("tick", dumps({"portable": "tick", "scheduled_at": tick.scheduled_at.isoformat()}).encode())


def encode_message(message: Message[bytes]) -> Task:
    """Return the task of a message. Its payload is the plain text if that is all, or else the envelope."""
    sent = outgoing(message)
    if not message.attributes and message.trace is None:
        payload, enveloped = as_queue_text(replace(sent, id=None), "task")
        if enveloped is None:
            return Task(message.id, payload.encode())
    return Task(message.id, write(as_event(sent, "task")).encode())


def plain(event: Any) -> dict[str, Any]:
    """Return a task as JSON values. Raises TypeError for anything else."""
    if not isinstance(event, Task):
        raise TypeError(f"{type(event).__name__} is not a task of IronWorker")
    try:
        return {"id": event.id, "payload": event.payload.decode()}
    except UnicodeDecodeError:
        return {"id": event.id, "payload_base64": b64encode(event.payload).decode()}


def native(event: dict[str, Any]) -> Task:
    """Return the task that `plain` made these values from."""
    payload = b64decode(event["payload_base64"]) if "payload_base64" in event else event.get("payload", "").encode()
    return Task(event["id"], payload)
