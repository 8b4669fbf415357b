"""What a store must offer to be a bucket: checked arguments in, plain values out, errors of the tree only.

Whoever writes a driver implements `BucketDriver`; `portable.storage.asynchronous.AsyncBucket` makes an asynchronous
twin of it, or `AsyncBucketDriver` is written directly. The suite in `portable.conformance.storage` decides whether
the promises are kept. What a driver is given was checked before by `portable.storage.keys`.
"""

# ruff: noqa: D102 - what the methods promise is said once, in `portable.storage.driver`

from __future__ import annotations

from portable.base.values import Value
from portable.errors import InvalidValue
from portable.storage.keys import check_content_type, check_metadata
from portable.storage.objects import DEFAULT_CONTENT_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from typing import BinaryIO, Literal, Protocol

    from portable.storage.keys import Range
    from portable.storage.objects import ObjectInfo, Page
    from portable.storage.writing import AsyncObjectWriter, ObjectWriter

    class BucketDriver(Protocol):
        """One bucket of one store. Safe to call from several threads at once; nothing is opened before the first call.

        Every method raises PermissionDenied, Throttled (after retries), Unavailable, Timeout, or NotFound when the
        bucket itself does not exist, with the store's own exception as `__cause__`. What was written is seen by every
        call that begins after the write returned, listings included.
        """

        def get(self, key: str, wanted: Range | None) -> bytes:
            """Return the bytes; an `end` beyond the object is cut. Raises NotFound, InvalidRange (start not in it)."""
            ...

        def open(self, key: str) -> BinaryIO:
            """Return a seekable reader of the object as it is now, in bounded memory. Raises NotFound.

            A replacement while it is read is never mixed in: a later read gives the old bytes or raises Conflict.
            """
            ...

        def head(self, key: str) -> ObjectInfo:
            """Return all that is known of the object. Raises NotFound."""
            ...

        def list(self, prefix: str, delimiter: str | None, limit: int, page: str | None) -> Page:
            """Return up to `limit` objects and common prefixes together, in the order of their UTF-8 bytes.

            `prefix` is any text, not only whole segments. `page` is a token of `portable.storage.listing`.
            """
            ...

        def put(self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition) -> ObjectInfo:
            """Store the bytes, whole or not at all. Raises Conflict when the condition is false, TooLarge."""
            ...

        def put_stream(self, key: str, chunks: Iterator[bytes], attributes: Attributes) -> ObjectInfo:
            """Store chunks in bounded memory; an error out of `chunks` leaves the object as it was."""
            ...

        def writer(self, key: str, attributes: Attributes) -> ObjectWriter:
            """Return a writer; the object appears, whole, when it is closed, and never when it is aborted."""
            ...

        def copy(self, source: str, target: str) -> None:
            """Copy bytes, content type and metadata, whole or not at all. Raises NotFound when the source is not."""
            ...

        def delete(self, key: str) -> None:
            """Delete the object; a missing one is no error."""
            ...

        def signed_url(self, key: str, method: Literal["GET", "PUT"], expires: int) -> str:
            """Return a URL for GET or PUT good for `expires` seconds. Raises UnsupportedError where there is none."""
            ...

        def unwrap(self, native: type) -> object:
            """Return the store's own client when it is of that type, else None."""
            ...

    class AsyncBucketDriver(Protocol):
        """The twin of `BucketDriver` for an event loop: the same promises; calls wait side by side."""

        async def get(self, key: str, wanted: Range | None) -> bytes: ...
        async def open(self, key: str) -> AsyncReader: ...
        async def head(self, key: str) -> ObjectInfo: ...
        async def list(self, prefix: str, delimiter: str | None, limit: int, page: str | None) -> Page: ...
        async def put(
            self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition
        ) -> ObjectInfo: ...
        async def put_stream(self, key: str, chunks: AsyncIterator[bytes], attributes: Attributes) -> ObjectInfo: ...
        def writer(self, key: str, attributes: Attributes) -> AsyncObjectWriter: ...
        async def copy(self, source: str, target: str) -> None: ...
        async def delete(self, key: str) -> None: ...
        async def signed_url(self, key: str, method: Literal["GET", "PUT"], expires: int) -> str: ...
        def unwrap(self, native: type) -> object: ...

    class AsyncReader(Protocol):
        """A reader for an event loop; `read(-1)` gives the rest, b"" is the end."""

        async def read(self, size: int = -1) -> bytes: ...
        async def seek(self, offset: int, whence: int = 0) -> int: ...
        async def close(self) -> None: ...


class Attributes(Value):
    """What is stored beside the bytes: a content type, never empty, and metadata."""

    content_type: str
    metadata: Mapping[str, str]


class Condition(Value):
    """When a put may happen: always, only if the key is free, or only if the object still has this etag."""

    if_absent: bool = False
    if_match: str | None = None


ALWAYS = Condition()
IF_ABSENT = Condition(True)


def check_attributes(content_type: str | None, metadata: Mapping[str, str] | None) -> Attributes:
    """Return what is stored beside the bytes. Raises InvalidKey, InvalidValue, TooLarge by the portable rule."""
    return Attributes(check_content_type(content_type) or DEFAULT_CONTENT_TYPE, check_metadata(metadata))


def check_condition(if_absent: bool, if_match: str | None) -> Condition:
    """Return the condition of a put, ALWAYS when there is none. Raises InvalidValue for both, or for no etag."""
    if if_match is None:
        return IF_ABSENT if if_absent else ALWAYS
    if if_absent:
        raise InvalidValue("if_absent and if_match exclude each other")
    if not isinstance(if_match, str) or not if_match or not if_match.isascii() or not if_match.isprintable():
        raise InvalidValue(f"if_match={if_match!r} is not an etag: give ObjectInfo.etag", if_match)
    return Condition(False, if_match)
