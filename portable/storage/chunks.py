"""Reads data to store: bytes-like objects whole, files and iterators in pieces of `PART` bytes (the last is less)."""

from __future__ import annotations

from portable.errors import InvalidValue, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
    from typing import Any, BinaryIO

    Data = bytes | bytearray | memoryview | BinaryIO | Iterable[bytes]
    AsyncData = Data | AsyncIterable[bytes]

PART = 6 * 1024 * 1024
"""The size of one piece, in bytes.

S3 and Cloud Storage need parts of at least 5 MiB. S3 allows 10,000 parts per object, so an object may have 58 GiB.
"""
WHOLE = 32 * 1024 * 1024
"""The largest streamed put with a condition, in bytes. It must be one request, because only those take conditions."""


def whole(data: Any) -> bytes | memoryview | None:
    """Return bytes-like data unchanged, or None for data that must be streamed. Raises InvalidValue for text."""
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        raise InvalidValue("data must be bytes, a binary file or an iterator of bytes, not text. Encode it first")
    try:
        view = memoryview(data)
    except TypeError:
        return None
    try:
        return view.cast("B")
    except TypeError:
        raise InvalidValue("data must be contiguous in memory") from None


def pieces(data: Any) -> Iterator[bytes]:
    """Yield the bytes of a binary file or iterator in pieces of PART bytes.

    The last is shorter. Empty data has no piece.
    """
    held = bytearray()
    for chunk in _source(data):
        if not held and isinstance(chunk, bytes) and len(chunk) == PART:
            yield chunk
            continue
        held += _octets(chunk)
        while len(held) >= PART:
            yield bytes(memoryview(held)[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


async def async_pieces(data: Any) -> AsyncIterator[bytes]:
    """`pieces`, also from an async iterator."""
    if not hasattr(data, "__aiter__"):
        for piece in pieces(data):
            yield piece
        return
    held = bytearray()
    async for chunk in data:
        held += _octets(chunk)
        while len(held) >= PART:
            yield bytes(memoryview(held)[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


def prepend(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """Return the first piece and the rest as one iterator. The first piece is freed when it is taken."""
    from itertools import chain

    return chain(iter([first]), rest)


async def async_prepend(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """`prepend` for async iterators."""
    yield first
    del first
    async for piece in rest:
        yield piece


def check_whole(size: int) -> None:
    """Raise TooLarge if a streamed put with a condition is too large for one request."""
    if size > WHOLE:
        raise TooLarge(
            f"a streamed put with if_absent or if_match may have at most {WHOLE} bytes. Give bytes, or remove the condition"
        )


def _source(data: Any) -> Iterator[Any]:
    read = getattr(data, "read", None)
    if read is not None:
        while chunk := read(PART):
            yield chunk
        return
    try:
        iterator = iter(data)
    except TypeError:
        raise InvalidValue(
            f"data must be bytes, a binary file or an iterator of bytes, not {type(data).__name__}"
        ) from None
    yield from iterator


def _octets(chunk: Any) -> bytes | bytearray | memoryview:
    if isinstance(chunk, (bytes, bytearray, memoryview)):
        return chunk
    try:
        return memoryview(chunk).cast("B")
    except TypeError:
        raise InvalidValue(f"data must yield bytes, but yielded {type(chunk).__name__}") from None
