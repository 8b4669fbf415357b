"""`Message[T]`: one message of a queue or topic, raw or decoded as T."""

from __future__ import annotations

from portable.base.generic import Generic, T

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portable.base.generic import U
    from portable.eventing.events import Event

WHOLE = "portable"
"""The group of messages that are sent to an ordered queue without a group."""
ALONE = "portable-"
"""The prefix of the group of a single message, for a provider that requires a group."""


class Message(Generic[T]):
    """One message.

    `id` stays the same over redeliveries and equals the id that `send` or `publish` returned. `payload` is bytes until
    it is decoded. `attempt` counts deliveries from 1; None means that the transport has no count. `attributes` maps
    names to text. `sent_at` is aware UTC or None. `group` is the ordering group or None. `trace` is the W3C traceparent
    of the call that sent it, or None.
    """

    __slots__ = ("attempt", "attributes", "group", "id", "payload", "sent_at", "trace")

    def __init__(
        self,
        id: str,  # noqa: A002
        payload: T,
        attempt: int | None = None,
        attributes: dict[str, str] | None = None,
        sent_at: datetime | None = None,
        group: str | None = None,
        trace: str | None = None,
    ) -> None:
        self.id = id
        self.payload = payload
        self.attempt = attempt
        self.attributes = {} if attributes is None else attributes
        self.sent_at = sent_at
        self.group = group
        self.trace = trace

    def decoded(self, decode: Callable[[T], U]) -> Message[U]:
        """Return the message with its payload decoded. Raises the errors of `decode`."""
        payload = decode(self.payload)
        return Message(self.id, payload, self.attempt, self.attributes, self.sent_at, self.group, self.trace)

    def as_event(self) -> Event[T]:
        """Return the message as an event, for a handler that takes `Event[T]`."""
        from portable.eventing.events import Event

        source = self.attributes.get("source", "")
        return Event(self.id, source, "portable.message", self.payload, None, self.sent_at, self.attributes)

    def _key(self) -> tuple[object, ...]:
        attributes = tuple(sorted(self.attributes.items()))
        return (self.id, self.payload, self.attempt, attributes, self.sent_at, self.group, self.trace)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self._key() == other._key()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Message(id={self.id!r}, attempt={self.attempt!r}, payload={self.payload!r})"
