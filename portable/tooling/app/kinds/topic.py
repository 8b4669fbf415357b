"""Topics and the functions that take their messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.eventing.events import Event
from portable.eventing.message import Message
from portable.eventing.topic import Topic, TopicTrigger
from portable.tooling.app.kinds.kind import ResourceKind, Trigger, TriggerKind
from portable.tooling.app.kinds.messages import EXAMPLE, message
from portable.tooling.app.model import FunctionModel

RESOURCE = ResourceKind("topic", Topic)


def _title(trigger: Trigger) -> str:
    return f"messages of topic {trigger['topic']}"


def _feed(function: FunctionModel) -> str:
    return function.name


def _kept_out(function: FunctionModel, event: Mapping[str, Any]) -> str | None:
    given = event.get("attributes")
    attributes = given if isinstance(given, dict) else {}
    missed = [f"{name}={value}" for name, value in function.trigger["filter"] or () if attributes.get(name) != value]
    if not missed:
        return None
    held = ", ".join(f"{name}={value}" for name, value in attributes.items()) or "none"
    return f"its filter requires the attributes {', '.join(missed)}, but the message has {held}"


TRIGGER = TriggerKind(
    name="topic",
    declaration=TopicTrigger,
    events=(Message, Event),
    title=_title,
    form="message",
    example=EXAMPLE,
    event=message,
    payload=True,
    feed=_feed,
    kept_out=_kept_out,
)
