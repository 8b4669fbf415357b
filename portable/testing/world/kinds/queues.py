"""Queues."""

from __future__ import annotations

from typing import Any, ClassVar

from portable.eventing.memory import MemoryQueue
from portable.eventing.message import Message
from portable.eventing.queue import Queue
from portable.eventing.queue_async_clients import AsyncQueueReader, AsyncQueueSender
from portable.eventing.queue_clients import QueueReader, QueueSender
from portable.testing.world.kinds.kind import KitResource, KitTrigger
from portable.testing.world.kinds.messages import Waiting, Watched, outgoing, unread, waiting
from portable.testing.world.kinds.part import CloudPart, expect


class QueueView(QueueSender, QueueReader):
    """A queue from outside: `send pending dead_letters redrive()`."""

    __slots__ = ()
    actions: ClassVar[Any] = ()
    granted_by: ClassVar[dict[str, str]] = {}

    @property
    def pending(self) -> list[Waiting]:
        """Every message that waits, delayed ones too, oldest first."""
        return waiting(self._drivers, self.resource)

    @property
    def dead_letters(self) -> list[Waiting]:
        """Every dead letter of the queue, oldest first."""
        return waiting(self._drivers, self.resource.dead_letters)


class AsyncQueueView(AsyncQueueSender, AsyncQueueReader):
    """Everything a queue can do, awaited."""

    __slots__ = ()
    actions: ClassVar[Any] = ()
    granted_by: ClassVar[dict[str, str]] = {}


class Queues(CloudPart):
    """What `cloud` shows of queues."""

    def queue(self, queue: Queue) -> QueueView:
        """Return a queue from outside."""
        return QueueView(expect(queue, Queue), self._drivers)


RESOURCE = KitResource(
    "queue",
    MemoryQueue,
    QueueView,
    AsyncQueueView,
    effects=("send", "send_many", "acknowledge"),
    items=unread,
    partial=("send_many",),
    sent=True,
)
TRIGGER = KitTrigger("queue", Message, outgoing, own_queue=True, watched=Watched)
