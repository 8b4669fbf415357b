"""What queues and topics have in common: the plain data of a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from portable.eventing.message import Message
from portable.tooling.app.kinds.plain import content
from portable.tooling.app.model import FunctionModel

SHORT = 8
"""Characters of an id that a label shows."""
EXAMPLE = 'a message (--message TEXT, or --event with {"payload", "id", "attempt", "attributes"})'


def message(_function: FunctionModel, event: Mapping[str, Any]) -> Message[bytes]:
    """Return the message that plain data tells."""
    attributes = event.get("attributes") or {}
    identity = event.get("id") or uuid4().hex
    return Message(identity, content(event), event.get("attempt", 1), attributes, None, event.get("group"))


def plain(message: Message[bytes]) -> dict[str, Any]:
    """Return a message as plain data."""
    group = {} if message.group is None else {"group": message.group}
    told = {"id": message.id, "attempt": message.attempt, "attributes": dict(message.attributes)}
    return {**told, **group, "data": message.payload}


def label(message: Message[bytes]) -> str:
    """Return the beginning of the id of a message."""
    return f"message {message.id[:SHORT]}{'…' if len(message.id) > SHORT else ''}"
