"""The queues, the payloads and the store under test of the queue and topic suites.

A test takes only what it sent, so queues may be shared and need not be empty. Other messages are acknowledged.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portable.base.logs import current
from portable.compute.context import Context
from portable.conformance.shared import Harness
from portable.eventing.queue import Queue
from portable.eventing.queue_async_clients import AsyncQueueReader, AsyncQueueSender
from portable.eventing.queue_clients import QueueReader, QueueSender
from portable.eventing.topic import Topic
from portable.eventing.topic_async_clients import AsyncTopicPublisher
from portable.eventing.topic_clients import TopicPublisher

if TYPE_CHECKING:
    from portable.eventing.driver import QueueDriver, Received, TopicDriver
    from portable.eventing.message import Message

JOBS = Queue("conformance-jobs")
DEAD = JOBS.dead_letters
LATER = Queue("conformance-later", delayed=True)
ORDERED = Queue("conformance-ordered", ordered=True)
ONCE = Queue("conformance-once", deduplicated=True)
QUEUES = (JOBS, DEAD, LATER, ORDERED, ONCE)
"""Every queue of the suite. A harness makes those that its provider supports."""
NEWS = Topic("conformance-news")
ABILITIES = {
    "count": "how many messages wait",
    "peek": "a look that leaves messages where they are",
    "attempts": "the count of deliveries",
    "delayed": "messages that are to come later",
    "ordered": "order within a group",
    "deduplicated": "one message for one deduplication id",
}
"""The abilities that a provider may lack. `lacks` of the harness gives the reason."""

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PAYLOADS: dict[str, Any] = {
    "text": "grüße, 世界 🎉",
    "text that is JSON": '{"n": 1}',
    "text that looks like our own envelope": '{"specversion":"1.0","type":"portable.message","id":"x","data":1}',
    "text with every kind of line end": "a\r\nb\rc\nd\te",
    "text with control characters": "a\x00b\x1fc",
    "text with what XML forbids": "a\ufffe\uffffb",
    "text with markup": '<a href="x">&amp;</a>]]>',
    "text with spaces around it": "  a  ",
    "no text": "",
    "bytes": b"\x00\xff\xfe\x80",
    "no bytes": b"",
    "bytes that are text": b"plain",
    "a dict": {"text": "ü\u2028", "list": [1, 2.5, None, True], "deep": {"a": {"b": []}}},
    "a list": [1, "two", {"three": 3}],
    "a number": 42,
    "null": None,
    "true": True,
    "48 KiB of bytes": bytes(range(256)) * 192,
    "48 KiB of quotes": '"' * 49152,
    "48 KiB of wide letters": "世" * 16384,
}


@dataclass(frozen=True)
class Queues(Harness):
    """The store under test.

    `open` returns a driver of one of QUEUES, and `open_topic` that of NEWS. `listener` returns the driver of the queue in
    which the messages of NEWS arrive. `lacks` maps an ability to the reason why the provider or this server lacks it.
    `missing` returns a driver of a queue that does not exist. `foreign` puts a text into JOBS as a program without
    portable would. `native` is what `unwrap` must give. `patience` is the longest time until a message arrives, in
    seconds. `hidden` is the shortest time for which `receive` can hide a message.
    """

    open: Callable[[Queue], QueueDriver]
    open_topic: Callable[[Topic], TopicDriver] | None = None
    listener: Callable[[], QueueDriver] | None = None
    lacks: Mapping[str, str] = field(default_factory=dict)
    missing: Callable[[], QueueDriver] | None = None
    foreign: Callable[[str], None] | None = None
    native: type | None = None
    patience: float = 5.0
    hidden: float = 1.0
    examples: int = 25

    def of(self, resource: Queue | Topic) -> Any:
        """Return the driver of a queue or topic, as a runtime does."""
        if isinstance(resource, Queue):
            return self.open(resource)
        assert self.open_topic is not None
        return self.open_topic(resource)

    def sender(self, queue: Queue) -> QueueSender:
        """Return a client that sends."""
        return QueueSender(queue, self)  # type: ignore[arg-type]

    def reader(self, queue: Queue) -> QueueReader:
        """Return a client that reads."""
        return QueueReader(queue, self)  # type: ignore[arg-type]

    def async_sender(self, queue: Queue) -> AsyncQueueSender:
        """Return a client that sends, for `async def`."""
        return AsyncQueueSender(queue, self)  # type: ignore[arg-type]

    def async_reader(self, queue: Queue) -> AsyncQueueReader:
        """Return a client that reads, for `async def`."""
        return AsyncQueueReader(queue, self)  # type: ignore[arg-type]

    def publisher(self) -> TopicPublisher:
        """Return a client that publishes."""
        return TopicPublisher(NEWS, self)  # type: ignore[arg-type]

    def async_publisher(self) -> AsyncTopicPublisher:
        """Return a client that publishes, for `async def`."""
        return AsyncTopicPublisher(NEWS, self)  # type: ignore[arg-type]

    def take(self, driver: QueueDriver, ids: list[str], seconds: float = 30.0, *, keep: bool = False) -> list[Received]:
        """Return the messages with these ids, in order of arrival. They are acknowledged unless `keep`."""
        found: list[Received] = []
        end = time.monotonic() + self.patience
        while len(found) < len(ids) and time.monotonic() < end:
            taken = driver.receive(10, seconds)
            found += [received for received in taken if received.message.id in ids]
            others = [received.receipt for received in taken if keep is False or received.message.id not in ids]
            if others:
                driver.acknowledge(others)
            if not taken:
                time.sleep(0.05)
        return found

    def take_one(self, driver: QueueDriver, id: str, seconds: float = 30.0, *, keep: bool = False) -> Received:  # noqa: A002
        """Return the message of one id. Fails if it does not arrive."""
        found = self.take(driver, [id], seconds, keep=keep)
        assert [received.message.id for received in found] == [id], f"{id} did not arrive exactly once"
        return found[0]

    def peeked(self, queue: Queue, id: str) -> Message[bytes]:  # noqa: A002
        """Return the message of one id as `peek` shows it. A store may show one that it got back a moment ago a moment later."""
        end = time.monotonic() + self.patience
        while True:
            for message in self.reader(queue).peek():
                if message.id == id:
                    return message
            assert time.monotonic() < end, f"{id} is not shown"

    def drain(self, driver: QueueDriver) -> None:
        """Acknowledge what can be received now."""
        while taken := driver.receive(10, 30):
            driver.acknowledge([received.receipt for received in taken])


def check_payload(body: bytes, payload: Any) -> None:
    """Fail unless a body is the payload that was sent: the same bytes or text, or JSON of the same value."""
    if isinstance(payload, (str, bytes)):
        assert body == (payload.encode() if isinstance(payload, str) else payload)
    else:
        assert json.loads(body) == payload


@contextmanager
def traced(trace: str = TRACE) -> Iterator[None]:
    """Be inside a call that has a trace."""
    token = current.set(Context("r", "f", time.time() + 60, trace=trace))
    try:
        yield
    finally:
        current.reset(token)
