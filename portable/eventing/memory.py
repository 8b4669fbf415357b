"""Queues and topics in memory, for tests. They keep a provider's promises and have a settable clock and snapshots.

Messages pass through the same wire format as with a provider. Nothing is stored on disk.
"""

from __future__ import annotations

from portable.eventing import wire
from portable.eventing.driver import Received

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from portable.errors import PortableError
    from portable.eventing.message import Message
    from portable.eventing.outgoing import Outgoing
    from portable.eventing.queue import Queue
    from portable.eventing.topic import Topic

DEDUPLICATED_SECONDS = 300.0
"""How long a deduplication id is remembered, in seconds (SQS)."""


def utc_now() -> datetime:
    """Return the current time as an aware datetime in UTC."""
    from datetime import UTC, datetime

    return datetime.now(UTC)


def new_id() -> str:
    """Return a random id."""
    from uuid import uuid4

    return uuid4().hex


class _Entry:
    """A stored message, when it is due (seconds since the epoch), and how often it was received."""

    __slots__ = ("attributes", "body", "due", "group", "id", "sent_at", "tries")

    def __init__(
        self,
        given: str,
        body: bytes,
        attributes: dict[str, str],
        group: str | None,
        sent_at: datetime,
        due: float,
    ) -> None:
        self.id = given
        self.body = body
        self.attributes = attributes
        self.group = group
        self.sent_at = sent_at
        self.due = due
        self.tries = 0

    def message(self, attempt: int | None) -> Message[bytes]:
        return wire.read(self.id, self.body, self.attributes, attempt, self.sent_at, self.group)

    def receipt(self) -> str:
        return f"{self.id}/{self.tries}"

    def copy(self) -> _Entry:
        twin = _Entry(self.id, self.body, self.attributes, self.group, self.sent_at, self.due)
        twin.tries = self.tries
        return twin


class MemoryQueue:
    """A `HostedQueue` over a dict. `clock` returns the aware time; `ids` makes the ids of messages."""

    def __init__(self, queue: Queue, clock: Callable[[], datetime] = utc_now, ids: Callable[[], str] = new_id) -> None:
        from threading import RLock

        self.queue = queue
        self._clock = clock
        self._ids = ids
        self._lock = RLock()
        self._entries: dict[str, _Entry] = {}
        self._recent: dict[str, tuple[str, float]] = {}

    def send(self, message: Outgoing) -> str:  # noqa: D102
        return self.store(message, self._ids())

    def store(self, message: Outgoing, own: str) -> str:
        """Store a message under the id `own` and return the id with which it will arrive."""
        with self._lock:
            now = self._clock()
            seconds = now.timestamp()
            if message.deduplicate is not None:
                first, until = self._recent.get(message.deduplicate, ("", 0.0))
                if seconds < until:
                    return first
            arrives = message.id or own
            body, attributes = wire.as_bytes(message)
            self._entries[own] = _Entry(own, body, attributes, message.group, now, seconds + message.delay)
            if message.deduplicate is not None:
                self._recent[message.deduplicate] = (arrives, seconds + DEDUPLICATED_SECONDS)
            return arrives

    def send_many(self, messages: Sequence[Outgoing]) -> list[str | PortableError]:  # noqa: D102
        return [self.send(message) for message in messages]

    def count(self) -> int:  # noqa: D102
        return len(self._entries)

    def peek(self, limit: int) -> list[Message[bytes]]:  # noqa: D102
        with self._lock:
            now = self._clock().timestamp()
            ready = [entry for entry in self._entries.values() if entry.due <= now]
            return [entry.message(entry.tries or None) for entry in ready[:limit]]

    def receive(self, limit: int, seconds: float) -> list[Received]:  # noqa: D102
        with self._lock:
            now = self._clock().timestamp()
            taken: list[Received] = []
            for entry in self._first():
                if len(taken) == limit:
                    break
                if entry.due <= now:
                    entry.tries += 1
                    entry.due = now + seconds
                    taken.append(Received(entry.message(entry.tries), entry.receipt()))
            return taken

    def acknowledge(self, receipts: Sequence[str]) -> None:  # noqa: D102
        with self._lock:
            for receipt in receipts:
                entry = self._held(receipt)
                if entry is not None:
                    del self._entries[entry.id]

    def release(self, receipt: str, delay: float) -> None:  # noqa: D102
        with self._lock:
            entry = self._held(receipt)
            if entry is not None:
                entry.due = self._clock().timestamp() + delay

    def next_due(self) -> float | None:  # noqa: D102
        with self._lock:
            return min((entry.due for entry in self._first()), default=None)

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self if native is MemoryQueue else None

    def snapshot(self) -> object:
        """Return the state, for `restore`."""
        with self._lock:
            return [entry.copy() for entry in self._entries.values()], dict(self._recent)

    def restore(self, state: object) -> None:
        """Go back to the state that `snapshot` returned. The state can be used again."""
        assert isinstance(state, tuple)
        entries, recent = state
        with self._lock:
            self._entries = {entry.id: entry.copy() for entry in entries}
            self._recent = dict(recent)

    def _first(self) -> Iterator[_Entry]:
        """Yield the messages that may be received next. In an ordered queue it is the first of each group."""
        if not self.queue.ordered:
            yield from list(self._entries.values())
            return
        groups = set()
        for entry in list(self._entries.values()):
            if entry.group not in groups:
                groups.add(entry.group)
                yield entry

    def _held(self, receipt: str) -> _Entry | None:
        entry = self._entries.get(receipt.rpartition("/")[0])
        return entry if entry is not None and entry.receipt() == receipt else None


class MemoryTopic:
    """A `TopicDriver`. It puts a copy of each message into the queue of every subscriber whose filter matches."""

    def __init__(self, topic: Topic, clock: Callable[[], datetime] = utc_now, ids: Callable[[], str] = new_id) -> None:
        self.topic = topic
        self._clock = clock
        self._ids = ids
        self._subscribers: list[tuple[MemoryQueue, tuple[tuple[str, str], ...]]] = []
        self.published: list[Message[bytes]] = []
        """All published messages, the oldest first, even if there is no subscriber."""

    def subscribe(self, queue: MemoryQueue, filter: tuple[tuple[str, str], ...] = ()) -> None:  # noqa: A002
        """Subscribe a queue. It gets its own copy of each message whose attributes equal the pairs of `filter`."""
        self._subscribers.append((queue, filter))

    def publish(self, message: Outgoing) -> str:  # noqa: D102
        made = self._ids()
        body, attributes = wire.as_bytes(message)
        self.published.append(wire.read(made, body, attributes, None, self._clock()))
        for queue, wanted in self._subscribers:
            if all(message.attributes.get(name) == value for name, value in wanted):
                queue.store(message, made)
        return made

    def unwrap(self, native: type) -> object:  # noqa: D102
        return self if native is MemoryTopic else None

    def snapshot(self) -> object:
        """Return the state, for `restore`. The queues of subscribers are not part of it."""
        return list(self.published)

    def restore(self, state: object) -> None:
        """Go back to the state that `snapshot` returned."""
        assert isinstance(state, list)
        self.published = list(state)
