"""`ObjectInfo` describes one object, `Page` many. They are frozen values, and every driver makes them."""

from __future__ import annotations

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

DEFAULT_CONTENT_TYPE = "application/octet-stream"
"""The content type of an object that was put without one."""


class ObjectInfo(Value):
    """One object.

    `etag` is opaque and without quotes. It changes when the bytes change. `if_match` takes it. Some fields are not
    known after every call: `head` fills all. After `put`, `modified_at` is None, because the store does not return it.
    In a `list`, `content_type` is None and `metadata` is empty.
    """

    key: str
    size: int
    """Bytes."""
    etag: str
    content_type: str | None = None
    metadata: Mapping[str, str] = {}
    modified_at: datetime | None = None
    """Aware and in UTC. Some stores have whole seconds only."""


class Page(Value):
    """One page of a listing: objects and common prefixes, both in the order of their UTF-8 bytes.

    Give `next` as `page` to get the next page; it is None at the end. Iterating yields the objects.
    """

    items: list[ObjectInfo]
    prefixes: list[str]
    next: str | None = None

    def __iter__(self) -> Iterator[ObjectInfo]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
