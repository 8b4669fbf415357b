"""Topics."""

from __future__ import annotations

from typing import Any

from portable.eventing.memory import MemoryQueue, MemoryTopic
from portable.eventing.message import Message
from portable.testing.world.kinds.kind import KitResource, KitTrigger
from portable.testing.world.kinds.messages import Watched, outgoing, published, same


def _subscribe(topic: MemoryTopic, trigger: Any, queue: MemoryQueue) -> None:
    topic.subscribe(queue, trigger.filter)


RESOURCE = KitResource("topic", MemoryTopic, effects=("publish",), items=published, sent=True)
TRIGGER = KitTrigger("topic", Message, outgoing, same, source="topic", subscribe=_subscribe, watched=Watched)
