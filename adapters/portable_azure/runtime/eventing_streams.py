"""Streams in Event Hubs: takes a declaration and an event hub's address; returns the driver.

The address is `<namespace>.servicebus.windows.net/<hub>`, or the hub's name in the namespace of the connection string in
AZURE_EVENTHUB_CONNECTION_STRING. The key of a record is its partition key; attributes are properties of the event. The
driver makes the id, as Event Hubs gives a sender none. A request holds one key and succeeds or fails as a whole.
`unwrap(EventHubProducerClient)` gives Azure's, which only one thread at a time may use.
"""

from __future__ import annotations

from portable.base.backoff import within
from portable.base.values import replace
from portable.errors import PortableError
from portable.eventing import wire
from portable.eventing.stream_outgoing import of_one_key, send_in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from portable.eventing.outgoing import Outgoing
    from portable.eventing.stream import Stream
    from portable_azure.runtime.clients import AzureClients

BATCH = 100
BATCH_BYTES = 200 * 1024
"""Less than the 256 KB of a request in the Basic tier (Event Hubs "quotas and limits"; 1 MB in the others)."""
SECONDS = 15.0
"""Time limit of one request, in seconds."""


class EventHubStream:
    """A `StreamDriver` over one event hub."""

    def __init__(self, stream: Stream, address: str, clients: AzureClients) -> None:
        from threading import Lock

        self.stream = stream
        self.address = address
        self._clients = clients
        self._lock = Lock()
        self._what = f'stream "{stream.name}" (event hub {address})'

    def send(self, message: Outgoing) -> str:  # noqa: D102
        [own] = self._send([message])
        return own

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        return send_in_order(messages, of_one_key(messages, BATCH, BATCH_BYTES), self._send_request)

    def unwrap(self, native: type) -> object:  # noqa: D102
        client = self._clients.hub(self.address)
        return client if isinstance(client, native) else None

    def _send_request(self, messages: list[Outgoing]) -> Sequence[str | PortableError]:
        try:
            return self._send(messages)
        except PortableError as error:
            return [error] * len(messages)

    def _send(self, messages: Sequence[Outgoing]) -> list[str]:
        from uuid import uuid4

        own = [message.id or uuid4().hex for message in messages]
        named = [replace(message, id=id) for message, id in zip(messages, own, strict=True)]  # noqa: A001

        def put() -> None:
            client = self._clients.hub(self.address)
            events = [_event(message) for message in named]  # made again for each attempt, as sending changes them
            with self._lock:
                client.send_batch(events, partition_key=messages[0].group, timeout=within(SECONDS))

        self._clients.call(put, self._what)
        return own


def _event(message: Outgoing) -> Any:
    from azure.eventhub import EventData

    body, attributes = wire.as_bytes(message)
    event = EventData(body)
    event.properties = {**attributes}  # type: ignore[dict-item]  # the SDK's keys may be bytes too
    return event
