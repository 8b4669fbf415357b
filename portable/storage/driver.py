"""The protocol of bucket drivers: take checked arguments, return plain values, raise only errors of the error tree.

To write a driver, implement `BucketDriver`. Its method `awaited()` returns its async twin: an `AsyncBucketDriver`, such as
`portable.storage.asynchronous.AsyncBucket`, which runs the calls in threads. The suite in `portable.conformance.storage`
tests every promise. The arguments are already checked by `portable.storage.keys`.
"""

# ruff: noqa: D102 - the async methods are documented by their blocking twins

from __future__ import annotations

from portable.base.values import Value
from portable.errors import InvalidValue
from portable.storage.keys import check_content_type, check_etag, check_metadata
from portable.storage.objects import DEFAULT_CONTENT_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from typing import BinaryIO, Literal, Protocol, TypeVar

    from portable.storage.keys import Range
    from portable.storage.objects import ObjectInfo, Page
    from portable.storage.writing import ObjectWriter

    T = TypeVar("T")

    class BucketDriver(Protocol):
        """One bucket of one store. It is safe to call from several threads, and opens nothing before the first call.

        Every method raises PermissionDenied, Throttled (after retries), Unavailable, Timeout, or NotFound if the bucket
        itself does not exist. The store's own exception is the `__cause__`. A call that begins after a write returned
        sees what was written. This is true for listings too.
        """

        def get(self, key: str, wanted: Range | None, etag: str | None = None) -> bytes:
            """Return the bytes. An `end` beyond the object is cut. Raises NotFound, InvalidRange (start not in it).

            With an etag, no byte of another version is returned: Conflict is raised instead.
            """
            ...

        def open(self, key: str) -> BinaryIO:
            """Return a seekable reader of the object as it is now, in bounded memory. Raises NotFound.

            If the object is replaced while it is read, new bytes are never mixed in. A later read returns the old bytes
            or raises Conflict.
            """
            ...

        def head(self, key: str) -> ObjectInfo:
            """Return all facts about the object. Raises NotFound."""
            ...

        def list(self, prefix: str, delimiter: str | None, limit: int, page: str | None) -> Page:
            """Return up to `limit` objects and common prefixes together, in the order of their UTF-8 bytes.

            `prefix` is any text; it may end inside a segment. `page` is a token of `portable.storage.listing`.
            """
            ...

        def put(self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition) -> ObjectInfo:
            """Store all the bytes or nothing. Raises Conflict if the condition is false, TooLarge."""
            ...

        def put_stream(self, key: str, chunks: Iterator[bytes], attributes: Attributes) -> ObjectInfo:
            """Store chunks in bounded memory. If `chunks` raises, the object is not changed."""
            ...

        def writer(self, key: str, attributes: Attributes) -> ObjectWriter:
            """Return a writer. The whole object appears when the writer is closed, and never if it is aborted."""
            ...

        def copy(self, source: str, target: str) -> None:
            """Copy bytes, content type and metadata, all or nothing. Raises NotFound if there is no source."""
            ...

        def delete(self, key: str) -> None:
            """Delete the object. It is not an error if the object does not exist."""
            ...

        def signed_url(self, key: str, method: Literal["GET", "PUT"], expires: int) -> str:
            """Return a URL for GET or PUT, valid for `expires` seconds. May raise UnsupportedError."""
            ...

        def awaited(self) -> AsyncBucketDriver:
            """Return the async twin of this driver."""
            ...

        def unwrap(self, native: type) -> object:
            """Return the client of the store if it is of that type, else None."""
            ...

    class AsyncBucketDriver(Protocol):
        """The async twin of `BucketDriver`. It makes the same promises, and several calls run at the same time.

        `run` calls a method of what it opens or writes to.
        """

        async def run(self, function: Callable[..., T], *arguments: object) -> T: ...
        async def get(self, key: str, wanted: Range | None, etag: str | None = None) -> bytes: ...
        async def open(self, key: str) -> BinaryIO: ...
        async def head(self, key: str) -> ObjectInfo: ...
        async def list(self, prefix: str, delimiter: str | None, limit: int, page: str | None) -> Page: ...
        async def put(
            self, key: str, data: bytes | memoryview, attributes: Attributes, condition: Condition
        ) -> ObjectInfo: ...
        async def put_stream(self, key: str, chunks: AsyncIterator[bytes], attributes: Attributes) -> ObjectInfo: ...
        async def writer(self, key: str, attributes: Attributes) -> ObjectWriter: ...
        async def copy(self, source: str, target: str) -> None: ...
        async def delete(self, key: str) -> None: ...
        async def signed_url(self, key: str, method: Literal["GET", "PUT"], expires: int) -> str: ...
        def unwrap(self, native: type) -> object: ...


class Attributes(Value):
    """What is stored with the bytes: a content type, which is never empty, and metadata."""

    content_type: str
    metadata: Mapping[str, str]


class Condition(Value):
    """When a put is allowed: always, only if the key is free, or only if the object still has this etag."""

    if_absent: bool = False
    if_match: str | None = None


ALWAYS = Condition()
IF_ABSENT = Condition(True)


def check_attributes(content_type: str | None, metadata: Mapping[str, str] | None) -> Attributes:
    """Return the checked attributes of an object. Raises InvalidKey, InvalidValue, TooLarge."""
    return Attributes(check_content_type(content_type) or DEFAULT_CONTENT_TYPE, check_metadata(metadata))


def check_condition(if_absent: bool, if_match: str | None) -> Condition:
    """Return the condition of a put, or ALWAYS. Raises InvalidValue if both are given, or for an empty etag."""
    if if_match is None:
        return IF_ABSENT if if_absent else ALWAYS
    if if_absent:
        raise InvalidValue("give if_absent or if_match, not both")
    return Condition(False, check_etag(if_match))
