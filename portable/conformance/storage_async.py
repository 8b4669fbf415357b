"""The bucket suite, last part: asynchronous clients behave like the others, and their calls run at the same time."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

from portable.conformance.shared import in_a_loop
from portable.conformance.storage_cases import Buckets, BucketTests, pattern
from portable.errors import Conflict, InvalidKey, InvalidRange, InvalidValue, NotFound, UnsupportedError
from portable.storage.async_clients import AsyncBucketReadWriter
from portable.storage.clients import BucketReadWriter


class AsyncTests(BucketTests):
    """The same bucket from an event loop."""

    @in_a_loop
    async def test_the_twin_does_what_the_client_does(
        self, store: BucketReadWriter, later: AsyncBucketReadWriter, folder: str
    ) -> None:
        info = await later.put(f"{folder}x", b"0123456789", "text/plain", {"a": "1"})
        assert info == store.put(f"{folder}y", b"0123456789", "text/plain", {"a": "1"}).__class__(
            info.key, 10, info.etag, "text/plain", {"a": "1"}
        )
        assert await later.get(f"{folder}x") == b"0123456789"
        assert await later.get(f"{folder}x", (2, 5)) == b"234"
        assert await later.get(f"{folder}x", (-3, None)) == b"789"
        assert await later.head(f"{folder}x") == store.head(f"{folder}x")
        assert await later.exists(f"{folder}x")
        assert await later.list(folder) == store.list(folder)
        assert await later.list(folder, "/", 1) == store.list(folder, "/", 1)
        first = await later.list(folder, limit=1)
        assert await later.list(folder, page=first.next) == store.list(folder, page=first.next)
        await later.copy(f"{folder}x", f"{folder}z")
        await later.copy(f"{folder}z", f"{folder}z")
        assert store.head(f"{folder}z").metadata == {"a": "1"}
        await later.put(f"{folder}z", b"new", if_match=(await later.head(f"{folder}z")).etag)
        await later.delete(f"{folder}x")
        await later.delete(f"{folder}x")
        assert not await later.exists(f"{folder}x")

    @in_a_loop
    async def test_the_twin_raises_what_the_client_raises(self, later: AsyncBucketReadWriter, folder: str) -> None:
        await later.put(f"{folder}x", b"x")
        etag = (await later.head(f"{folder}x")).etag
        wrong: list[tuple[type[Exception], Any]] = [
            (NotFound, lambda: later.get(f"{folder}none")),
            (NotFound, lambda: later.head(f"{folder}none")),
            (NotFound, lambda: later.copy(f"{folder}none", f"{folder}x")),
            (NotFound, lambda: later.open(f"{folder}none").read()),
            (InvalidRange, lambda: later.get(f"{folder}x", (5, 6))),
            (InvalidRange, lambda: later.get(f"{folder}x", (5, 5))),
            (InvalidKey, lambda: later.get("a//b")),
            (InvalidKey, lambda: later.put(f"{folder}x", b"", metadata={"A": "x"})),
            (InvalidValue, lambda: later.list(limit=0)),
            (InvalidValue, lambda: later.put(f"{folder}x", "text")),  # type: ignore[arg-type]
            (Conflict, lambda: later.put(f"{folder}x", b"", if_absent=True)),
            (Conflict, lambda: later.put(f"{folder}none", b"", if_match=etag)),
        ]
        for kind, call in wrong:
            with pytest.raises(kind):
                await call()

    @in_a_loop
    async def test_many_calls_wait_at_the_same_time(self, later: AsyncBucketReadWriter, folder: str) -> None:
        async def one(n: int) -> bytes:
            await later.put(f"{folder}{n:02}", b"%d" % n)
            return await later.get(f"{folder}{n:02}")

        found = await asyncio.gather(*(one(n) for n in range(40)))
        assert found == [b"%d" % n for n in range(40)]
        assert len(await later.list(folder)) == 40

    @in_a_loop
    async def test_a_race_of_tasks_to_create_has_one_winner(self, later: AsyncBucketReadWriter, folder: str) -> None:
        puts = (later.put(f"{folder}x", b"%d" % n, if_absent=True) for n in range(8))
        outcomes = await asyncio.gather(*puts, return_exceptions=True)
        assert [type(outcome) is Conflict for outcome in outcomes].count(False) == 1

    @in_a_loop
    async def test_an_object_is_read_in_chunks(
        self, store: BucketReadWriter, later: AsyncBucketReadWriter, folder: str
    ) -> None:
        data = pattern(2_500_000)
        store.put(f"{folder}x", data)

        async with later.open(f"{folder}x") as file:
            assert await file.read(10) == data[:10]
            assert await file.seek(2_000_000) == 2_000_000
            assert await file.read(5) == data[2_000_000:2_000_005]
            await file.seek(0)
            chunks = [chunk async for chunk in file]
            assert b"".join(chunks) == data
            assert len(chunks) > 1
            assert await file.read() == b""
        file = later.open(f"{folder}x")  # opened by the first read
        assert await file.read() == data
        await file.close()

    @in_a_loop
    async def test_data_of_every_kind_is_stored(self, later: AsyncBucketReadWriter, folder: str) -> None:
        data = pattern(9_000_000)

        async def source() -> AsyncIterator[bytes]:
            for at in range(0, len(data), 1_000_000):
                await asyncio.sleep(0)
                yield data[at : at + 1_000_000]

        for item in (source(), io.BytesIO(data), iter([data])):
            info = await later.put(f"{folder}x", item, "text/plain", {"a": "1"})
            assert info.size == len(data)
            found = await later.head(f"{folder}x")
            assert (found.etag, found.content_type, found.metadata) == (info.etag, "text/plain", {"a": "1"})
            assert await later.get(f"{folder}x") == data
            await later.delete(f"{folder}x")

    @in_a_loop
    async def test_an_object_written_from_a_loop_appears_when_the_block_ends(
        self, later: AsyncBucketReadWriter, folder: str
    ) -> None:
        async with later.writer(f"{folder}x", "text/plain", {"a": "1"}) as file:
            assert await file.write(b"one ") == 4
            await file.write(bytearray(b"two"))
            assert not await later.exists(f"{folder}x")
        assert await later.get(f"{folder}x") == b"one two"
        assert (await later.head(f"{folder}x")).metadata == {"a": "1"}
        async with later.writer(f"{folder}empty"):
            pass
        assert await later.get(f"{folder}empty") == b""

    @pytest.mark.parametrize("size", [10, 18_000_000], ids=["small", "parts"])
    @in_a_loop
    async def test_a_write_that_fails_or_is_cancelled_leaves_nothing(
        self, later: AsyncBucketReadWriter, folder: str, size: int
    ) -> None:
        async def source() -> AsyncIterator[bytes]:
            yield bytes(size)
            raise FileNotFoundError("the source ended")

        async def endless() -> None:
            async with later.writer(f"{folder}x") as file:
                await file.write(bytes(size))
                await asyncio.sleep(60)

        with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is tested
            async with later.writer(f"{folder}x") as file:
                await file.write(bytes(size))
                raise ZeroDivisionError
        with pytest.raises(FileNotFoundError, match="the source ended"):
            await later.put(f"{folder}x", source())
        task = asyncio.create_task(endless())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not await later.exists(f"{folder}x")

    @in_a_loop
    async def test_urls_are_signed_from_a_loop_too(self, buckets: Buckets, folder: str) -> None:
        for call in (buckets.later_signer.signed_url, buckets.later_signer.signed_upload_url):
            if "signed urls" in buckets.lacks:
                with pytest.raises(UnsupportedError):
                    await call(f"{folder}x")
            else:
                assert (await call(f"{folder}x", 60)).startswith("http")
