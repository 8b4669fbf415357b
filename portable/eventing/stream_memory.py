"""Streams in memory, for tests. They keep a provider's promises and have a settable clock and snapshots."""

from __future__ import annotations

from portable.eventing import wire
from portable.eventing.memory import MemoryQueue, new_id, utc_now
from portable.eventing.record import of_message
from portable.eventing.stream_feed import to_queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from portable.errors import PortableError
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.record import Record
    from portable.eventing.stream import Stream


class MemoryStream:
    """A `StreamDriver` over a list. Each function that reads it has an ordered queue. The groups are the keys."""

    def __init__(
        self, stream: Stream, clock: Callable[[], datetime] = utc_now, ids: Callable[[], str] = new_id
    ) -> None:
        from threading import RLock

        self.stream = stream
        self._clock = clock
        self._ids = ids
        self._lock = RLock()
        self._log: list[tuple[str, Outgoing]] = []
        self._readers: list[MemoryQueue] = []
        self.records: list[Record[bytes]] = []
        """All written records, the oldest first, even if there is no reader."""

    def subscribe(self, queue: MemoryQueue, start: str = "latest") -> None:
        """Subscribe an ordered queue. It gets each later record; with `start="oldest"` also the earlier ones."""
        with self._lock:
            if start == "oldest":
                for place, (own, message) in enumerate(self._log, 1):
                    queue.store(to_queue(message, str(place)), own)
            self._readers.append(queue)

    def send(self, message: Outgoing) -> str:  # noqa: D102
        with self._lock:
            made = self._ids()
            self._log.append((made, message))
            sequence = str(len(self._log))
            body, attributes = wire.as_bytes(message)
            raw = wire.read(made, body, attributes, None, self._clock())
            self.records.append(of_message(raw, message.group, sequence))
            for queue in self._readers:
                queue.store(to_queue(message, sequence), made)
            return made

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        return [self.send(message) for message in messages]

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self if native is MemoryStream else None

    def snapshot(self) -> object:
        """Return the state, for `restore`. The queues of readers are not part of it."""
        return list(self._log), list(self.records)

    def restore(self, state: object) -> None:
        """Go back to the state that `snapshot` returned."""
        assert isinstance(state, tuple)
        log, records = state
        self._log, self.records = list(log), list(records)
