"""What queues and topics have in common: the plain data of a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from portable.eventing.message import Message
from portable.tooling.app.kinds.plain import content
from portable.tooling.app.model import FunctionModel

EXAMPLE = 'a message (--message TEXT, or --event with {"payload", "id", "attempt", "attributes"})'


def message(_function: FunctionModel, event: Mapping[str, Any]) -> Message[bytes]:
    """Return the message that plain data tells."""
    attributes = event.get("attributes") or {}
    identity = event.get("id") or uuid4().hex
    return Message(identity, content(event), event.get("attempt", 1), attributes, None, event.get("group"))
