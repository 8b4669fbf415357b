"""What can be put, as bytes: bytes-like objects whole, files and iterators in pieces of `PART` bytes, the last shorter."""

from __future__ import annotations

from portable.errors import InvalidValue, TooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
    from typing import Any, BinaryIO

    Data = bytes | bytearray | memoryview | BinaryIO | Iterable[bytes]
    AsyncData = Data | AsyncIterable[bytes]

PART = 6 * 1024 * 1024
"""Bytes of one piece: over the 5 MiB that S3 and Cloud Storage ask of a part; 10,000 of them, the most an object may have on S3, make 58 GiB."""
WHOLE = 32 * 1024 * 1024
"""The most that a streamed put with a condition may have: conditions hold for single requests only."""


def whole(data: Any) -> bytes | memoryview | None:
    """Return bytes-like data as it is, None for what must be streamed. Raises InvalidValue for text."""
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        raise InvalidValue("data is bytes, a binary file or an iterator of bytes, not text: encode it first")
    try:
        view = memoryview(data)
    except TypeError:
        return None
    try:
        return view.cast("B")
    except TypeError:
        raise InvalidValue("data must be contiguous in memory") from None


def pieces(data: Any) -> Iterator[bytes]:
    """Yield a binary file's or an iterator's bytes in pieces of PART bytes, the last one shorter; none when empty."""
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
    """Yield what `pieces` does, from an asynchronous iterator too."""
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
    """Return all pieces again after the first was looked at; it is let go of when it was taken."""
    from itertools import chain

    return chain(iter([first]), rest)


async def async_prepend(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what `prepend` does."""
    yield first
    del first
    async for piece in rest:
        yield piece


def check_whole(size: int) -> None:
    """Raise TooLarge when a streamed put with a condition has more bytes than one request should."""
    if size > WHOLE:
        raise TooLarge(
            f"a streamed put with if_absent or if_match may have {WHOLE} bytes: give bytes, or put without a condition"
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
        raise InvalidValue(f"data is bytes, a binary file or an iterator of bytes, not {type(data).__name__}") from None
    yield from iterator


def _octets(chunk: Any) -> bytes | bytearray | memoryview:
    if isinstance(chunk, (bytes, bytearray, memoryview)):
        return chunk
    try:
        return memoryview(chunk).cast("B")
    except TypeError:
        raise InvalidValue(f"data gave {type(chunk).__name__}, not bytes") from None
