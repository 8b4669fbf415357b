"""Topics and the functions that take their messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portable.errors import DeclarationError
from portable.eventing.events import Event
from portable.eventing.message import Message
from portable.eventing.topic import Topic, TopicTrigger
from portable.tooling.app.kinds.kind import ResourceKind, Trigger, TriggerKind, own_feed
from portable.tooling.app.kinds.messages import EXAMPLE, label, message, plain
from portable.tooling.app.model import FunctionModel

RESOURCE = ResourceKind("topic", Topic)


def _title(trigger: Trigger) -> str:
    return f"messages of topic {trigger['topic']}"


def _check(trigger: TopicTrigger) -> None:
    for name, value in trigger.filter:
        if not (isinstance(name, str) and name and isinstance(value, str) and value):
            raise DeclarationError(
                f"messages(filter={dict(trigger.filter)!r}): {name!r}: {value!r} matches no message, because an "
                "attribute is one text that is not empty. To take one of several texts, leave it out of the filter and "
                "look at message.attributes in the handler"
            )


def _wanted(function: FunctionModel) -> tuple[str, ...]:
    """Return the attributes that a message must have."""
    pairs = tuple(tuple(pair) for pair in function.trigger["filter"] or ())
    return (repr(pairs),) if pairs else ()


def _shares(trigger: Trigger) -> tuple[tuple[str, str], ...]:
    topic = trigger["topic"]
    return (("topic.subscriptions", topic), *((("topic.filters", topic),) if trigger["filter"] else ()))


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
    plain=plain,
    label=label,
    runtime="messages",
    wanted=_wanted,
    payload=True,
    check=_check,
    feed=own_feed,
    taken_from="queue",
    shares=_shares,
    kept_out=_kept_out,
)
