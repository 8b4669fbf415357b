"""Streams in NATS JetStream: takes a declaration and the name of its stream there; returns the driver.

The records of a key have one partition, which is a subject, and a function that reads has a consumer for each partition.
`nats_consuming.Consuming` receives them, `eventing_wire.read_record` reads them.
"""

from __future__ import annotations

from portable_container.runtime.eventing_publish import in_order, letter_of, only, publish
from portable_container.runtime.nats_names import address_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from portable.errors import PortableError
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.stream import Stream
    from portable_container.runtime.nats_clients import Nats


class NatsStream:
    """A `StreamDriver` over one stream of JetStream."""

    def __init__(self, stream: Stream, address: str, nats: Nats) -> None:
        self.stream = stream
        self.at = address_of(address)
        self._nats = nats
        self._what = f'stream "{stream.name}" (JetStream {address})'

    def send(self, message: Outgoing) -> str:  # noqa: D102
        return only(self._send([message]))

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        return in_order(messages, self._send)

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self._nats.unwrap(native)

    def _send(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:
        letters = [letter_of(message, self.at, partitioned=True) for message in messages]
        return publish(self._nats, self.at.stream, self._what, letters)
