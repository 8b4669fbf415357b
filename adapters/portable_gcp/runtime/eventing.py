"""Queues and topics in Pub/Sub: takes a declaration and a topic's name; returns drivers.

The address is `projects/<project>/topics/<topic>`, for queues too. `peek`, `receive` and so `redrive` pull from the
subscription of the same name, `projects/<project>/subscriptions/<topic>`. Dead letters have such a subscription. A
subscription that pushes to a function cannot be pulled. `unwrap(PublisherClient)` and `unwrap(SubscriberClient)` give
Google's clients (`google.pubsub_v1`).
"""

from __future__ import annotations

from portable.base.backoff import within
from portable.errors import ConfigurationError, PortableError, Timeout, UnsupportedError
from portable.eventing import wire
from portable.eventing.driver import Received
from portable_gcp.runtime.clients import GcpClients, shared
from portable_gcp.runtime.eventing_publish import SECONDS, publish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.queue import Queue
    from portable.eventing.stream import Stream
    from portable.eventing.topic import Topic
    from portable_gcp.runtime.eventing_streams import PubSubStream

BATCH = 100
"""Messages in one publish request. At 48 KiB each they use half of the 10 MB that Pub/Sub accepts."""
LOOK_SECONDS = 20


def queue_driver(queue: Queue, address: str, clients: GcpClients | None = None, poll: float = 2.0) -> PubSubQueue:
    """Return the driver of a queue; `receive` waits up to `poll` seconds for a message."""
    return PubSubQueue(queue, address, clients or shared(), poll)


def topic_driver(topic: Topic, address: str, clients: GcpClients | None = None) -> PubSubTopic:
    """Return the driver of a topic."""
    return PubSubTopic(topic, address, clients or shared())


def stream_driver(stream: Stream, address: str, clients: GcpClients | None = None) -> PubSubStream:
    """Return the driver of a stream: a topic whose messages have ordering keys."""
    from portable_gcp.runtime.eventing_streams import PubSubStream

    return PubSubStream(stream, address, clients or shared())


class PubSubQueue:
    """A `QueueDriver` over one Pub/Sub topic and the subscription of its name."""

    def __init__(self, queue: Queue, address: str, clients: GcpClients, poll: float) -> None:
        self.queue = queue
        self.address = address
        self.subscription = _subscription(address)
        self._clients = clients
        self._poll = poll
        self._what = f'queue "{queue.name}" (Pub/Sub {address})'

    def send(self, message: Outgoing) -> str:  # noqa: D102
        [outcome] = self.send_many([message])
        if not isinstance(outcome, str):
            raise outcome
        return outcome

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        if any(message.delay for message in messages):
            raise UnsupportedError(f"{self._what}: Pub/Sub cannot delay messages; send without delay")
        if any(message.deduplicate for message in messages):
            raise UnsupportedError(f"{self._what}: Pub/Sub has no deduplication ids; send without deduplication_id")
        outcomes: list[str | PortableError] = []
        for start in range(0, len(messages), BATCH):
            batch = messages[start : start + BATCH]
            try:
                ids = publish(self._clients, self.address, self._what, batch)
                outcomes += [message.id or own for message, own in zip(batch, ids, strict=True)]
            except PortableError as error:
                outcomes += [error] * len(batch)
        return outcomes

    def count(self) -> int:
        """Raise UnsupportedError: only Cloud Monitoring knows the number of messages in Pub/Sub."""
        raise UnsupportedError(
            f"{self._what}: Pub/Sub cannot count messages; see num_undelivered_messages in Cloud Monitoring"
        )

    def peek(self, limit: int) -> list[Message[bytes]]:
        """Return up to `limit` messages and release them. Pub/Sub counts this as a delivery."""
        taken = self.receive(limit, LOOK_SECONDS)
        if taken:
            self._hide([received.receipt for received in taken], 0)
        return [received.message for received in taken]

    def receive(self, limit: int, seconds: float) -> list[Received]:  # noqa: D102
        request = {"subscription": self.subscription, "max_messages": limit}

        def pull() -> Any:
            return self._clients.subscriber().pull(request=request, retry=None, timeout=within(self._poll))

        try:
            taken = self._clients.call(pull, self._what).received_messages
        except Timeout:
            return []
        if taken:
            self._hide([found.ack_id for found in taken], min(600, -int(-seconds // 1)))
        return [Received(_read(found), found.ack_id) for found in taken]

    def acknowledge(self, receipts: Sequence[str]) -> None:  # noqa: D102
        if receipts:
            request = {"subscription": self.subscription, "ack_ids": list(receipts)}
            self._clients.call(
                lambda: self._clients.subscriber().acknowledge(request=request, retry=None, timeout=within(SECONDS)),
                self._what,
            )

    def unwrap(self, native: type) -> object:  # noqa: D102
        for client in (self._clients.publisher(), self._clients.subscriber()):
            if isinstance(client, native):
                return client
        return None

    def _hide(self, receipts: list[str], seconds: int) -> None:
        request = {"subscription": self.subscription, "ack_ids": receipts, "ack_deadline_seconds": seconds}
        self._clients.call(
            lambda: self._clients.subscriber().modify_ack_deadline(
                request=request, retry=None, timeout=within(SECONDS)
            ),
            self._what,
        )


class PubSubTopic:
    """A `TopicDriver` over one Pub/Sub topic."""

    def __init__(self, topic: Topic, address: str, clients: GcpClients) -> None:
        self.topic = topic
        self.address = address
        self._clients = clients
        self._what = f'topic "{topic.name}" (Pub/Sub {address})'

    def publish(self, message: Outgoing) -> str:  # noqa: D102
        [own] = publish(self._clients, self.address, self._what, [message])
        return message.id or own

    def unwrap(self, native: type) -> object:  # noqa: D102
        client = self._clients.publisher()
        return client if isinstance(client, native) else None


def _subscription(address: str) -> str:
    parts = address.split("/")
    if len(parts) != 4 or parts[0] != "projects" or parts[2] != "topics":
        raise ConfigurationError(f"{address!r} is not the name of a topic: projects/<project>/topics/<topic>")
    return f"projects/{parts[1]}/subscriptions/{parts[3]}"


def _read(found: Any) -> Message[bytes]:
    from datetime import UTC

    message = found.message
    sent = message.publish_time
    return wire.read(
        message.message_id,
        message.data,
        dict(message.attributes),
        found.delivery_attempt or None,
        None if sent is None else sent.astimezone(UTC),
        message.ordering_key or None,
    )
