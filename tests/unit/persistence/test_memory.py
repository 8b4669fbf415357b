import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portable.base.awaited import Awaited
from portable.base.backoff import Backoff
from portable.base.threads import Threads
from portable.errors import Throttled
from portable.persistence.async_clients import AsyncTableReader
from portable.persistence.clients import TableReadWriter
from portable.persistence.memory import MemoryTable
from portable.persistence.table import Table

SESSIONS = Table("sessions", key="id", ttl="until")


class One:
    def __init__(self, driver: object) -> None:
        self.driver = driver

    def of(self, table: Table) -> object:
        return self.driver

    async_of = of


def test_the_clock_decides_what_has_expired() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    rows = TableReadWriter(SESSIONS, One(MemoryTable(SESSIONS, lambda: now)))  # type: ignore[arg-type]
    rows.put({"id": "a", "until": now + timedelta(microseconds=1)})
    assert rows.get("a")["id"] == "a"
    now += timedelta(microseconds=1)
    assert rows.get("a", default=None) is None


def test_a_snapshot_can_be_restored_again_and_again() -> None:
    driver = MemoryTable(SESSIONS)
    rows = TableReadWriter(SESSIONS, One(driver))  # type: ignore[arg-type]
    rows.put({"id": "a", "log": [1]})
    snapshot = driver.snapshot()
    for _ in range(2):
        rows.update("a", append={"log": 2})
        rows.put({"id": "b"})
        driver.restore(snapshot)
        assert rows.scan().items == [{"id": "a", "log": [1]}]


class Slow(MemoryTable):
    def get(self, key: Any, *, consistent: bool) -> Any:
        time.sleep(0.05)
        return super().get(key, consistent=consistent)


def test_a_hundred_gets_in_flight_are_not_serial() -> None:
    driver = Slow(SESSIONS)
    threads = Threads(100)
    rows = AsyncTableReader(SESSIONS, One(Awaited(driver, threads.run)))  # type: ignore[arg-type]

    async def work() -> float:
        start = time.perf_counter()
        await asyncio.gather(*(rows.get("a", default=None) for _ in range(100)))
        return time.perf_counter() - start

    assert asyncio.run(work()) < 2.5  # 5 s one after the other
    threads.close()


def test_backoff_waits_longer_and_longer_until_the_deadline() -> None:
    waits: list[float] = []

    def refuse() -> None:
        raise Throttled("busy")

    end = time.monotonic() + 0.8
    with pytest.raises(Throttled):
        Backoff(lambda: end - time.monotonic(), sleep=waits.append, first=0.1, longest=0.2).call(refuse, lambda _: True)
    assert waits == [] or max(waits) <= 0.2


def test_backoff_gives_up_at_once_on_another_error_and_returns_a_late_success() -> None:
    calls = iter([Throttled("busy"), Throttled("busy"), None])

    def sometimes() -> str:
        error = next(calls)
        if error is not None:
            raise error
        return "done"

    backoff = Backoff(lambda: 5.0, sleep=lambda _: None)
    assert backoff.call(sometimes, lambda error: isinstance(error, Throttled)) == "done"
    with pytest.raises(ZeroDivisionError):
        backoff.call(lambda: 1 // 0, lambda error: isinstance(error, Throttled))
