"""What is known of objects: `ObjectInfo` of one, `Page` of many. Plain frozen values; every driver makes them."""

from __future__ import annotations

from portable.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

DEFAULT_CONTENT_TYPE = "application/octet-stream"
"""What an object is that was put without a content type."""


class ObjectInfo(Value):
    """One object.

    `etag` is opaque, without quotes, and changes with the bytes; it is what `if_match` takes.
    Not every call learns everything, on no store: `head` tells all; `put` has `modified_at` None (the store answers a
    put without it); `list` has `content_type` None and empty `metadata`.
    """

    key: str
    size: int
    """Bytes."""
    etag: str
    content_type: str | None = None
    metadata: Mapping[str, str] = {}
    modified_at: datetime | None = None
    """Aware, in UTC; whole seconds on some stores."""


class Page(Value):
    """Part of a listing: objects, and the common prefixes up to the delimiter, both in the order of their UTF-8 bytes.

    `next` is the token to give as `page` for what follows; None at the end. Iterating goes over the objects.
    """

    items: list[ObjectInfo]
    prefixes: list[str]
    next: str | None = None

    def __iter__(self) -> Iterator[ObjectInfo]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
