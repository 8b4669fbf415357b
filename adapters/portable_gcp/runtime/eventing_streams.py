"""Streams in Pub/Sub: takes a declaration and a topic's name; returns the driver. The key of a record is its ordering key.

`unwrap(PublisherClient)` gives Google's (`google.pubsub_v1`). The functions that read the stream have subscriptions with
message ordering.
"""

from __future__ import annotations

from portable.errors import PortableError
from portable.eventing.stream_outgoing import send_in_order, within
from portable_gcp.runtime.eventing_publish import publish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from portable.eventing.outgoing import Outgoing
    from portable.eventing.stream import Stream
    from portable_gcp.runtime.clients import GcpClients

BATCH = 100
BATCH_BYTES = 8 * 1024 * 1024
"""Bytes of one request, below the 10 MB that Pub/Sub accepts."""


class PubSubStream:
    """A `StreamDriver` over one Pub/Sub topic."""

    def __init__(self, stream: Stream, address: str, clients: GcpClients) -> None:
        self.stream = stream
        self.address = address
        self._clients = clients
        self._what = f'stream "{stream.name}" (Pub/Sub {address})'

    def send(self, message: Outgoing) -> str:  # noqa: D102
        [own] = publish(self._clients, self.address, self._what, [message])
        return message.id or own

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        requests = within(messages, range(len(messages)), BATCH, BATCH_BYTES)
        return send_in_order(messages, requests, self._send_request)

    def unwrap(self, native: type) -> object:  # noqa: D102
        client = self._clients.publisher()
        return client if isinstance(client, native) else None

    def _send_request(self, messages: list[Outgoing]) -> Sequence[str | PortableError]:
        try:
            ids = publish(self._clients, self.address, self._what, messages)
        except PortableError as error:  # Pub/Sub accepts or refuses a request as a whole
            return [error] * len(messages)
        return [message.id or own for message, own in zip(messages, ids, strict=True)]
