"""`Event[T]`: any event in the form of CloudEvents 1.0, for a handler that needs the envelope."""

from __future__ import annotations

from portable.base.generic import Generic, T

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portable.base.generic import U


class Event(Generic[T]):
    """An event: `id`, `source`, `type`, `subject`, `time` (aware UTC), `data` (T) and other `attributes`."""

    __slots__ = ("attributes", "data", "id", "source", "subject", "time", "type")

    def __init__(
        self,
        id: str,  # noqa: A002
        source: str,
        type: str,  # noqa: A002
        data: T,
        subject: str | None = None,
        time: datetime | None = None,
        attributes: dict[str, str] | None = None,
    ) -> None:
        self.id = id
        self.source = source
        self.type = type
        self.data = data
        self.subject = subject
        self.time = time
        self.attributes = {} if attributes is None else attributes

    def decoded(self, decode: Callable[[T], U]) -> Event[U]:
        """Return the event with its data decoded. Raises the errors of `decode`."""
        return Event(self.id, self.source, self.type, decode(self.data), self.subject, self.time, self.attributes)

    def __repr__(self) -> str:
        return f"Event(id={self.id!r}, type={self.type!r}, source={self.source!r}, subject={self.subject!r})"
