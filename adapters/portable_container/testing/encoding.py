"""Takes a portable event of a function; returns the message of JetStream that its worker gets for it."""

from __future__ import annotations

from typing import Any

from nats.aio.msg import Msg

from portable.tooling.app.model import FunctionModel
from portable_container.testing.messages import address, encode_message, encode_record
from portable_container.testing.objects import encode_object
from portable_container.testing.schedule import encode_tick


def encoded(function: FunctionModel, event: Any, attempt: int | None) -> Msg:
    """Return the message of an event that is no request."""
    at, trigger = address(function), function.trigger
    if trigger["kind"] == "schedule":
        return encode_tick(event, at, attempt)
    if trigger["kind"] == "object":
        return encode_object(event, trigger["event"], at, attempt)
    if trigger["kind"] == "stream":
        return encode_record(event, at)
    return encode_message(event, at)
