"""Topics."""

from __future__ import annotations

from typing import Any

from portable.eventing.memory import MemoryQueue, MemoryTopic
from portable.eventing.message import Message
from portable.eventing.topic import Topic
from portable.eventing.topic_async_clients import AsyncTopicPublisher
from portable.eventing.topic_clients import TopicPublisher
from portable.testing.world.kinds.kind import KitResource, KitTrigger
from portable.testing.world.kinds.messages import Waiting, Watched, outgoing, published, shown
from portable.testing.world.kinds.part import CloudPart, expect


class TopicView(TopicPublisher):
    """A topic from outside: `publish published`."""

    __slots__ = ()

    @property
    def published(self) -> list[Waiting]:
        """Every message that was published, oldest first."""
        return [shown(message) for message in self._connect().published]


class Topics(CloudPart):
    """What `cloud` shows of topics."""

    def topic(self, topic: Topic) -> TopicView:
        """Return a topic from outside."""
        return TopicView(expect(topic, Topic), self._drivers)


def _subscribe(topic: MemoryTopic, trigger: Any, queue: MemoryQueue) -> None:
    topic.subscribe(queue, trigger.filter)


RESOURCE = KitResource(
    "topic",
    MemoryTopic,
    TopicView,
    AsyncTopicPublisher,
    effects=("publish",),
    items=published,
    sent=True,
)
TRIGGER = KitTrigger("topic", Message, outgoing, source="topic", subscribe=_subscribe, watched=Watched)
