"""The stream, the payloads and the store under test of the stream suite."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portable.conformance.queue_cases import PAYLOADS
from portable.conformance.shared import Harness
from portable.eventing.record import Record
from portable.eventing.stream import Stream
from portable.eventing.stream_async_clients import AsyncStreamWriter
from portable.eventing.stream_clients import StreamWriter

if TYPE_CHECKING:
    from portable.eventing.stream_driver import StreamDriver

__all__ = ["ABILITIES", "CLICKS", "PAYLOADS", "Streams"]

CLICKS = Stream("conformance-clicks", key="user")
"""The stream of the suite."""
ABILITIES = {
    "sequence": "the place of a record in its stream",
    "start": "a new function begins at the oldest record",
}
"""The abilities that a provider may lack. `lacks` of the harness gives the reason."""


@dataclass
class Streams(Harness):
    """A harness.

    `open` returns the driver of a stream. `read` returns the next records for a function, in order, as the runtime reads
    them from the provider's event; [] if there are none yet. `lacks` maps missing abilities to the reasons. `missing`
    opens a stream that does not exist. `foreign(body, key)` writes bytes without the driver. `native` is the provider's
    client. `late` returns what a new function reads that starts at the oldest record. `patience` is in seconds.
    """

    open: Callable[[Stream], StreamDriver]
    read: Callable[[], Sequence[Record[bytes]]]
    lacks: Mapping[str, str] = field(default_factory=dict)
    missing: Callable[[], StreamDriver] | None = None
    foreign: Callable[[bytes, str], None] | None = None
    late: Callable[[], Sequence[Record[bytes]]] | None = None
    native: type | None = None
    patience: float = 10.0

    def writer(self) -> StreamWriter:
        """Return a client that writes."""
        return StreamWriter(CLICKS, self)  # type: ignore[arg-type]

    def async_writer(self) -> AsyncStreamWriter:
        """Return a client that writes, for `async def`."""
        return AsyncStreamWriter(CLICKS, self)  # type: ignore[arg-type]

    def take(self, ids: Sequence[str]) -> list[Record[bytes]]:
        """Return the records of these ids, in order of arrival. Fails if one does not arrive."""
        found: list[Record[bytes]] = []
        end = time.monotonic() + self.patience
        while len(found) < len(ids) and time.monotonic() < end:
            arrived = self.read()
            found += [record for record in arrived if record.id in ids]
            if not arrived:
                time.sleep(0.05)
        assert sorted(record.id for record in found) == sorted(ids), "each record must arrive exactly once"
        return found

    def take_one(self, id: str) -> Record[Any]:  # noqa: A002
        """Return the record of one id."""
        [found] = self.take([id])
        return found
