"""The bytes of an object in a bucket, as the chunks of a response: read when they are sent, and of one version only."""

from __future__ import annotations

from portable.errors import Conflict, HTTPError, NotFound
from portable.eventing.stream_sources import source_of
from portable.eventing.streaming import Chunks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from datetime import datetime
    from typing import Any, Protocol

    class Described(Protocol):
        """What is known of an object, such as the result of `BucketReader.head`."""

        @property
        def key(self) -> str: ...  # noqa: D102
        @property
        def size(self) -> int: ...  # noqa: D102
        @property
        def etag(self) -> str: ...  # noqa: D102
        @property
        def content_type(self) -> str | None: ...  # noqa: D102
        @property
        def modified_at(self) -> datetime | None: ...  # noqa: D102

    class Reads(Protocol):
        """A client that reads objects: `BucketReader`, `BucketReadWriter`, or their async twins."""

        def get(self, key: str, range: Any = None, if_match: str | None = None) -> Any: ...  # noqa: A002, D102

    class Signs(Protocol):
        """A client that signs URLs: `BucketSigner` or its async twin."""

        def signed_url(self, key: str, expires: int = 3600) -> Any: ...  # noqa: D102


PART = 4 * 1024 * 1024
"""Bytes of an object that are read at once."""
_COROUTINE = 0x80
"""The flag of the code of an `async def`."""


def chunks_of(
    reader: Reads, info: Described, start: int, stop: int, instead: Callable[[], Any] | None, largest: int | None
) -> Chunks:
    """Return the bytes of an object from `start` to before `stop`. Nothing is read yet."""
    get: Any = reader.get
    awaits = get.__code__.co_flags & _COROUTINE
    pieces: Any = _awaited if awaits else _pieces
    return Chunks(source_of(pieces(reader, info, start, stop)), stop - start, instead, largest)


def location(make: Any, info: Described, signer: Signs, expires: int) -> Callable[[], Any]:
    """Return what makes the redirect to an object, or an awaitable of it."""

    def redirect(url: str) -> Any:
        response = make.redirect(url)
        response.headers.append(("cache-control", "no-store"))  # the URL ends soon
        return response

    async def redirected(url: Any) -> Any:
        return redirect(await url)

    def instead() -> Any:
        url = signer.signed_url(info.key, expires)
        return redirected(url) if hasattr(url, "__await__") else redirect(url)

    return instead


def _pieces(reader: Reads, info: Described, start: int, stop: int) -> Iterator[bytes]:
    while start < stop:
        try:
            piece = reader.get(info.key, _next(info, start, stop), if_match=info.etag)
        except (Conflict, NotFound) as error:
            raise _changed(error) from error
        start += len(piece)
        yield piece


async def _awaited(reader: Reads, info: Described, start: int, stop: int) -> AsyncIterator[bytes]:
    while start < stop:
        try:
            piece = await reader.get(info.key, _next(info, start, stop), if_match=info.etag)
        except (Conflict, NotFound) as error:
            raise _changed(error) from error
        start += len(piece)
        yield piece


def _next(info: Described, start: int, stop: int) -> tuple[int, int] | None:
    """Return the range to read next, None for the whole object."""
    if start == 0 and stop == info.size <= PART:
        return None
    return start, min(stop, start + PART)


def _changed(error: Exception) -> HTTPError:
    """Return the error for an object that is no longer the one of its ObjectInfo. A second request gets the new one."""
    if isinstance(error, NotFound):
        return HTTPError(404, "the object was deleted")
    return HTTPError(503, "the object was replaced while it was read", {"retry-after": "1"})
