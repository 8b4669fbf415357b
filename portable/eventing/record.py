"""`Record[T]`: one record of a stream, raw from the wire or decoded as T; and `RecordBatch`, what came together."""

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

    `id` is stable over redeliveries and equals what `send` returned; `payload` is bytes until decoded; `key` is what
    its order is kept by, None for a foreign record without one; `sequence` is its place in the stream in the provider's
    own words, None where there is none; `sent_at` is aware UTC or None; `attempt` counts the tries from 1, and is None
    until the record is delivered; `attributes` are text by name; `trace` is the W3C traceparent of the call that sent
    it, or None.
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
        """The key: what a message calls its ordering group. Dead letters keep it."""
        return self.key

    def decoded(self, decode: Callable[[T], U]) -> Record[U]:
        """Return the record with its payload decoded. Raises whatever `decode` raises."""
        payload = decode(self.payload)
        return Record(
            self.id, payload, self.key, self.sequence, self.sent_at, self.attempt, self.attributes, self.trace
        )

    def as_event(self) -> Event[T]:
        """Return the event that tells the same, for a handler that takes `Event[T]`; its subject is the key."""
        from portable.eventing.events import Event

        source = self.attributes.get("source", "")
        return Event(self.id, source, "portable.record", self.payload, self.key, self.sent_at, self.attributes)

    def _values(self) -> tuple[object, ...]:
        attributes = tuple(sorted(self.attributes.items()))
        told = (self.id, self.payload, self.key, self.sequence, self.sent_at, self.attempt)
        return (*told, attributes, self.trace)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self._values() == other._values()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Record(id={self.id!r}, key={self.key!r}, attempt={self.attempt!r}, payload={self.payload!r})"


class RecordBatch(list["Record[bytes]"]):
    """Raw records that came together, in order, for a function that takes a `list[Record]`.

    `errors` tells, by id, why a record was left out of what the function gets.
    """

    def __init__(self, records: Iterable[Record[bytes]] = ()) -> None:
        super().__init__(records)
        self.errors: dict[str, Exception] = {}

    def decoded(self, decode: Callable[[bytes], Any]) -> list[Record[Any]]:
        """Return the records with their payloads decoded; one that does not decode is left out, and fails alone.

        Raises what `decode` raised when no record is left.
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
    """Return the record that a raw message of the wire is."""
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
