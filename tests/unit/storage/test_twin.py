"""The twin of a bucket driver: streams that feed each other, and one that is given up."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from portable.base.threads import Threads
from portable.errors import NotFound
from portable.storage.asynchronous import AsyncBucket
from portable.storage.driver import ALWAYS, Attributes
from portable.storage.memory import MemoryBucket

PLAIN = Attributes("text/plain", {})


def test_streams_that_read_what_they_store_from_the_same_bucket_do_not_wait_for_each_other() -> None:
    driver = MemoryBucket()
    driver.put("from", b"x", PLAIN, ALWAYS)
    twin = AsyncBucket(driver, Threads(1).run)

    async def read() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield await twin.get("from", None)

    async def copies() -> None:
        async with asyncio.timeout(20):
            await asyncio.gather(*(twin.put_stream(f"{n}", read(), PLAIN) for n in range(8)))

    asyncio.run(copies())
    assert {driver.get(f"{n}", None) for n in range(8)} == {b"xxx"}


def test_a_stream_that_is_cancelled_stores_nothing_and_its_thread_ends() -> None:
    driver = MemoryBucket()

    async def endless() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(60)

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await AsyncBucket(driver, Threads(1).run).put_stream("x", endless(), PLAIN)

    before = threading.active_count()
    asyncio.run(give_up())
    for thread in threading.enumerate()[before:]:
        thread.join(5)
    assert threading.active_count() <= before
    with pytest.raises(NotFound):
        driver.head("x")
