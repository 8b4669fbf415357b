"""`Record[T]`: one record of a stream, raw or decoded as T; and `RecordBatch`: records of one delivery."""

from __future__ import annotations

from portable.base.generic import Generic, T

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from typing import Any

    from portable.base.generic import U
    from portable.eventing.events import Event
    from portable.eventing.message import Message


class Record(Generic[T]):
    """One record.

    `id` stays the same over redeliveries and equals the id that `send` returned. `payload` is bytes until it is
    decoded. Records with the same `key` are in order; it is None for a foreign record without a key. `sequence` is the
    position in the stream in the provider's form, or None. `sent_at` is aware UTC or None. `attempt` counts the
    attempts from 1; it is None until the record is delivered. `attributes` maps names to text. `trace` is the W3C
    traceparent of the call that sent it, or None.
    """

    __slots__ = ("attempt", "attributes", "id", "key", "payload", "sent_at", "sequence", "trace")

    def __init__(
        self,
        id: str,  # noqa: A002
        payload: T,
        key: str | None = None,
        sequence: str | None = None,
        sent_at: datetime | None = None,
        attempt: int | None = None,
        attributes: dict[str, str] | None = None,
        trace: str | None = None,
    ) -> None:
        self.id = id
        self.payload = payload
        self.key = key
        self.sequence = sequence
        self.sent_at = sent_at
        self.attempt = attempt
        self.attributes = {} if attributes is None else attributes
        self.trace = trace

    @property
    def group(self) -> str | None:
        """The key. In a message it is the ordering group, and dead letters keep it."""
        return self.key

    def decoded(self, decode: Callable[[T], U]) -> Record[U]:
        """Return the record with its payload decoded. Raises the errors of `decode`."""
        payload = decode(self.payload)
        return Record(
            self.id, payload, self.key, self.sequence, self.sent_at, self.attempt, self.attributes, self.trace
        )

    def as_event(self) -> Event[T]:
        """Return the record as an event, for a handler that takes `Event[T]`. Its subject is the key."""
        from portable.eventing.events import Event

        source = self.attributes.get("source", "")
        return Event(self.id, source, "portable.record", self.payload, self.key, self.sent_at, self.attributes)

    def _values(self) -> tuple[object, ...]:
        attributes = tuple(sorted(self.attributes.items()))
        facts = (self.id, self.payload, self.key, self.sequence, self.sent_at, self.attempt)
        return (*facts, attributes, self.trace)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self._values() == other._values()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Record(id={self.id!r}, key={self.key!r}, attempt={self.attempt!r}, payload={self.payload!r})"


class RecordBatch(list["Record[bytes]"]):
    """Raw records of one delivery, in order, for a function that takes a `list[Record]`.

    `errors` maps the id of each left out record to the reason.
    """

    def __init__(self, records: Iterable[Record[bytes]] = ()) -> None:
        super().__init__(records)
        self.errors: dict[str, Exception] = {}

    def decoded(self, decode: Callable[[bytes], Any]) -> list[Record[Any]]:
        """Return the records with their payloads decoded. A record that cannot be decoded is left out and fails alone.

        Raises the error of `decode` if no record is left.
        """
        found: list[Record[Any]] = []
        for record in self:
            try:
                found.append(record.decoded(decode))
            except Exception as error:  # noqa: BLE001 - a foreign record may break a decoder in any way
                self.errors[record.id] = error
        if self and not found:
            raise self.errors[self[0].id]
        return found


def of_message(message: Message[bytes], key: str | None, sequence: str | None = None) -> Record[bytes]:
    """Return the record of a raw message."""
    return Record(
        message.id,
        message.payload,
        key,
        sequence,
        message.sent_at,
        message.attempt,
        message.attributes,
        message.trace,
    )
