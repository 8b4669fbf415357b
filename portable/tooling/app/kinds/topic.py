"""Topics and the functions that take their messages."""

from __future__ import annotations

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
)
