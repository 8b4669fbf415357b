"""`StoredObject`: the event for an object that was created in a bucket or deleted from it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from portable.eventing.events import Event


class StoredObject:
    """An object: `bucket`, `key`, `size` in bytes, `etag`, and the event's `id`.

    `size` and `etag` are None if the event does not contain them.
    """

    __slots__ = ("bucket", "etag", "id", "key", "size")

    def __init__(
        self,
        bucket: str,
        key: str,
        size: int | None = None,
        etag: str | None = None,
        id: str | None = None,  # noqa: A002
    ) -> None:
        self.bucket = bucket
        self.key = key
        self.size = size
        self.etag = etag
        self.id = id

    def as_event(self) -> Event[dict[str, Any]]:
        """Return this as an event, for a handler that takes `Event[dict[str, Any]]`."""
        from portable.eventing.events import Event

        data = {"bucket": self.bucket, "key": self.key, "size": self.size, "etag": self.etag}
        return Event(self.id or "", self.bucket, "portable.object", data, self.key)

    def _key(self) -> tuple[object, ...]:
        return (self.bucket, self.key, self.size, self.etag, self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StoredObject) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"StoredObject(bucket={self.bucket!r}, key={self.key!r}, size={self.size!r}, etag={self.etag!r})"
