"""The view that a test has of a stream: takes a declared stream; returns its view."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from portable.eventing.queue import Queue
from portable.eventing.record import Record
from portable.eventing.stream import Stream
from portable.eventing.stream_clients import StreamWriter
from portable.testing.world.kinds.messages import Waiting, waiting
from portable.testing.world.kinds.part import CloudPart, expect

if TYPE_CHECKING:
    from portable.base.drivers import Drivers
    from portable.testing.world.pending import PendingEvents


class StreamRecords(StreamWriter):
    """A stream and every record that was written to it."""

    __slots__ = ()

    @property
    def records(self) -> list[Record[bytes]]:
        """Every record that was written, oldest first."""
        found: list[Record[bytes]] = self._connect().records
        return list(found)


class StreamView(StreamRecords):
    """A stream from outside: `send records pending dead_letters`."""

    __slots__ = ("_waiting_for",)

    def __init__(self, stream: Stream, drivers: Drivers, waiting_for: Callable[[], Iterable[PendingEvents]]) -> None:
        super().__init__(stream, drivers)
        self._waiting_for = waiting_for

    @property
    def pending(self) -> dict[str, list[Record[bytes]]]:
        """The pending records, by the name of their function, oldest first."""
        return {reader.function.name: reader.waiting() for reader in self._readers()}

    @property
    def dead_letters(self) -> list[Waiting]:
        """Every dead letter that the functions of the stream made, oldest first for each."""
        letters = [Queue(reader.dead_letters_of).dead_letters for reader in self._readers()]
        return [found for queue in letters for found in waiting(self._drivers, queue)]

    def _readers(self) -> list[PendingEvents]:
        trigger: Any = {"kind": self.kind, self.kind: self.resource.name}
        every = self._waiting_for()
        return [reader for reader in every if trigger.items() <= reader.function.trigger.items()]


class Streams(CloudPart):
    """What `cloud` shows of streams."""

    def stream(self, stream: Stream) -> StreamView:
        """Return a stream from outside."""
        return StreamView(expect(stream, Stream), self._drivers, self._waiting)
