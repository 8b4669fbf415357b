"""Queues, topics and streams in NATS JetStream: takes a declaration and the name of its stream there; returns drivers.

Each has a JetStream stream of its own: see `nats_streams`. A queue has one consumer that all workers share, a topic one
for each function that subscribes to it. `unwrap(nats.aio.client.Client)` gives the client of nats-py.
"""

from __future__ import annotations

from portable.errors import UnsupportedError
from portable.eventing.driver import Received
from portable_container.runtime.eventing_publish import in_order, letter_of, only, publish
from portable_container.runtime.eventing_wire import read
from portable_container.runtime.nats_clients import Nats, again, shared
from portable_container.runtime.nats_consuming import Consuming
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.nats_streams import ACK_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from portable.errors import PortableError
    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.queue import Queue
    from portable.eventing.stream import Stream
    from portable.eventing.topic import Topic
    from portable_container.runtime.eventing_publish import Letter
    from portable_container.runtime.eventing_streams import NatsStream

LOOK_SECONDS = 20.0
BATCH = 100


def queue_driver(queue: Queue, address: str, nats: Nats | None = None) -> NatsQueue:
    """Return the driver of a queue. The address `<stream>/<consumer>` is what one subscriber of a topic receives."""
    return NatsQueue(queue, address, nats or shared())


def topic_driver(topic: Topic, address: str, nats: Nats | None = None) -> NatsTopic:
    """Return the driver of a topic."""
    return NatsTopic(topic, address, nats or shared())


def stream_driver(stream: Stream, address: str, nats: Nats | None = None) -> NatsStream:
    """Return the driver of a stream."""
    from portable_container.runtime.eventing_streams import NatsStream

    return NatsStream(stream, address, nats or shared())


class NatsQueue:
    """A `QueueDriver` over one stream of JetStream."""

    def __init__(self, queue: Queue, address: str, nats: Nats) -> None:
        self.queue = queue
        self.at = address_of(address)
        self._nats = nats
        self._what = f'queue "{queue.name}" (JetStream {address})'
        self._consuming = Consuming(nats, self.at, self._what, partitioned=queue.ordered)

    def send(self, message: Outgoing) -> str:  # noqa: D102
        return only(self.send_many([message]))

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        if any(message.delay and message.deduplicate for message in messages):
            raise UnsupportedError(
                f"{self._what}: JetStream cannot tell the id of a delayed message that was sent twice; "
                "send with delay or deduplicate, not with both"
            )
        if self.queue.ordered:  # one that is sent again must not be overtaken
            return in_order(messages, self._send)
        return self._send(messages)

    def count(self) -> int:  # noqa: D102
        found = self._nats.calls.call(lambda: self._nats.api(f"STREAM.INFO.{self.at.stream}"), self._what, again)
        return int(found["state"]["messages"])

    def peek(self, limit: int) -> list[Message[bytes]]:
        """Return up to `limit` messages and release them. JetStream counts this as a delivery.

        Of an ordered queue, it is the first message of each partition.
        """
        taken: list[Received] = []
        while len(taken) < limit and (more := self.receive(min(BATCH, limit - len(taken)), LOOK_SECONDS)):
            taken += more
        self._consuming.hide([received.receipt for received in taken], 0)
        return [received.message for received in taken]

    def receive(self, limit: int, seconds: float) -> list[Received]:  # noqa: D102
        found = self._consuming.take(limit)
        if found and seconds != ACK_SECONDS:
            self._consuming.hide([message.reply for message in found], seconds)
        return [Received(read(message), message.reply) for message in found]

    def acknowledge(self, receipts: Sequence[str]) -> None:  # noqa: D102
        self._consuming.acknowledge(receipts)

    def release(self, receipt: str, delay: float) -> None:
        """Make a received message available again after `delay` seconds. An old receipt is not an error."""
        self._consuming.hide([receipt], delay)

    def extend(self, receipts: Sequence[str], seconds: float) -> None:
        """Hide received messages for `seconds` from now, because they are still being handled."""
        self._consuming.hide(receipts, seconds)

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self._nats.unwrap(native)

    def _send(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:
        letters = [self._letter(message) for message in messages]
        return publish(self._nats, self.at.stream, self._what, letters)

    def _letter(self, message: Outgoing) -> Letter:
        queue = self.queue
        return letter_of(message, self.at, partitioned=queue.ordered, deduplicated=queue.deduplicated)


class NatsTopic:
    """A `TopicDriver` over one stream of JetStream."""

    def __init__(self, topic: Topic, address: str, nats: Nats) -> None:
        self.topic = topic
        self.at = address_of(address)
        self._nats = nats
        self._what = f'topic "{topic.name}" (JetStream {address})'

    def publish(self, message: Outgoing) -> str:  # noqa: D102
        return only(publish(self._nats, self.at.stream, self._what, [letter_of(message, self.at, partitioned=False)]))

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self._nats.unwrap(native)
