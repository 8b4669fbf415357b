"""Queues in Azure Storage and topics in Event Grid: takes a declaration and an address; returns drivers.

The address of a queue is its URL, `https://<account>.queue.core.windows.net/<queue>`, or its name; that of a topic is the
endpoint of an Event Grid custom topic whose input schema is CloudEvents 1.0. Messages are not base64 (`messageEncoding:
none`); see `portable.eventing.envelope`. `unwrap(QueueClient)` and `unwrap(EventGridPublisherClient)` give Azure's.
"""

from __future__ import annotations

from portable.errors import PortableError, TooLarge
from portable.eventing.driver import Received
from portable.eventing.envelope import MAX_TEXT, as_event, as_queue_text, read_queue_text, write
from portable_azure.runtime.clients import OPTIONS, AzureClients, limited, shared
from portable_azure.runtime.errors import code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.queue import Queue
    from portable.eventing.stream import Stream
    from portable.eventing.topic import Topic
    from portable_azure.runtime.eventing_streams import EventHubStream

PAGE = 32
"""Messages of one request: https://learn.microsoft.com/rest/api/storageservices/get-messages"""
KEPT_SECONDS = 14 * 24 * 3600
"""The lifetime of a message. The service's default is 7 days."""
AT_ONCE = 8
"""Parallel requests of `send_many`: a request holds one message."""
MAX_EVENT = MAX_TEXT // 4 * 3
"""The largest event of a topic, in bytes: Event Grid puts it into a queue as base64."""
_GONE = ("MessageNotFound", "PopReceiptMismatch")
_CONTEXT = ("specversion", "id", "source", "type", "time", "subject", "datacontenttype", "data", "data_base64")


def queue_driver(queue: Queue, address: str, clients: AzureClients | None = None) -> StorageQueue:
    """Return the driver of a storage queue."""
    return StorageQueue(queue, address, clients or shared())


def topic_driver(topic: Topic, address: str, clients: AzureClients | None = None) -> EventGridTopic:
    """Return the driver of an Event Grid custom topic."""
    return EventGridTopic(topic, address, clients or shared())


def stream_driver(stream: Stream, address: str, clients: AzureClients | None = None) -> EventHubStream:
    """Return the driver of an event hub."""
    from portable_azure.runtime.eventing_streams import EventHubStream

    return EventHubStream(stream, address, clients or shared())


class StorageQueue:
    """A `QueueDriver` over one storage queue. `fed`: the queue gets its messages from a topic, as CloudEvents."""

    def __init__(self, queue: Queue, address: str, clients: AzureClients, *, fed: bool = False) -> None:
        self.queue = queue
        self.address = address
        self._clients = clients
        self._fed = fed
        self._what = f'queue "{queue.name}" (storage queue {address})'

    def send(self, message: Outgoing) -> str:  # noqa: D102
        text, own = as_queue_text(message, f"/portable/queue/{self.queue.name}")
        if len(text.encode()) > MAX_TEXT:
            raise TooLarge(
                f"{self._what}: the message has {len(text.encode())} bytes, but the limit is {MAX_TEXT}", message.body
            )

        def put() -> Any:
            client = self._clients.queue(self.address)
            return client.send_message(text, visibility_timeout=message.delay, time_to_live=KEPT_SECONDS, **limited())

        stored = self._clients.call(put, self._what)
        return own or str(stored.id)

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        from concurrent.futures import ThreadPoolExecutor
        from contextvars import copy_context

        with ThreadPoolExecutor(min(AT_ONCE, len(messages) or 1), "portable") as pool:
            sent = [pool.submit(copy_context().run, self._try, message) for message in messages]
        return [future.result() for future in sent]

    def count(self) -> int:  # noqa: D102
        found = self._clients.call(
            lambda: self._clients.queue(self.address).get_queue_properties(**limited()), self._what
        )
        return int(found.approximate_message_count or 0)

    def peek(self, limit: int) -> list[Message[bytes]]:
        """Return up to `limit` messages. The service shows only the first 32."""

        def look() -> Any:
            return self._clients.queue(self.address).peek_messages(max_messages=min(limit, PAGE), **limited())

        return [self._read(found) for found in self._clients.call(look, self._what)]

    def receive(self, limit: int, seconds: float) -> list[Received]:  # noqa: D102
        hidden = max(1, -int(-seconds // 1))

        def take() -> Any:
            client = self._clients.queue(self.address)
            pages = client.receive_messages(
                messages_per_page=min(limit, PAGE), visibility_timeout=hidden, **limited()
            ).by_page()
            return list(next(pages, ()))

        taken = self._clients.call(take, self._what)
        return [Received(self._read(found), f"{found.id}/{found.pop_receipt}") for found in taken]

    def acknowledge(self, receipts: Sequence[str]) -> None:  # noqa: D102
        for receipt in receipts:
            own, _, pop = receipt.partition("/")
            try:
                self._clients.call(
                    lambda own=own, pop=pop: self._clients.queue(self.address).delete_message(own, pop, **limited()),  # type: ignore[misc]
                    self._what,
                )
            except PortableError as error:
                if code_of(error.__cause__) not in _GONE:
                    raise

    def unwrap(self, native: type) -> object:  # noqa: D102
        client = self._clients.queue(self.address)
        return client if isinstance(client, native) else None

    def _try(self, message: Outgoing) -> str | PortableError:
        try:
            return self.send(message)
        except PortableError as error:
            return error

    def _read(self, found: Any) -> Message[bytes]:
        return read_queue_text(
            str(found.id), found.content or "", found.dequeue_count or None, found.inserted_on, any_event=self._fed
        )


class EventGridTopic:
    """A `TopicDriver` over one Event Grid custom topic."""

    def __init__(self, topic: Topic, address: str, clients: AzureClients) -> None:
        self.topic = topic
        self.address = address
        self._clients = clients
        self._what = f'topic "{topic.name}" (Event Grid {address})'

    def publish(self, message: Outgoing) -> str:  # noqa: D102
        event = as_event(message, f"/portable/topic/{self.topic.name}", MAX_EVENT)
        size = len(write(event).encode())
        if size > MAX_EVENT:
            raise TooLarge(
                f"{self._what}: the message has {size} bytes as an event, but the limit is {MAX_EVENT}, because Event Grid "
                "would not get it into the queue of a function: send a reference to an object instead",
                message.body,
            )

        def publish() -> Any:
            return self._clients.topic(self.address).send([_cloud_event(event)], **{**OPTIONS, **limited()})

        self._clients.call(publish, self._what)
        return str(event["id"])

    def unwrap(self, native: type) -> object:  # noqa: D102
        client = self._clients.topic(self.address)
        return client if isinstance(client, native) else None


def _cloud_event(event: dict[str, Any]) -> Any:
    """Return the SDK's form of a CloudEvents object."""
    from base64 import b64decode
    from datetime import datetime

    from azure.core.messaging import CloudEvent
    from azure.core.serialization import NULL

    data = b64decode(event["data_base64"]) if "data_base64" in event else event["data"]
    return CloudEvent(
        source=event["source"],
        type=event["type"],
        id=event["id"],
        time=datetime.fromisoformat(event["time"]),
        datacontenttype=event["datacontenttype"],
        data=NULL if data is None else data,
        extensions={name: value for name, value in event.items() if name not in _CONTEXT},
    )
